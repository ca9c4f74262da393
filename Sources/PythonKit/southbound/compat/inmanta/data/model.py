"""Data of the server."""

from typing import NewType

ResourceIdStr = NewType("ResourceIdStr", str)
ResourceVersionIdStr = NewType("ResourceVersionIdStr", str)


class BaseModel:
    """A record of the server."""
