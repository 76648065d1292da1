"""Looks at MongoDB: does its replica set take writes, its clock, its disk, and which aggregates are parked."""

import time
from collections.abc import Sequence
from functools import partial

from backbone.mongo import Document, Store
from backbone.settings import Settings
from deploy.ops.checks.finding import Finding, bounded, clock
from deploy.ops.checks.machine import disk
from deploy.ops.parked import Queue, list_parked

_PATIENCE_MS = 2000


async def look(settings: Settings, deadline: float) -> list[Finding]:
    """Look at everything that MongoDB knows; when it does not answer, that is the one finding."""
    store = Store(settings, settings.database("gateway"), _PATIENCE_MS)
    remedy = "Start it (locally: make up) or correct KP_MONGO_URI; parked aggregates are not known."
    try:
        found = await bounded("MongoDB", remedy, deadline, partial(_server, settings, store))
    finally:
        store.close()
    if found[0].state == "wrong":
        return found
    again = "Run `kp-ops doctor` again; when it stays, see the log of mongod."
    return [*found, *await bounded("parked aggregates", again, deadline, partial(_parked, settings))]


async def _server(settings: Settings, store: Store) -> Sequence[Finding]:
    asked = time.time()
    hello = await store.ask("hello")
    answered = time.time()
    stats = await store.ask("dbStats")
    free = int(stats["fsTotalSize"] - stats["fsUsedSize"])
    instant = hello["localTime"].timestamp()
    return [_replica_set(hello), clock("MongoDB", instant, asked, answered), disk("MongoDB", free)]


def _replica_set(hello: Document) -> Finding:
    if not hello.get("setName"):
        remedy = "Start mongod with --replSet and run replSetInitiate: the platform needs transactions."
        return Finding("MongoDB", "wrong", "is not a replica set", remedy)
    told = f"replica set {hello['setName']}, {len(hello['hosts'])} member(s), primary {hello.get('primary', 'none')}"
    if not hello["isWritablePrimary"]:
        return Finding("MongoDB", "wrong", told, "Bring a majority of the members up, so that they elect a primary.")
    return Finding("MongoDB", "well", told)


async def _parked(settings: Settings) -> Sequence[Finding]:
    queues = await list_parked(settings)
    return [_queue(queue) for queue in queues] or [Finding("parked aggregates", "well", "none")]


def _queue(queue: Queue) -> Finding:
    told = f"{len(queue.waiting)} waiting: {queue.waiting[0].error}"
    remedy = f"Correct the cause, then run `kp-ops parked redrive {queue.aggregate}`."
    return Finding(f"parked {queue.service} {queue.aggregate}", "wrong", told, remedy)
