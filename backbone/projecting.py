"""Keeps what is read from facts: in memory for registers, in documents for read models; rebuildable from the first."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from backbone.envelope import Record
from backbone.mongo import Document, Store, UpdateOne
from backbone.settings import Settings

OFFSETS = "offsets"
log = structlog.get_logger()


class Tail:
    """Reads whole topics from their first record into `apply` and follows them; for what fits in memory."""

    def __init__(self, settings: Settings, topics: Sequence[str], apply: Callable[[Record], None]) -> None:
        self._settings = settings
        self._topics = [settings.topic(name) for name in topics]
        self._apply = apply
        # aiokafka is untyped; so are the two of its consumers here.
        self._consumer: Any = None
        # Asks for ends on a connection of its own: on the reader's, the answer waits behind its long poll.
        self._asker: Any = None
        self._task: asyncio.Task[None] | None = None
        self._position: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()

    async def start(self) -> None:
        """Connect, and return when everything that was there has been applied."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        self._asker = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka)
        await asyncio.gather(self._consumer.start(), self._asker.start())
        partitions = await self._partitions(self._consumer)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        self._position = dict(await self._consumer.beginning_offsets(partitions))
        self._task = asyncio.create_task(self._follow(self._consumer))
        await self.catch_up()

    async def _partitions(self, consumer: Any) -> list[TopicPartition]:
        metadata = await consumer._client.fetch_all_metadata()
        found = {name: metadata.partitions_for_topic(name) for name in self._topics}
        missing = [name for name, partitions in found.items() if not partitions]
        if missing:
            raise KafkaError(f"topic {missing[0]} does not exist; create it with 'kp-ops topics apply'")
        return [TopicPartition(name, partition) for name, some in found.items() for partition in some or ()]

    async def _follow(self, consumer: Any) -> None:
        while True:
            try:
                batches = await consumer.getmany(timeout_ms=1000)
            except KafkaError as error:
                log.warning("kafka.tail.retried", topics=self._topics, error=repr(error))
                await asyncio.sleep(1.0)  # backoff while the broker is away
                continue
            await self._take(batches)

    async def _take(self, batches: Any) -> None:
        for partition, records in batches.items():
            for record in records:
                self._apply(record)
            self._position[partition] = records[-1].offset + 1
        if batches:
            async with self._moved:
                self._moved.notify_all()

    async def catch_up(self, timeout: float = 30.0) -> None:
        """Wait until everything that the topics hold now has been applied; raises `TimeoutError`."""
        if self._asker is None or self._task is None:
            raise RuntimeError("the tail is not started")
        if self._task.done():
            self._task.result()  # a record that could not be applied: say so instead of waiting for ever
        ends: dict[TopicPartition, int] = await self._asker.end_offsets(list(self._position))
        async with self._moved:
            waiting = self._moved.wait_for(lambda: all(self._position[p] >= end for p, end in ends.items()))
            await asyncio.wait_for(waiting, timeout)

    async def stop(self) -> None:
        """Stop following."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for consumer in (self._consumer, self._asker):
            if consumer:
                await consumer.stop()


class Rewound(RuntimeError):
    """The stored offsets are not the ones we read from: the read model was dropped or restored; read again."""


class Offsets(ConsumerRebalanceListener):
    """Where a projection stands, stored beside what it projects: drop one and both begin at the first fact."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self._next: dict[tuple[str, int], int] = {}
        self.consumer: Callable[[], Any] = lambda: None

    async def on_partitions_assigned(self, assigned: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  aiokafka awaits it
        """Go on where the documents stand, whatever the group remembers."""
        await self.rewind(assigned)

    async def on_partitions_revoked(self, revoked: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  the same
        """Nothing to give back: every batch stores its own place."""

    async def rewind(self, assigned: Sequence[TopicPartition] | None = None) -> None:
        """Read the stored places and seek to them."""
        consumer = self.consumer()
        if consumer is None:
            return
        stored = {row["_id"]: row["next"] for row in await self._store.find(OFFSETS, {"projection": self._name})}
        for partition in assigned if assigned is not None else consumer.assignment():
            place = stored.get(self._id(partition.topic, partition.partition), 0)
            self._next[partition.topic, partition.partition] = place
            consumer.seek(partition, place)

    def _id(self, topic: str, partition: int) -> str:
        return f"{self._name}/{topic}/{partition}"

    async def save(self, records: Sequence[Record], session: Any = None) -> None:
        """Store the place after a batch; raises `Rewound` when somebody moved it meanwhile."""
        ends: dict[tuple[str, int], int] = {}
        for record in records:
            ends[record.topic, record.partition] = record.offset + 1
        writes = [self._move(topic, partition, end) for (topic, partition), end in ends.items()]
        if (await self._store.write(OFFSETS, writes, session)).effective < len(writes):
            raise Rewound(self._name)
        self._next.update(ends)

    def _move(self, topic: str, partition: int, end: int) -> UpdateOne:
        before = self._next.get((topic, partition), 0)
        where: Document = {"_id": self._id(topic, partition), "next": before}
        return UpdateOne(where, {"$set": {"next": end, "projection": self._name}}, upsert=before == 0)

    async def intact(self) -> bool:
        """Say whether the documents still stand where this process believes they do."""
        stored = {row["_id"]: row["next"] for row in await self._store.find(OFFSETS, {"projection": self._name})}
        return all(stored.get(self._id(*key), 0) >= place for key, place in self._next.items())


def guarded(subject: str, version: int, fields: Mapping[str, Any]) -> UpdateOne:
    """Upsert a document unless it is already at this version or a later one.

    A stale fact finds no document to match and its insert meets the existing id: counted as not effective.
    """
    return UpdateOne(
        {"_id": subject, "version": {"$lt": version}}, {"$set": {**fields, "version": version}}, upsert=True
    )


async def state_hash(store: Store, collections: Sequence[str]) -> str:
    """Hash every document of a read model in the order of ids; equal hashes are equal models."""
    digest = sha256()
    for collection in collections:
        async for document in store.stream(collection, {}):
            digest.update(orjson.dumps(document, default=_plain, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
