"""What can go wrong in a model, as modules raise and catch it."""

from __future__ import annotations

from southbound.functions import errors


class Range:
    """A place in a file."""

    def __init__(
        self, file: str, start_lnr: int, start_char: int = 1, end_lnr: int = 0, end_char: int = 1
    ) -> None:
        self.file = file
        self.lnr = self.start_lnr = start_lnr
        self.start_char = start_char
        self.end_lnr = end_lnr or start_lnr
        self.end_char = end_char

    def __str__(self) -> str:
        return f"{self.file}:{self.lnr}"


Location = Range


class LocatableString(str):
    """A text."""


class CompilerException(Exception):
    """Any problem of a model."""

    def __init__(self, msg: str = "") -> None:
        super().__init__(msg)
        self.msg = msg
        self.location = None

    def get_message(self) -> str:
        return self.msg

    def format(self) -> str:
        return self.get_message()

    def __str__(self) -> str:
        return self.get_message()


class RuntimeException(CompilerException):
    """A problem while a model is evaluated."""

    def __init__(self, stmt: object, msg: str) -> None:
        super().__init__(msg)
        self.stmt = stmt


class TypingException(RuntimeException):
    """A problem with the types of a model."""


class WrappingRuntimeException(RuntimeException):
    """A problem that another one caused."""

    def __init__(self, stmt: object, msg: str, cause: BaseException | None = None) -> None:
        super().__init__(stmt, msg)
        self.__cause__ = cause


class AttributeException(WrappingRuntimeException):
    """An attribute that could not be set."""


class ExternalException(RuntimeException):
    """A problem in code that a model calls."""


class NotFoundException(RuntimeException):
    """A name that is not defined."""

    def __init__(self, stmt: object, name: str, msg: str | None = None) -> None:
        super().__init__(stmt, msg if msg is not None else f"could not find {name}")
        self.name = name


class TypeNotFoundException(RuntimeException):
    """A type that is not defined."""

    def __init__(self, type: str, ns: object = None, msg: str | None = None) -> None:
        super().__init__(None, msg if msg is not None else f"could not find type {type}")
        self.type = type


class KeyException(RuntimeException):
    """A key that is not in a dictionary."""


class UnexpectedReference(RuntimeException):
    """A reference where a value is needed."""

    def __init__(self, reference: object = None, message: str = "", **_: object) -> None:
        super().__init__(None, message)
        self.reference = reference


class UnsetException(errors.Unset, RuntimeException):
    """A value that is not set yet: not caught, the function runs again when it is."""

    def __init__(self, msg: str, instance: object = None, attribute: object = None) -> None:
        errors.Unset.__init__(self, 0, msg)
        self.stmt = None
        self.location = None
        self.instance = instance
        self.attribute = attribute

    @classmethod
    def _made(cls, token: int, msg: str) -> UnsetException:
        error = cls(msg)
        error.token = token
        return error


class MultiUnsetException(errors.Unset, RuntimeException):
    """Several values that are not set yet; the function runs again when the first of them is."""

    def __init__(self, msg: str, result_variables: list | None = None) -> None:
        variables = list(result_variables or [])
        errors.Unset.__init__(self, next((getattr(v, "token", 0) for v in variables), 0), msg)
        self.stmt = None
        self.location = None
        self.result_variables = variables


class OptionalValueException(errors.Absent, RuntimeException):
    """An optional relation without a value."""

    def __init__(self, instance: object = None, attribute: object = None) -> None:
        errors.Absent.__init__(self, 0, f"optional value `{attribute}` is not set")
        self.stmt = None
        self.location = None
        self.instance = instance
        self.attribute = attribute

    @classmethod
    def _made(cls, token: int, msg: str) -> OptionalValueException:
        error = cls()
        error.token = token
        error.msg = msg
        return error


class MultiException(CompilerException):
    """Several problems."""

    def __init__(self, others: list) -> None:
        super().__init__(f"Reported {len(others)} errors")
        self.others = others
