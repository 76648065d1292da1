"""How far each consumer group has come, held against where the topics end."""

import asyncio
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from backbone.settings import Settings
from deploy.ops.broker import replicas

Places = dict[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Lag:
    """How many records of a topic a group has still to take."""

    group: str
    topic: str
    records: int


async def ends(admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer, *topics: str) -> Places:
    """Read where each partition of topics (with their namespace) ends; partitions that hold nothing are left out."""
    there = await replicas(admin)
    partitions = [TopicPartition(topic, number) for topic in topics for number in range(len(there.get(topic, [])))]
    return {one: end for one, end in (await reader.end_offsets(partitions)).items() if end}


async def taken(admin: AIOKafkaAdminClient, group: str) -> Places:
    """Read the places a group has committed."""
    return {one: place.offset for one, place in (await admin.list_consumer_group_offsets(group)).items()}


async def lags(settings: Settings, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer) -> list[Lag]:
    """Read how far every group that takes a topic of this namespace is behind, by group and topic."""
    ours = sorted(name for name, _ in await admin.list_consumer_groups() if name.startswith(f"{settings.namespace}-"))
    places = dict(zip(ours, await asyncio.gather(*(taken(admin, group) for group in ours)), strict=True))
    pairs = sorted({(group, one.topic) for group, some in places.items() for one in some})
    pairs = [(group, topic) for group, topic in pairs if topic.startswith(settings.topic(""))]
    last = await ends(admin, reader, *{topic for _, topic in pairs})
    return [Lag(group, topic, behind(_of(topic, last), places[group])) for group, topic in pairs]


def _of(topic: str, places: Places) -> Places:
    return {one: place for one, place in places.items() if one.topic == topic}


def behind(ends: Places, places: Places) -> int:
    """Count the records between the places and the ends; a partition without a place has been read to nowhere."""
    return sum(max(0, end - places.get(one, 0)) for one, end in ends.items())
