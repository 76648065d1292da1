"""Reads a namespace's log as a bystander: whole topics, and how far every group has worked them off."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from backbone.envelope import Record
from backbone.settings import Settings
from contracts.topics import load

# Every group of consumers, and what it reads.
READS: Mapping[str, Sequence[str]] = {
    "participants": ["participants.submissions"],
    "certificates": ["certificates.submissions"],
    "statistics": ["statistics.submissions"],
    "statistics-corridors": ["certificates.facts"],
    "gateway": ["certificates.facts", "participants.facts", "statistics.facts"],
    "gateway-dead-letters": ["dead-letters"],
}
_PARTITIONS = {spec.name: spec.partitions for spec in load()}


class Log:
    """The log of one namespace; opened by `opened`."""

    def __init__(self, settings: Settings, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        self._settings, self._admin, self._consumer = settings, admin, consumer

    async def read(self, name: str) -> list[Record]:
        """Read a topic from its first record to its end; the order of each partition stays."""
        partitions = self._partitions([name])
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        ends = await self._consumer.end_offsets(partitions)
        records: list[Record] = []
        while any([await self._consumer.position(one) < end for one, end in ends.items()]):
            batches = await self._consumer.getmany(timeout_ms=500)
            records.extend(record for batch in batches.values() for record in batch)
        return records

    async def counted(self, names: Sequence[str]) -> AsyncIterator[int]:
        """Count the records of some topics as they come, for ever; says each new count at once."""
        partitions = self._partitions(names)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        count = 0
        while True:
            batches = await self._consumer.getmany(timeout_ms=1000)
            count += sum(len(batch) for batch in batches.values())
            yield count

    async def ends(self, names: Sequence[str]) -> dict[TopicPartition, int]:
        """Say where each partition of some topics ends."""
        return await self._consumer.end_offsets(self._partitions(names))

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """Say up to where a group has worked off each partition."""
        found = await self._admin.list_consumer_group_offsets(f"{self._settings.namespace}-{group}")
        return {partition: place.offset for partition, place in found.items()}

    async def is_settled(self, groups: Sequence[str] = tuple(READS)) -> bool:
        """Say whether every group has worked off everything, so that nothing more can come of it.

        A broker that is away has not said so.
        """
        try:
            return await self._is_settled(groups)
        except KafkaError:
            return False

    async def _is_settled(self, groups: Sequence[str]) -> bool:
        names = [name for group in groups for name in READS[group]]
        before = await self.ends(names)
        places = await asyncio.gather(*(self.committed(group) for group in groups))
        reached = all(
            place.get(one, 0) >= before[one]
            for group, place in zip(groups, places, strict=True)
            for one in self._partitions(READS[group])
        )
        return reached and before == await self.ends(names)

    def _partitions(self, names: Sequence[str]) -> list[TopicPartition]:
        return [
            TopicPartition(self._settings.topic(name), partition)
            for name in names
            for partition in range(_PARTITIONS[name])
        ]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Log]:
    """Open the log of a namespace."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    try:
        await admin.start()
        await consumer.start()
        yield Log(settings, admin, consumer)
    finally:
        await consumer.stop()
        await admin.close()
