"""Clients."""


class Client:
    """A client of the server."""

    def __init__(self, name: str = "", *_: object, **__: object) -> None:
        self.name = name

    def __getattr__(self, name: str):
        raise RuntimeError(f"the server cannot be asked for `{name}` while a model is compiled")


class SyncClient(Client):
    """A client that waits."""
