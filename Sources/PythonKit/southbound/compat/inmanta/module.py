"""The project and its modules."""

from __future__ import annotations

import os
import pathlib


class Module:
    """A module of the project."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.model_dir = os.path.join(_root(folder), "model")
        self._path = _root(folder)

    @property
    def path(self) -> str:
        return self._path

    def get_plugin_dir(self) -> str:
        return self._path


ModuleV1 = ModuleV2 = ModuleV2Source = Module


def _root(folder: str) -> str:
    """The folder with ``model`` of a module whose code is in a folder."""
    path = pathlib.Path(folder)
    for candidate in (path, path.parent, path.parent.parent):
        if (candidate / "model").is_dir():
            return str(candidate)
    return str(path)


class Project:
    """The project that is compiled."""

    def __init__(self, session: object) -> None:
        self.project_path = session.project_folder
        self._path = self.project_path
        self.modules = {name: Module(name, folder) for name, folder in session.folders.items()}

    @property
    def path(self) -> str:
        return self.project_path

    @classmethod
    def get(cls, *_: object) -> Project:
        from southbound.functions.session import Session

        if Session.current is None:
            raise RuntimeError("no project is being compiled")
        known = getattr(Session.current, "project", None)
        if known is None:
            known = Session.current.project = Project(Session.current)
        return known
