"""What an operator is told when a command cannot go on: a stable code, what it concerns, and the remedy."""


class OperatorError(Exception):
    """A command cannot go on; `code` is stable, `path` names the variable or thing, `remedy` is one sentence."""

    def __init__(self, code: str, path: str, remedy: str) -> None:
        super().__init__(f"{code} {path}: {remedy}")
        self.code, self.path, self.remedy = code, path, remedy
