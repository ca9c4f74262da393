"""Handlers: recorded here, run by agents."""

from __future__ import annotations

import logging
from abc import ABC
from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")

handlers: dict[str, tuple[type, str]] = {}


class ResourcePurged(Exception):
    """The resource does not exist."""


class SkipResource(Exception):
    """The resource cannot be handled now."""


class InvalidOperation(Exception):
    """The handler cannot do this."""


class LoggerABC(ABC):
    """Takes lines of a log."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self.logger = logger or logging.getLogger("inmanta.handler")

    def _log_msg(self, level: int, msg: str, args: tuple, exc_info: bool, kwargs: dict) -> None:
        text = msg % kwargs if kwargs else msg % args if args else msg
        self.logger.log(level, "%s", text, exc_info=exc_info)

    def debug(self, msg: str, *args: object, exc_info: bool = False, **kwargs: object) -> None:
        self._log_msg(logging.DEBUG, msg, args, exc_info, kwargs)

    def info(self, msg: str, *args: object, exc_info: bool = False, **kwargs: object) -> None:
        self._log_msg(logging.INFO, msg, args, exc_info, kwargs)

    def warning(self, msg: str, *args: object, exc_info: bool = False, **kwargs: object) -> None:
        self._log_msg(logging.WARNING, msg, args, exc_info, kwargs)

    def error(self, msg: str, *args: object, exc_info: bool = False, **kwargs: object) -> None:
        self._log_msg(logging.ERROR, msg, args, exc_info, kwargs)

    def critical(self, msg: str, *args: object, exc_info: bool = False, **kwargs: object) -> None:
        self._log_msg(logging.CRITICAL, msg, args, exc_info, kwargs)

    def exception(self, msg: str, *args: object, exc_info: bool = True, **kwargs: object) -> None:
        self._log_msg(logging.ERROR, msg, args, exc_info, kwargs)


class PythonLogger(LoggerABC):
    """Writes to a logger of Python."""


class HandlerContext(LoggerABC):
    """What a handler run reports to."""


class HandlerAPI(Generic[R]):
    """A handler."""

    def __init__(self, agent: object = None, io: object = None) -> None:
        self._agent = agent
        self._io = io


class ResourceHandler(HandlerAPI[R]):
    """A handler that compares and changes."""


class CRUDHandler(ResourceHandler[R]):
    """A handler that reads, creates, updates and deletes."""


class DiscoveryHandler(HandlerAPI[R]):
    """A handler that finds resources."""

    @classmethod
    def __class_getitem__(cls, _: object) -> type:
        return cls


def provider(resource_type: str, name: str | None = None) -> Callable[[type], type]:
    """Says which resources a handler is for."""

    def register(kind: type) -> type:
        handlers[resource_type] = (kind, name or kind.__name__)
        return kind

    return register


def cache(function: Callable | None = None, *_: object, **__: object) -> Callable:
    """Keeps what a method of a handler returned; agents do."""
    return function if callable(function) else lambda body: body
