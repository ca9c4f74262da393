"""Entities."""

from __future__ import annotations

from inmanta.ast import Range
from inmanta.ast.attribute import Attribute, RelationAttribute


class Entity:
    """An entity, as the compiler describes it."""

    def __init__(self, session: object, description: object) -> None:
        self._session = session
        self._description = description
        self.name = description.name.rpartition("::")[2]
        self.location = Range(description.file, description.line)
        self._attributes = {
            attribute.name: (RelationAttribute if attribute.is_relation else Attribute)(
                self, attribute
            )
            for attribute in description.attributes
        }

    def session_type(self, name: str) -> object:
        return entity(self._session, name)

    def get_full_name(self) -> str:
        return self._description.name

    def get_name(self) -> str:
        return self.name

    def type_string(self) -> str:
        return self.get_full_name()

    def get_all_parent_names(self) -> list[str]:
        return list(self._description.ancestors)

    @property
    def parent_entities(self) -> list[Entity]:
        return [self.session_type(name) for name in self._description.parents]

    def is_parent(self, other: Entity) -> bool:
        return other.get_full_name() in self._description.ancestors

    def is_subclass(self, other: Entity) -> bool:
        return self == other or self.is_parent(other)

    def get_all_attribute_names(self) -> list[str]:
        return list(self._attributes)

    @property
    def attributes(self) -> dict[str, Attribute]:
        return dict(self._attributes)

    def get_attribute(self, name: str) -> Attribute | None:
        return self._attributes.get(name)

    def get_attributes(self) -> dict[str, Attribute]:
        return dict(self._attributes)

    def get_all_instances(self) -> list:
        return self._session.instances(self.get_full_name())

    def validate(self, value: object) -> bool:
        self._session.check(self.get_full_name(), value)
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and other.get_full_name() == self.get_full_name()

    def __hash__(self) -> int:
        return hash(self.get_full_name())

    def __repr__(self) -> str:
        return f"Entity({self.get_full_name()})"


def entity(session: object, name: str) -> Entity:
    """The entity of a full name; each is asked for once."""
    known = session.types.get(name)
    if known is None:
        known = session.types[name] = Entity(session, session.type(name))
    return known
