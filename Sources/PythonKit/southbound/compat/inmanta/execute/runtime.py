"""Instances and the scopes around a call."""

from __future__ import annotations

from inmanta.ast import Range


class AttributeVariable:
    """An attribute of one instance."""

    def __init__(self, instance: Instance, name: str) -> None:
        self.instance = instance
        self.name = name

    def get_value(self) -> object:
        return self.instance._read(self.name)


class Instance:
    """An instance of the model; equal to itself only."""

    def __init__(self, session: object, identifier: int, entity: str) -> None:
        self._session = session
        self.identifier = identifier
        self.entity_name = entity
        self._values: dict[str, object] = {}

    @property
    def type(self) -> object:
        from inmanta.ast.entity import entity

        return entity(self._session, self.entity_name)

    def get_type(self) -> object:
        return self.type

    @property
    def location(self) -> Range:
        return self.type.location

    def get_location(self) -> Range:
        return self.location

    def get_attribute(self, name: str) -> AttributeVariable:
        return AttributeVariable(self, name)

    def _read(self, name: str) -> object:
        # A value that was read once never changes.
        if name not in self._values:
            self._values[name] = self._session.attribute(
                self.identifier, name, f"attribute `{name}` of `{self.entity_name}`"
            )
        return self._values[name]

    def __repr__(self) -> str:
        return f"{self.entity_name} {self.identifier:02x}"


class Resolver:
    """Looks up variables that are visible at the call."""

    def __init__(self, session: object) -> None:
        self._session = session

    def lookup(self, name: str, root: object = None) -> Resolver.Variable:
        return Resolver.Variable(self._session, name)

    class Variable:
        """A variable."""

        def __init__(self, session: object, name: str) -> None:
            self._session = session
            self.name = name

        def get_value(self) -> object:
            return self._session.variable(self.name)


class ExecutionContext(Resolver):
    """The scope of a call."""


class QueueScheduler:
    """Decides what runs when; the compiler keeps it to itself."""
