"""Values of a model as functions see them: they may be read, not changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from inmanta.ast import RuntimeException, UnsetException
from inmanta.execute.runtime import Instance
from inmanta.execute.util import NoneValue, Unknown
from southbound.functions.errors import UnknownRead

__all__ = [
    "AttributeNotFound",
    "CallProxy",
    "DictProxy",
    "DynamicProxy",
    "IteratorProxy",
    "NoneValue",
    "ProxyContext",
    "SequenceProxy",
    "UnknownException",
    "UnsetException",
    "unwrap",
]


class UnknownException(UnknownRead):
    """A value that was read is not known: not caught, the result of the function is unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown)


class AttributeNotFound(AttributeError):
    """An attribute that an entity does not have."""


@dataclass(frozen=True, kw_only=True)
class ProxyContext:
    """How a value was reached."""

    path: str = ""
    validated: bool = False
    allow_reference_values: bool = False

    def should_validate(self) -> bool:
        return not self.validated

    def nested(self, *, relative_path: str) -> ProxyContext:
        return ProxyContext(
            path=self.path + relative_path,
            allow_reference_values=self.allow_reference_values,
        )


class DynamicProxy:
    """An instance, list or dictionary of the model."""

    def __init__(self, instance: object, *, context: ProxyContext | None = None) -> None:
        object.__setattr__(self, "__instance", instance)
        object.__setattr__(self, "__context", context or ProxyContext(path="value"))

    def _get_instance(self) -> object:
        return object.__getattribute__(self, "__instance")

    def _get_context(self) -> ProxyContext:
        return object.__getattribute__(self, "__context")

    @classmethod
    def unwrap(cls, item: object, **_: object) -> object:
        """Takes the proxies off a value; new lists and dictionaries are looked through."""
        return unwrap(item)

    @classmethod
    def return_value(cls, value: object, *, context: ProxyContext | None = None) -> object:
        """Puts the proxy that it needs around a value."""
        from inmanta.references import Reference

        if value is None or isinstance(value, NoneValue):
            return None
        if isinstance(value, (str, int, float, bool, DynamicProxy)):
            return value
        if isinstance(value, Unknown):
            raise UnknownException(value)
        if isinstance(value, list):
            return SequenceProxy(value, context=context)
        if isinstance(value, dict):
            return DictProxy(value, context=context)
        if isinstance(value, Instance):
            return DynamicProxy(value, context=context)
        if isinstance(value, Reference):
            return value
        return CallProxy(value, context=context) if hasattr(value, "__call__") else value

    def _return_value(self, value: object, *, relative_path: str) -> object:
        context = self._get_context().nested(relative_path=relative_path)
        return DynamicProxy.return_value(value, context=context)

    def _type(self) -> object:
        return self._get_instance().type

    def _as_dataclass(self, kind: type) -> object:
        from southbound.functions.types import class_of_entity, takes_references

        actual = class_of_entity(self._get_instance().type.get_full_name())
        if actual is not None and issubclass(actual, kind):
            kind = actual
        allowing = self._allow_references()
        values = {field.name: getattr(allowing, field.name) for field in fields(kind)}
        for name, value in values.items():
            if is_reference(value) and not takes_references(kind, name):
                raise unexpected_reference(f"{self._get_context().path}.{name}", value)
        return kind(**values)

    def _allow_references(self) -> DynamicProxy:
        context = self._get_context()
        allowed = ProxyContext(
            path=context.path, validated=context.validated, allow_reference_values=True
        )
        return type(self)(self._get_instance(), context=allowed)

    def __getattr__(self, name: str) -> object:
        instance = self._get_instance()
        if name.startswith("__") or not isinstance(instance, Instance):
            raise AttributeError(name)
        value = instance.get_attribute(name).get_value()
        if is_reference(value) and not self._get_context().allow_reference_values:
            raise unexpected_reference(f"{self._get_context().path}.{name}", value)
        return self._return_value(value, relative_path=f".{name}")

    def __setattr__(self, name: str, value: object) -> None:
        raise Exception("Readonly object")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DynamicProxy):
            other = other._get_instance()
        return self._get_instance() == other

    def __hash__(self) -> int:
        return hash(self._get_instance())

    def __lt__(self, other: object) -> bool:
        return id(self._get_instance()) < id(unwrap(other))

    def __repr__(self) -> str:
        return f"@{self._get_instance()!r}"


class SequenceProxy(DynamicProxy, Sequence):
    """A list of the model."""

    def __getitem__(self, key: int | slice) -> object:
        if isinstance(key, slice):
            return [self[index] for index in range(*key.indices(len(self)))]
        return self._return_value(self._get_instance()[key], relative_path=f"[{key!r}]")

    def __len__(self) -> int:
        return len(self._get_instance())

    def __iter__(self):
        return IteratorProxy(iter(self._get_instance()), context=self._get_context())

    def __eq__(self, other: object) -> bool:
        return self._get_instance() == unwrap(other)

    def __add__(self, other: list) -> list:
        return [*self, *other]

    __hash__ = None


class DictProxy(DynamicProxy, Mapping):
    """A dictionary of the model."""

    def __getitem__(self, key: str) -> object:
        return self._return_value(self._get_instance()[key], relative_path=f"[{key!r}]")

    def __len__(self) -> int:
        return len(self._get_instance())

    def __iter__(self):
        return iter(self._get_instance())

    def __contains__(self, key: object) -> bool:
        return key in self._get_instance()

    def __eq__(self, other: object) -> bool:
        return self._get_instance() == unwrap(other)

    __hash__ = None


class CallProxy(DynamicProxy):
    """Something that can be called."""

    def __call__(self, *positional: object, **named: object) -> object:
        value = self._get_instance()(*positional, **named)
        return self._return_value(value, relative_path="(...)")


class IteratorProxy(DynamicProxy):
    """The elements of a list of the model, one by one."""

    def __iter__(self) -> IteratorProxy:
        return self

    def __next__(self) -> object:
        return self._return_value(next(self._get_instance()), relative_path="[]")


def unwrap(item: object) -> object:
    """Takes the proxies off a value."""
    if isinstance(item, DynamicProxy):
        return item._get_instance()
    if isinstance(item, (list, tuple)):
        return [unwrap(element) for element in item]
    if isinstance(item, dict):
        for key in item:
            if not isinstance(key, str):
                raise RuntimeException(None, f"the keys of dictionaries are strings, not {key!r}")
        return {key: unwrap(value) for key, value in item.items()}
    return item


def is_reference(value: object) -> bool:
    from inmanta.references import Reference

    return isinstance(value, Reference)


def unexpected_reference(path: str, value: object) -> Exception:
    from inmanta.ast import UnexpectedReference

    return UnexpectedReference(
        None,
        f"`{path}` is the reference `{value.type}`, whose value is not known here: declare "
        "`Reference`, or read it with `allow_reference_values`",
    )
