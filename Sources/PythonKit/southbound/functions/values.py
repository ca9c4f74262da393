"""Values between Python and the protocol."""

from __future__ import annotations

import dataclasses

from southbound.functions import types
from southbound.functions.errors import Unsupported
from southbound.schema import messages

#: Levels of lists and dictionaries that may be nested.
NESTING_MAX = 30
_INT64 = range(-(2**63), 2**63)


class Codec:
    """Maps values for one session: instances and unknown values keep their identity."""

    def __init__(self, session) -> None:
        self.session = session
        self.instances: dict[int, object] = {}
        self.unknowns: dict[int, object] = {}

    # From the protocol: lists and dictionaries as they are, instances not wrapped.

    def decode(self, message) -> object:
        kind = message.WhichOneof("kind")
        match kind:
            case None | "null_value":
                return None
            case "big_int_value":
                return _big_integer(message.big_int_value)
            case "list_value":
                return [self.decode(value) for value in message.list_value.values]
            case "dictionary_value":
                return self.decode_entries(message.dictionary_value.entries)
            case "instance_value":
                return self.instance(message.instance_value)
            case "unknown_value":
                return self.unknown(message.unknown_value.id)
            case "reference_value":
                return self._reference(message.reference_value)
            case _:
                return getattr(message, kind)

    def decode_entries(self, entries) -> dict[str, object]:
        return {entry.key: self.decode(entry.value) for entry in entries}

    def instance(self, message) -> object:
        from inmanta.execute.runtime import Instance

        known = self.instances.get(message.id)
        if known is None:
            known = Instance(self.session, message.id, message.entity)
            self.instances[message.id] = known
        return known

    def unknown(self, identifier: int) -> object:
        from inmanta.execute.util import Unknown

        known = self.unknowns.get(identifier)
        if known is None:
            known = Unknown(source=None)
            known.identifier = identifier
            self.unknowns[identifier] = known
        return known

    def _reference(self, message) -> object:
        from inmanta import references

        return references.make(
            message.type, self.decode_entries(message.arguments), message.value_type
        )

    # To the protocol.

    def encode(self, value: object, depth: int = 0):
        from inmanta.execute.proxy import DynamicProxy
        from inmanta.execute.runtime import Instance
        from inmanta.execute.util import NoneValue, Unknown
        from inmanta.references import Reference

        if depth > NESTING_MAX:
            raise Unsupported(f"the value nests more than {NESTING_MAX} levels")
        if isinstance(value, DynamicProxy):
            value = value._get_instance()
        message = messages.ModelValue()
        if value is None or isinstance(value, NoneValue):
            message.null_value = 0
        elif isinstance(value, bool):
            message.bool_value = value
        elif isinstance(value, int):
            _encode_integer(int(value), message)
        elif isinstance(value, float):
            message.double_value = value
        elif isinstance(value, str):
            message.string_value = _text(value)
        elif isinstance(value, Instance):
            message.instance_value.id = value.identifier
            message.instance_value.entity = value.type.get_full_name()
        elif isinstance(value, Unknown):
            message.unknown_value.id = getattr(value, "identifier", 0)
        elif isinstance(value, Reference):
            message.reference_value.type = value.type
            message.reference_value.value_type = types.value_type_of(value)
            self._entries(value.arguments, message.reference_value.arguments, depth)
        else:
            self._encode_container(value, message, depth)
        return message

    def _encode_container(self, value: object, message, depth: int) -> None:
        if isinstance(value, (list, tuple)) or _is_sequence(value):
            message.list_value.SetInParent()
            for element in value:
                message.list_value.values.append(self.encode(element, depth + 1))
        elif isinstance(value, dict) or _is_mapping(value):
            message.dictionary_value.SetInParent()
            self._entries(value, message.dictionary_value.entries, depth)
        elif entity := types.entity_of(type(value)):
            message.construction_value.entity = entity
            fields = {
                field.name: getattr(value, field.name) for field in dataclasses.fields(value)
            }
            self._entries(fields, message.construction_value.attributes, depth)
        else:
            raise Unsupported(
                f"a model cannot hold a value of the Python type `{_type_name(value)}`: return "
                "None, a bool, int, float, str, list, dict or instance"
            )

    def _entries(self, values, target, depth: int) -> None:
        for key, value in values.items():
            if not isinstance(key, str):
                raise Unsupported(
                    f"the keys of a dictionary are strings, not `{_type_name(key)}` ({key!r})"
                )
            target.append(
                messages.DictionaryEntry(key=_text(key), value=self.encode(value, depth + 1))
            )


def _is_sequence(value: object) -> bool:
    import collections.abc

    return isinstance(value, collections.abc.Sequence) and not isinstance(value, (bytes, bytearray))


def _is_mapping(value: object) -> bool:
    import collections.abc

    return isinstance(value, collections.abc.Mapping)


def _big_integer(digits: str) -> int:
    import sys

    # The usual limit on digits guards against slow foreign input; the compiler has its own limit.
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return int(digits)
    finally:
        sys.set_int_max_str_digits(limit)


def _encode_integer(value: int, message) -> None:
    if value in _INT64:
        message.int_value = value
        return
    import sys

    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        message.big_int_value = str(value)
    finally:
        sys.set_int_max_str_digits(limit)


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Unsupported(f"the text {value!r} is not valid Unicode: {error.reason}") from None
    if "\0" in value:
        raise Unsupported("a text of a model cannot contain the character NUL")
    return str(value)


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
