"""Verifies the signatures of a whole batch off the event loop, against the register kept from facts."""

import asyncio
import os
from asyncio import Future
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from backbone.envelope import Arrival, Dead, Record, open_claims, read_fact
from backbone.projecting import Tail
from backbone.settings import Settings
from contracts import jws, registry
from contracts.registry import Registry

# Verification releases the interpreter lock, so threads scale with cores; more would only queue.
_POOL = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="verify")
_CHUNK = 64
Verifying = Future[list[Arrival | Dead]]


class Register:
    """The register as one process knows it: the trust anchors, and every fact about keys and status since.

    `catch_up` waits for all that is published by now, so whatever a sender could have seen is known.
    """

    def __init__(self, settings: Settings) -> None:
        self.registry = Registry(registry.read_anchors(settings.trust_anchor.read_bytes()))
        self._tail = Tail(settings, [registry.TOPIC], self._apply)
        self.start, self.stop, self.catch_up = self._tail.start, self._tail.stop, self._tail.catch_up

    def _apply(self, record: Record) -> None:
        self.registry.take(read_fact(record))


def begin_verifying(arrivals: Sequence[Arrival | Dead], registry: Registry) -> list[Verifying]:
    """Begin to verify a batch in chunks; the answers stand in the order of the log.

    A caller that decides on one chunk while the next is verified uses a second core.
    """
    loop = asyncio.get_running_loop()
    chunks = [arrivals[at : at + _CHUNK] for at in range(0, len(arrivals), _CHUNK)]
    return [loop.run_in_executor(_POOL, _chunk, chunk, registry) for chunk in chunks]


def _chunk(arrivals: Sequence[Arrival | Dead], registry: Registry) -> list[Arrival | Dead]:
    return [arrival if isinstance(arrival, Dead) else verify(arrival, registry) for arrival in arrivals]


def verify(arrival: Arrival, registry: Registry) -> Arrival | Dead:
    """Verify one arrival: a known key, in force when the log received it, and a signature that stands."""
    kid = arrival.token.kid
    key = registry.key(kid)
    if key is None:
        return _dead(arrival, "E_KEY_UNKNOWN", f"no key {kid} is registered")
    if not key.counts_at(arrival.received_at):
        return _dead(arrival, "E_KEY_NOT_IN_FORCE", f"the key {kid} was not in force when this was received")
    if not jws.verified(arrival.token, key.public):
        return _dead(arrival, "E_SIGNATURE", f"the signature does not stand under the key {kid}")
    return open_claims(arrival, key.signer)


def _dead(arrival: Arrival, code: str, message: str) -> Dead:
    return Dead(arrival.record, code, message, arrival.event.id)
