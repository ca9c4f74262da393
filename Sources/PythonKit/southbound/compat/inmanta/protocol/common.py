"""Results of calls."""


class Result:
    """The answer of the server."""

    def __init__(self, code: int = 0, result: dict | None = None) -> None:
        self.code = code
        self.result = result
