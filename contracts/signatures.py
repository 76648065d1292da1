"""Verifies many signatures at once, in this process or in a worker of its own; imports no more than that needs."""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from multiprocessing import connection, parent_process

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts import jws


def verify_many(signed: Sequence[tuple[jws.Jws, bytes]]) -> list[bool]:
    """Say of each token whether its signature stands under the raw public key beside it."""
    return [jws.verified(token, _public(key)) for token, key in signed]


@lru_cache(maxsize=4096)
def _public(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def end_with_parent() -> None:
    """Begin a worker: it ends when its service was killed, for nobody else would tell it."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for_end, args=(parent.sentinel,), daemon=True).start()


def _wait_for_end(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(0)
