"""Opens Kafka for an operator: the administrative client, and topics read from their first record to their last."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from backbone.envelope import Record
from backbone.settings import Settings
from deploy.ops.errors import OperatorError

PATIENCE_MS = 10_000
_SET_ON_THE_TOPIC = 1


@asynccontextmanager
async def administration(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect to the broker's administration; raises `KafkaError` when it does not answer."""
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka, client_id=settings.instance, request_timeout_ms=PATIENCE_MS
    )
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def consumer(settings: Settings, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """Connect a consumer that commits nothing by itself; raises `KafkaError` when Kafka does not answer."""
    opened = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        client_id=settings.instance,
        group_id=group,
        enable_auto_commit=False,
        request_timeout_ms=PATIENCE_MS,
    )
    try:
        await opened.start()
        yield opened
    finally:
        await opened.stop()


async def read_whole(settings: Settings, topic: str) -> AsyncIterator[Record]:
    """Read what a topic (with its namespace) holds now, to its end; a topic that is missing holds nothing."""
    async with administration(settings) as admin:
        partitions = [TopicPartition(topic, number) for number in range(len((await replicas(admin)).get(topic, [])))]
    async with consumer(settings) as reader:
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        left = {one: end for one, end in (await reader.end_offsets(partitions)).items() if end}
        while left:
            for batch in (await reader.getmany(timeout_ms=500)).values():
                for record in batch:
                    yield record
            left = {one: end for one, end in left.items() if await reader.position(one) < end}


async def replicas(admin: AIOKafkaAdminClient) -> dict[str, list[int]]:
    """Read every topic: its name, and the number of replicas of each of its partitions."""
    # Asking for all of them, for asking by name creates a topic where the broker is set to create them.
    return {one["topic"]: [len(p["replicas"]) for p in one["partitions"]] for one in await admin.describe_topics()}


async def configs(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> dict[str, dict[str, str]]:
    """Read what has been set on each topic itself; defaults of the broker are left out."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    answers: list[Any] = await admin.describe_configs(asked)
    found: dict[str, dict[str, str]] = {}
    for code, message, _, topic, entries in (resource for answer in answers for resource in answer.resources):
        refuse_when(code, topic, message)
        found[topic] = {name: value for name, value, _, source, *_ in entries if source == _SET_ON_THE_TOPIC}
    return found


def refuse_when(code: int, topic: str, message: str | None) -> None:
    """Raise `OperatorError` when the broker has answered with an error code."""
    if code:
        raise OperatorError(
            "E_BROKER_REFUSED", topic, f"The broker refused ({code}): {message or 'it gave no reason'}."
        )
