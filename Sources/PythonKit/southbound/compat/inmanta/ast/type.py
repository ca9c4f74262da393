"""Types of values."""

from __future__ import annotations


class Type:
    """A type by its name in the modelling language; the compiler checks values against it."""

    text = "any"

    def type_string(self) -> str:
        return self.text

    def type_string_internal(self) -> str:
        return self.text

    def get_full_name(self) -> str:
        return self.text

    def get_base_type(self) -> Type:
        return self

    def is_primitive(self) -> bool:
        return False

    def validate(self, value: object) -> bool:
        from southbound.functions.session import Session

        Session.current.check(self.text, value)
        return True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text


class Named(Type):
    """Any type."""

    def __init__(self, text: str) -> None:
        self.text = text


class NullableType(Type):
    """A type or null."""

    def __init__(self, element_type: Type) -> None:
        self.element_type = element_type
        self.text = f"{element_type.text}?"


class TypedList(Type):
    """A list of one type."""

    def __init__(self, element_type: Type) -> None:
        self.element_type = element_type
        self.text = f"{element_type.text}[]"


class Primitive(Type):
    """A builtin type."""

    def is_primitive(self) -> bool:
        return True


class String(Primitive):
    text = "string"


class Integer(Primitive):
    text = "int"


class Float(Primitive):
    text = "float"


class Number(Primitive):
    text = "number"


class Bool(Primitive):
    text = "bool"


class List(Type):
    text = "list"


class LiteralList(List):
    pass


class Dict(Type):
    text = "dict"


class LiteralDict(Dict):
    pass


class Any(Type):
    pass


Literal = Any
TYPES = {
    kind.text: kind() for kind in (String, Integer, Float, Number, Bool, List, Dict)
}
