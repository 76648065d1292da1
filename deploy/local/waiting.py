"""Waiting for a fact."""

import time
from collections.abc import Callable

from deploy.local.refusal import Refusal

_BETWEEN_LOOKS = 0.05


def until(fact: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Return as soon as `fact` is true; raise Refusal with `otherwise` when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise Refusal(otherwise)
        time.sleep(_BETWEEN_LOOKS)  # a fact of another process: it can only be looked at
