"""What runs around a compile."""

from __future__ import annotations

from collections.abc import Callable

from southbound.functions import registry


def finalizer(function: Callable[[], object]) -> Callable[[], object]:
    """Runs a function when the model is complete."""
    registry.finalizers.append(function)
    return function
