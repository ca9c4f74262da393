"""Attributes of entities."""

from __future__ import annotations


class Attribute:
    """An attribute."""

    def __init__(self, entity: object, description: object) -> None:
        self.entity = entity
        self.name = description.name
        self._type = description.type

    def get_name(self) -> str:
        return self.name

    def get_type(self) -> object:
        from inmanta.ast import type as types

        return types.Named(self._type)

    @property
    def type(self) -> object:
        return self.get_type()

    def is_optional(self) -> bool:
        return False

    def is_multi(self) -> bool:
        return self._type.removesuffix("?").endswith("[]")


class RelationAttribute(Attribute):
    """One end of a relation."""

    def __init__(self, entity: object, description: object) -> None:
        super().__init__(entity, description)
        self.low = description.lower
        self.high = description.upper or None
        self._inverse = description.inverse

    def get_type(self) -> object:
        return self.entity.session_type(self._type)

    @property
    def end(self) -> object:
        return self.get_type().get_attribute(self._inverse) if self._inverse else None

    def is_optional(self) -> bool:
        return self.low == 0 and self.high == 1

    def is_multi(self) -> bool:
        return self.high != 1
