"""Settings: the defaults that the caller names."""

from __future__ import annotations

import os


class Config:
    """Reads settings from the environment."""

    @classmethod
    def get(cls, section: str | None = None, name: str | None = None, default: object = None) -> object:
        key = f"INMANTA_{section}_{name}".replace("-", "_").upper()
        return os.environ.get(key, default)

    @classmethod
    def set(cls, section: str, name: str, value: str) -> None:
        os.environ[f"INMANTA_{section}_{name}".replace("-", "_").upper()] = value


class Option:
    """A setting."""

    def __init__(self, section: str, name: str, default: object, *_: object) -> None:
        self.section, self.name, self.default = section, name, default

    def get(self) -> object:
        return Config.get(self.section, self.name, self.default)
