"""Values that Python has no counterpart for."""

from __future__ import annotations


class Unknown:
    """A value that is not known yet."""

    def __init__(self, source: object = None) -> None:
        self.source = source

    def __iter__(self):
        return iter([])


class NoneValue:
    """Null."""

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, NoneValue)

    def __hash__(self) -> int:
        return hash(None)

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "null"

    __repr__ = __str__


class AnyType:
    """Any value."""
