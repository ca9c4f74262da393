"""Access to the machine."""


class IOBase:
    """Access to a machine."""


class LocalIO(IOBase):
    """Access to this machine."""
