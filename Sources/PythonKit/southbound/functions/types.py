"""What the annotations of a function say about its arguments and its result."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import sys
import types
import typing

from southbound.schema import messages

PRIMITIVES = {str: "string", int: "int", float: "float", bool: "bool"}
LISTS = (list, collections.abc.Sequence, collections.abc.Collection, collections.abc.Iterable)
MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class InvalidAnnotation(Exception):
    """An annotation that no value of a model fits."""


def named(name: str):
    """A type by its name in the modelling language."""
    return messages.ValueType(named=name)


def parse(text: str):
    """Reads a type as the modelling language writes it, such as ``net::address[]?``."""
    text = text.strip()
    if text.endswith("?"):
        return union([parse(text[:-1]), named("null")])
    if text.endswith("[]"):
        return messages.ValueType(list_of=parse(text[:-2]))
    if not text:
        raise InvalidAnnotation("the annotation is empty")
    return messages.ValueType() if text in ("any", "expression") else named(text)


def union(options: list):
    """One of several types."""
    if len(options) == 1:
        return options[0]
    return messages.ValueType(any_of=messages.ValueTypes(types=options))


def _model_type(arguments) -> str | None:
    from inmanta.plugins import ModelType

    for argument in arguments:
        if isinstance(argument, ModelType):
            return argument.model_type
    return None


def describe(annotation: object, module: str):
    """Turns an annotation into a type of the protocol.

    ``module`` is the Python module of the function; forward references are strings of the modelling
    language, not of Python.
    """
    if annotation is None or annotation is type(None):
        return named("null")
    if isinstance(annotation, str):
        return parse(annotation)
    if isinstance(annotation, typing.ForwardRef):
        return parse(annotation.__forward_arg__)
    if annotation in (typing.Any, object, inspect.Parameter.empty):
        return messages.ValueType()
    alias = getattr(typing, "TypeAliasType", None)
    if alias is not None and isinstance(annotation, alias):
        return describe(annotation.__value__, module)
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        text = _model_type(arguments[1:])
        return parse(text) if text is not None else describe(arguments[0], module)
    if origin in (typing.Union, types.UnionType):
        return union([describe(argument, module) for argument in arguments])
    if origin is typing.Literal:
        return union([describe(kind, module) for kind in dict.fromkeys(map(type, arguments))])
    return _describe_class(annotation, origin or annotation, arguments, module)


def _describe_class(annotation, kind, arguments, module: str):
    from inmanta.references import Reference

    if kind in PRIMITIVES:
        return named(PRIMITIVES[kind])
    if isinstance(kind, type) and issubclass(kind, Reference):
        inner = describe(arguments[0], module) if arguments else messages.ValueType()
        return messages.ValueType(reference_to=inner)
    if kind in LISTS:
        if not arguments:
            return named("list")
        return messages.ValueType(list_of=describe(arguments[0], module))
    if kind in MAPPINGS:
        if not arguments:
            return named("dict")
        if arguments[0] is not str:
            raise InvalidAnnotation("the keys of dictionaries are strings")
        return messages.ValueType(dictionary_of=describe(arguments[1], module))
    if kind in (set, frozenset, tuple) or (
        isinstance(kind, type) and issubclass(kind, collections.abc.Set)
    ):
        raise InvalidAnnotation(f"`{annotation}` is no type of values of a model: use a list")
    if entity := entity_of(kind):
        return named(entity)
    return messages.ValueType()


def entity_of(kind: object) -> str | None:
    """The entity that a data class of a module stands for."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return None
    prefix = "inmanta_plugins."
    if not kind.__module__.startswith(prefix):
        return None
    return kind.__module__[len(prefix) :].replace(".", "::") + "::" + kind.__name__


def describe_data_class(kind: type):
    """A data class as the protocol describes it."""
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except Exception:  # a name that is not defined: its field takes any value
        hints = {}
    message = messages.DataClass(
        entity=entity_of(kind), is_frozen=kind.__dataclass_params__.frozen
    )
    for field in dataclasses.fields(kind):
        entry = message.fields.add(name=field.name)
        try:
            entry.type.CopyFrom(describe(hints.get(field.name, object), kind.__module__))
        except InvalidAnnotation:
            entry.type.SetInParent()
    return message


def takes_references(kind: type, name: str) -> bool:
    """Whether a field of a data class may be a reference."""
    try:
        annotation = typing.get_type_hints(kind, include_extras=True)[name]
        described = describe(annotation, kind.__module__)
    except Exception:  # a name that is not defined: the field takes any value
        return True
    options = [described, *described.any_of.types]
    return any(option.WhichOneof("kind") == "reference_to" for option in options)


def class_of_entity(name: str) -> type | None:
    """The data class of an entity, if its code is loaded."""
    namespace, _, short = name.rpartition("::")
    module = sys.modules.get("inmanta_plugins." + namespace.replace("::", "."))
    kind = getattr(module, short, None)
    return kind if entity_of(kind) == name else None


def dataclass_of(annotation: object) -> type | None:
    """The data class that an argument is handed over as, if the annotation asks for one."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return dataclass_of(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        found = [dataclass_of(argument) for argument in typing.get_args(annotation)]
        return next((kind for kind in found if kind is not None), None)
    return annotation if entity_of(annotation) else None


def value_type_of(reference: object) -> str:
    """The type of the value of a reference as a model writes it; empty when it is not known."""
    from inmanta.references import Reference

    declared = getattr(reference, "value_type", "")
    if declared:
        return declared
    for kind in type(reference).__mro__:
        for base in getattr(kind, "__orig_bases__", ()):
            origin = typing.get_origin(base)
            if not (isinstance(origin, type) and issubclass(origin, Reference)):
                continue
            for argument in typing.get_args(base):
                if argument in PRIMITIVES:
                    return PRIMITIVES[argument]
                if entity := entity_of(argument):
                    return entity
    return ""
