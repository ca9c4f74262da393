"""Resource classes: recorded here, used when resources are made."""

from __future__ import annotations

import re
from collections.abc import Callable

resources: dict[str, tuple[type, str, str]] = {}


class IgnoreResourceException(Exception):
    """The instance makes no resource."""


class ResourceException(Exception):
    """A resource that cannot be made."""


class ResourceNotFoundExcpetion(Exception):
    """A resource that is not there."""


def resource(name: str, id_attribute: str, agent: str) -> Callable[[type], type]:
    """Says which entity a class describes."""

    def register(kind: type) -> type:
        resources[name] = (kind, id_attribute, agent)
        kind.__resource_options__ = {"name": name, "agent": agent}
        return kind

    return register


class Resource:
    """Something that an agent keeps as the model says."""

    fields: tuple[str, ...] = ("send_event", "receive_events")
    send_event: bool
    map: dict[str, Callable] = {}
    model: object = None

    def __init__(self, _id: object = None) -> None:
        self.id = _id


class PurgeableResource(Resource):
    """A resource that can be removed."""

    fields = ("purged", "purge_on_delete")
    purged: bool


class ManagedResource(Resource):
    """A resource that may be left alone."""

    fields = ("managed",)


class DiscoveryResource(Resource):
    """Finds resources that exist."""


_ID = re.compile(
    r"^(?P<type>[\w-]+(::[\w-]+)*::[\w-]+)\[(?P<agent>[^,]+),(?P<attribute>[^=]+)=(?P<value>.+)\]"
    r"(,v=(?P<version>\d+))?\Z",
    re.DOTALL,
)


class Id:
    """The name of a resource."""

    def __init__(
        self, entity_type: str, agent_name: str, attribute: str, attribute_value: str, version: int = 0
    ) -> None:
        self.entity_type = entity_type
        self.agent_name = agent_name
        self.attribute = attribute
        self.attribute_value = attribute_value
        self.version = version

    @classmethod
    def parse_id(cls, text: str, version: int | None = None) -> Id:
        match = _ID.match(text)
        if match is None:
            raise ValueError(f"`{text}` is no id of a resource")
        return cls(
            match["type"], match["agent"], match["attribute"], match["value"],
            version if version is not None else int(match["version"] or 0),
        )

    def resource_str(self) -> str:
        return f"{self.entity_type}[{self.agent_name},{self.attribute}={self.attribute_value}]"

    def get_entity_type(self) -> str:
        return self.entity_type

    def __str__(self) -> str:
        suffix = f",v={self.version}" if self.version else ""
        return self.resource_str() + suffix


def to_id(entity: object) -> str | None:
    """The id of the resource that an instance makes."""
    kind = entity._type()
    for name in [kind.get_full_name(), *kind.get_all_parent_names()]:
        if name in resources:
            _, attribute, path = resources[name]
            agent = entity
            for part in path.split("."):
                agent = getattr(agent, part)
            return str(Id(kind.get_full_name(), agent, attribute, getattr(entity, attribute)))
    return None
