"""Helpers."""

from __future__ import annotations

import datetime
import enum
import json
import pathlib
import uuid
from typing import Any

JSONSerializable = object


def _encode(value: object) -> object:
    from inmanta.execute.proxy import DictProxy, SequenceProxy

    if isinstance(value, SequenceProxy):
        return list(value)
    if isinstance(value, DictProxy):
        return dict(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, pathlib.Path)):
        return str(value)
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump()
    if isinstance(value, Exception):
        return str(value)
    raise TypeError(f"`{value!r}` cannot become JSON")


def internal_json_encoder(value: object) -> object:
    return _encode(value)


def api_boundary_json_encoder(value: object) -> object:
    return _encode(value)


def json_encode(value: object, **options: Any) -> str:
    return json.dumps(value, default=_encode, **options)


def get_compiler_version() -> str:
    from inmanta import COMPILER_VERSION

    return COMPILER_VERSION
