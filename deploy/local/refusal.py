"""What the local stack says when it will not go on: one sentence with the remedy."""


class Refusal(Exception):
    """The stack cannot go on; the message is one sentence that says what to do about it."""
