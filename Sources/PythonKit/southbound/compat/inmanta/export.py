"""Export: what modules register is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

unknown_parameters: list[dict] = []
dependency_managers: list[Callable] = []
exporters: dict[str, tuple[list[str], Callable]] = {}
ModelDict = dict[str, Any]
ResourceDict = dict[Any, Any]


class Exporter:
    """Makes resources of a model."""


def dependency_manager(function: Callable) -> Callable:
    dependency_managers.append(function)
    return function


def export(name: str, *args: str) -> Callable:
    def register(function: Callable) -> Callable:
        exporters[name] = (list(args), function)
        return function

    return register


def hash_file(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
