"""Functions for models."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from inmanta.ast import Range
from inmanta.ast import type as types
from inmanta.execute.runtime import QueueScheduler, Resolver
from southbound.functions import registry
from southbound.functions.registry import Function as Plugin

__all__ = [
    "CheckedArgs",
    "Context",
    "ModelType",
    "Plugin",
    "PluginException",
    "allow_reference_values",
    "deprecated",
    "plugin",
]


class PluginException(Exception):
    """A problem that a function tells the author of the model about."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class ModelType:
    """A type of the modelling language, for ``typing.Annotated``: ``ModelType["std::date"]``."""

    model_type: str

    def __class_getitem__(cls, model_type: str) -> "ModelType":
        return cls(model_type)


@dataclass
class CheckedArgs:
    """Arguments after their check."""

    args: list = field(default_factory=list)
    kwargs: dict = field(default_factory=dict)
    unknowns: bool = False


def plugin(
    function: Callable | str | None = None,
    commands: list[str] | None = None,
    emits_statements: bool = False,
    allow_unknown: bool = False,
) -> Callable:
    """Makes a function callable from models."""

    def register(body: Callable, name: str | None = None) -> Plugin:
        deprecation = getattr(body, "__southbound_deprecated__", None)
        made = Plugin(
            body,
            name or body.__name__,
            takes_unknown=allow_unknown,
            commands=commands,
            deprecated=deprecation is not None,
            replacement=deprecation,
        )
        registry.register(made)
        return made

    if function is None:
        return register
    if isinstance(function, str):
        return lambda body: register(body, function)
    return register(function)


def deprecated(
    function: object = None, *, replaced_by: str | None = None, **_: object
) -> object:
    """Marks a function that should not be used any more."""

    def mark(target: object) -> object:
        if isinstance(target, Plugin):
            target.deprecated = True
            target.replacement = replaced_by or ""
        else:
            target.__southbound_deprecated__ = replaced_by or ""
        return target

    return mark if function is None else mark(function)


def allow_reference_values(value: object) -> object:
    """Lets references be read below a value."""
    allow = getattr(value, "_allow_references", None)
    return allow() if allow is not None else value


class Context:
    """What a function may know about its call."""

    def __init__(self, session: object, function: Plugin, file: str, line: int) -> None:
        self._session = session
        self.plugin = function
        self.owner = Owner(function, file, line)
        self.location = self.owner.location
        self.resolver = Resolver(session)
        self.queue = QueueScheduler()
        self.compiler = Compiler(session)
        self.result = None

    def get_resolver(self) -> Resolver:
        return self.resolver

    def get_queue_scheduler(self) -> QueueScheduler:
        return self.queue

    def get_compiler(self) -> Compiler:
        return self.compiler

    def get_type(self, name: str) -> object:
        """A type by its name, as a model in the namespace of the function writes it."""
        from inmanta.ast.entity import Entity

        name = str(name)
        if name in types.TYPES:
            return types.TYPES[name]
        if name.endswith("?"):
            return types.NullableType(self.get_type(name[:-1]))
        if name.endswith("[]"):
            return types.TypedList(self.get_type(name[:-2]))
        description = self._session.type(name)
        if not description.is_entity:
            return types.Named(description.name)
        return self._session.types.setdefault(
            description.name, Entity(self._session, description)
        )

    def get_environment_id(self) -> str:
        environment = os.environ.get("SOUTHBOUND_ENVIRONMENT") or os.environ.get("INMANTA_ENVIRONMENT")
        if environment:
            return environment
        raise PluginException(
            "the environment is not known while a model is compiled: set SOUTHBOUND_ENVIRONMENT"
        )

    def get_data_dir(self) -> str:
        """A folder that stays, for what the module keeps between compiles."""
        folder = os.path.join(
            self._session.data_folder, self.plugin.namespace.partition("::")[0]
        )
        os.makedirs(folder, exist_ok=True)
        return folder

    def get_client(self) -> object:
        raise PluginException("functions cannot reach the server while a model is compiled")

    def get_sync_client(self) -> object:
        return self.get_client()

    def run_sync(self, function: Callable[..., Coroutine], timeout: float = 5) -> object:
        """Runs a coroutine to its end."""
        import asyncio

        async def run() -> object:
            return await asyncio.wait_for(function(), timeout)

        return asyncio.run(run())


class Owner:
    """The call of a function, in a model."""

    def __init__(self, function: Plugin, file: str, line: int) -> None:
        self.function = function
        self.location = Range(file, line)
        self.namespace = Namespace(function.namespace)

    def get_location(self) -> Range:
        return self.location


class Namespace:
    """The names of a file."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_full_name(self) -> str:
        return self.name


class Compiler:
    """The compiler, as far as functions may know it."""

    def __init__(self, session: object) -> None:
        self._session = session


