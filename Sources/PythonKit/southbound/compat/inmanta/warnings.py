"""Warnings."""

import warnings


class InmantaWarning(Warning):
    """A warning for the author of a model."""


def warn(warning: Warning) -> None:
    warnings.warn(warning, stacklevel=2)
