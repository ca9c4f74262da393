"""Clients of the server: not available while a model is compiled."""

from inmanta.protocol.common import Result
from inmanta.protocol.endpoints import Client, SyncClient

__all__ = ["Client", "Result", "SyncClient"]
