"""Why a function cannot go on: each becomes a result of its call."""

from __future__ import annotations


class Unset(Exception):
    """A value is not set yet. The compiler runs the function again when it is."""

    def __init__(self, token: int, description: str) -> None:
        Exception.__init__(self, description)
        self.token = token
        self.msg = description


class Absent(Exception):
    """An optional relation has no value, and will not get one."""

    def __init__(self, token: int, description: str) -> None:
        Exception.__init__(self, description)
        self.token = token
        self.msg = description


class UnknownRead(Exception):
    """A value is unknown: so is what is made of it."""

    def __init__(self, unknown: object, description: str = "an unknown value") -> None:
        Exception.__init__(self, description)
        self.unknown = unknown


class Unsupported(Exception):
    """A value that a model cannot hold."""


class SessionEnded(BaseException):
    """The compiler went away. No function may catch this."""
