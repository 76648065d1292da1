"""What can go wrong on a participant's side: its own mistake, or something that is not there."""


class ClientError(Exception):
    """Something went wrong: a stable `code`, the `path` of the field or setting, and the remedy in one sentence."""

    def __init__(self, code: str, path: str, remedy: str) -> None:
        super().__init__(f"{code} {path}: {remedy}" if path else f"{code}: {remedy}")
        self.code, self.path, self.remedy = code, path, remedy


class Mistake(ClientError):
    """The caller's own: trying again changes nothing."""


class Unreachable(ClientError):
    """A server did not take the call: the same bytes may be sent again, and count once."""
