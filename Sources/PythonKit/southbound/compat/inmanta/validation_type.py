"""Validation of texts by the types of pydantic."""

from __future__ import annotations

import re
from typing import Annotated

try:
    import pydantic

    Regex = Annotated[str, pydantic.AfterValidator(lambda text: re.compile(text).pattern)]
except ImportError:
    Regex = str


def regex_string(regex: str) -> type:
    """A text that matches."""
    import pydantic

    return Annotated[str, pydantic.StringConstraints(pattern=regex)]


def validate_type(
    fq_type_name: str, value: object, validation_parameters: dict | None = None
) -> None:
    """Sees whether a value is of a type of pydantic, datetime, ipaddress or uuid."""
    import importlib

    import pydantic

    module, _, name = fq_type_name.rpartition(".")
    if fq_type_name in ("int", "float", "str", "bool"):
        kind = {"int": int, "float": float, "str": str, "bool": bool}[fq_type_name]
    elif module.partition(".")[0] in ("pydantic", "datetime", "ipaddress", "uuid"):
        kind = getattr(importlib.import_module(module), name)
    else:
        raise ValueError(f"`{fq_type_name}` is no type that values are validated against")
    if validation_parameters:
        kind = kind(**validation_parameters) if callable(kind) else kind
    pydantic.TypeAdapter(kind).validate_python(value)
