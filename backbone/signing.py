"""Verifies the signatures of a whole batch beside the event loop, against the register kept from facts."""

import asyncio
import os
from collections.abc import Awaitable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import lru_cache
from multiprocessing import get_context

from backbone.envelope import Arrival, Dead, Record, open_claims, read_fact
from backbone.projecting import Tail
from backbone.settings import Settings
from contracts.registry import TOPIC, RegisteredKey, Registry, read_anchors
from contracts.signatures import end_with_parent, verify_many

Verifying = Awaitable[list[Arrival | Dead]]
_CHUNK = 100
# From here on a second process pays: verifying threads and deciding would hand the interpreter lock to and fro.
_MANY = 3 * _CHUNK
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="verify")


class Register:
    """The register as one process knows it: the trust anchors, and every fact about keys and status since.

    `catch_up` waits for all that is published by now, so whatever a sender could have seen is known.
    """

    def __init__(self, settings: Settings) -> None:
        self.registry = Registry(read_anchors(settings.trust_anchor.read_bytes()))
        self._tail = Tail(settings, [TOPIC], self._apply)
        self.start, self.stop, self.catch_up = self._tail.start, self._tail.stop, self._tail.catch_up

    def _apply(self, record: Record) -> None:
        self.registry.take(read_fact(record))


def begin_verifying(arrivals: Sequence[Arrival | Dead], registry: Registry) -> list[Verifying]:
    """Begin to verify a batch in chunks; the answers stand in the order of the log.

    A large batch is verified in another process while the caller decides on the chunks that are done.
    """
    workers = _processes() if len(arrivals) >= _MANY else _THREAD
    chunks = [arrivals[at : at + _CHUNK] for at in range(0, len(arrivals), _CHUNK)]
    return [asyncio.ensure_future(_chunk(chunk, registry, workers)) for chunk in chunks]


async def _chunk(arrivals: Sequence[Arrival | Dead], registry: Registry, workers: Executor) -> list[Arrival | Dead]:
    known = [_with_key(one, registry) for one in arrivals]
    signed = [(one.token, key.public.public_bytes_raw()) for one, key in known if key and isinstance(one, Arrival)]
    try:
        stands = iter(await asyncio.get_running_loop().run_in_executor(workers, verify_many, signed))
    except RuntimeError:  # the worker died: the next batch gets another one, and so does this one when it comes again
        _processes.cache_clear()
        raise
    return [_opened(one, next(stands), key) if key and isinstance(one, Arrival) else one for one, key in known]


def _with_key(one: Arrival | Dead, registry: Registry) -> tuple[Arrival | Dead, RegisteredKey | None]:
    if isinstance(one, Dead):
        return one, None
    kid = one.token.kid
    key = registry.key(kid)
    if key is None:
        return _dead(one, "E_KEY_UNKNOWN", f"no key {kid} is registered"), None
    if not key.counts_at(one.received_at):
        return _dead(one, "E_KEY_NOT_IN_FORCE", f"the key {kid} was not in force when this was received"), None
    return one, key


def _opened(one: Arrival, stands: bool, key: RegisteredKey) -> Arrival | Dead:
    if not stands:
        return _dead(one, "E_SIGNATURE", f"the signature does not stand under the key {one.token.kid}")
    return open_claims(one, key.signer)


def _dead(arrival: Arrival, code: str, message: str) -> Dead:
    return Dead(arrival.record, code, message, arrival.event.id)


@lru_cache(maxsize=1)
def _processes() -> ProcessPoolExecutor:
    # Begun with the first large batch, so that an idle service stays small.
    workers = max(1, (os.cpu_count() or 2) - 1)
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=end_with_parent)
