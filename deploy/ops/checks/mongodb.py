"""Looks at MongoDB: does its replica set take writes, its clock, its disk, and which aggregates are parked."""

import time
from collections.abc import Sequence
from functools import partial

from backbone.mongo import AWAY, Document, Store
from deploy.ops.checks.finding import Finding, bounded, clock
from deploy.ops.checks.machine import disk
from deploy.ops.parked import Queue, list_parked
from deploy.ops.settings import OpsSettings

_PATIENCE_MS = 2000


async def look(settings: OpsSettings, deadline: float) -> list[Finding]:
    """Look at everything that MongoDB knows; when it does not answer, that is the one finding."""
    again = "Run `kp-ops doctor` again; when it stays, see the log of mongod."
    found = await bounded("MongoDB", again, deadline, partial(_server, settings))
    if len(found) == 1:
        return found
    return [*found, *await bounded("parked aggregates", again, deadline, partial(_parked, settings))]


async def _server(settings: OpsSettings) -> Sequence[Finding]:
    store = Store(settings, "admin", _PATIENCE_MS)
    try:
        asked = time.time()
        hello = await store.ask("hello")
        instant, answered = hello["localTime"].timestamp(), time.time()
        stats = await store.ask("dbStats")
    except AWAY:
        remedy = "Start it (locally: make up) or correct KP_MONGO_URI; parked aggregates are not known."
        return [Finding("MongoDB", "wrong", f"no primary answers at {settings.mongo_address}", remedy)]
    finally:
        store.close()
    free = int(stats["fsTotalSize"] - stats["fsUsedSize"])
    return [_replica_set(hello), clock("MongoDB", instant, asked, answered), disk("MongoDB", free)]


def _replica_set(hello: Document) -> Finding:
    if not hello.get("setName"):
        remedy = "Start mongod with --replSet and run replSetInitiate: the platform needs transactions."
        return Finding("MongoDB", "wrong", "is not a replica set", remedy)
    told = f"replica set {hello['setName']}, {len(hello['hosts'])} member(s), primary {hello.get('primary', 'none')}"
    if not hello["isWritablePrimary"]:
        return Finding("MongoDB", "wrong", told, "Bring a majority of the members up, so that they elect a primary.")
    return Finding("MongoDB", "well", told)


async def _parked(settings: OpsSettings) -> Sequence[Finding]:
    queues = await list_parked(settings)
    return [_queue(queue) for queue in queues] or [Finding("parked aggregates", "well", "none")]


def _queue(queue: Queue) -> Finding:
    told = f"{len(queue.waiting)} waiting: {queue.waiting[0].error}"
    remedy = f"Correct the cause, then run `kp-ops parked redrive {queue.aggregate}`."
    return Finding(f"parked {queue.service} {queue.aggregate}", "wrong", told, remedy)
