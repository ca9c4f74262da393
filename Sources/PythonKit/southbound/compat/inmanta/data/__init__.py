"""Data of the server."""


def convert_boolean(value: object) -> bool:
    """Reads a truth value."""
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in ("true", "false", "yes", "no", "on", "off", "1", "0"):
        raise ValueError(f"`{value}` is neither true nor false")
    return text in ("true", "yes", "on", "1")
