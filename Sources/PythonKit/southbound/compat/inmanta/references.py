"""Values that an agent resolves."""

from __future__ import annotations

import dataclasses
from typing import Generic, TypeVar

T = TypeVar("T")
ArgumentTypes = object
PrimitiveTypes = str | float | int | bool | None

_classes: dict[str, type] = {}


class Reference(Generic[T]):
    """A value that is fetched when a resource is deployed."""

    type: str = ""

    def __init__(self, **arguments: object) -> None:
        self._arguments = arguments

    @property
    def arguments(self) -> dict[str, object]:
        if dataclasses.is_dataclass(self):
            return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return self._arguments

    def resolve(self, logger: object) -> T:
        raise NotImplementedError(f"{type(self).__name__} does not say how it is resolved")

    def resolve_other(self, value: object, logger: object) -> object:
        return value.resolve(logger) if isinstance(value, Reference) else value

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and self.type == other.type
            and self.arguments == other.arguments
        )

    def __hash__(self) -> int:
        return hash((self.type, tuple(sorted(map(str, self.arguments.items())))))


def reference(name: str):
    """Names a class of references."""

    def register(kind: type) -> type:
        kind.type = name
        _classes[name] = kind
        return kind

    return register


class UnresolvedReference(Reference):
    """A reference whose class is not loaded."""


def make(name: str, arguments: dict[str, object], value_type: str = "") -> Reference:
    """Makes the reference of a type."""
    kind = _classes.get(name)
    if kind is not None:
        return kind(**arguments)
    made = UnresolvedReference(**arguments)
    made.type = name
    made.value_type = value_type
    return made


def is_reference_of(value: object, kind: object) -> bool:
    return isinstance(value, Reference)


mutator = reference


class Mutator:
    """Changes a resource before it is deployed."""
