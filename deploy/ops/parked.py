"""Shows the aggregates whose next submission hit a bug, and has their queues decided again."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.deadletters import PARKED
from backbone.kafka import Publisher
from backbone.mongo import Document, Store
from backbone.settings import Settings
from deploy.ops.broker import administration, consumer
from deploy.ops.errors import OperatorError
from deploy.ops.groups import behind, ends, taken
from deploy.ops.settings import DECIDING

_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True, slots=True)
class Waiting:
    """One parked submission; `error` says why it was parked."""

    id: str
    type: str
    received_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The parked submissions of one aggregate in their order; the first one is what the others wait for."""

    service: str
    aggregate: str
    waiting: list[Waiting]


async def list_parked(settings: Settings, aggregate: str = "") -> list[Queue]:
    """Read every queue of the deciding services, or those of one aggregate."""
    where = {"aggregate": aggregate} if aggregate else {}
    found = await asyncio.gather(*(_queues(settings, service, where) for service in DECIDING))
    return [queue for queues in found for queue in queues]


async def find_parked(settings: Settings, aggregate: str) -> list[Queue]:
    """Read the queues of one aggregate; raises `OperatorError` when it is not parked."""
    queues = await list_parked(settings, aggregate)
    if not queues:
        remedy = "This aggregate is not parked: `kp-ops parked list` shows those that are."
        raise OperatorError("E_NOT_PARKED", aggregate, remedy)
    return queues


async def redrive(settings: Settings, queue: Queue, patience: float) -> list[Waiting]:
    """Publish a queue's submissions in their order until all are decided, at most for `patience` seconds.

    What came in behind them meanwhile is published as well. Returns what is parked still: the service met the bug
    again. Raises `OperatorError` when the service has not taken them in time.
    """
    deadline = time.monotonic() + patience
    publisher = Publisher(settings)
    await publisher.start()
    try:
        async with _opened(settings, queue.service) as store:
            return await _drive(settings, store, publisher, queue, deadline)
    finally:
        await publisher.stop()


async def _drive(
    settings: Settings, store: Store, publisher: Publisher, queue: Queue, deadline: float
) -> list[Waiting]:
    before: list[str] = []
    while rows := await _rows(store, {"aggregate": queue.aggregate}):
        if rows[0]["_id"] in before:
            return [_waiting(row) for row in rows]
        before = [row["_id"] for row in rows]
        await publisher.publish_raw([_record(settings, row) for row in rows])
        await _taken(settings, queue, rows[0]["topic"], deadline)
    return []


async def _taken(settings: Settings, queue: Queue, topic: str, deadline: float) -> None:
    group = f"{settings.namespace}-{queue.service}"
    async with administration(settings) as admin, consumer(settings) as reader:
        published = await ends(admin, reader, topic)
        while behind(published, await taken(admin, group)):
            if time.monotonic() > deadline:
                remedy = f"The service {queue.service} has not taken its submissions: see `kp-ops doctor`, then repeat."
                raise OperatorError("E_NOT_TAKEN", queue.aggregate, remedy)
            await asyncio.sleep(_BETWEEN_LOOKS)  # a fact of another process: it can only be looked at


async def _queues(settings: Settings, service: str, where: Mapping[str, Any]) -> list[Queue]:
    async with _opened(settings, service) as store:
        rows = await _rows(store, where)
    queues: dict[str, Queue] = {}
    for row in rows:
        queue = queues.setdefault(row["aggregate"], Queue(service, row["aggregate"], []))
        queue.waiting.append(_waiting(row))
    return list(queues.values())


async def _rows(store: Store, where: Mapping[str, Any]) -> list[Document]:
    return await store.find(PARKED, where, sort=[("aggregate", 1), ("order", 1)])


def _waiting(row: Document) -> Waiting:
    return Waiting(row["_id"], row["type"], row["receivedAt"], row["error"])


def _record(settings: Settings, row: Document) -> tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]:
    headers = [(name, bytes(raw)) for name, raw in row["headers"]]
    return row["topic"].removeprefix(settings.topic("")), row["key"], row["value"], headers


@asynccontextmanager
async def _opened(settings: Settings, service: str) -> AsyncIterator[Store]:
    store = Store(settings, settings.database(service))
    try:
        yield store
    finally:
        store.close()
