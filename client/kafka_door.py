"""The door for systems that send much: an idempotent Kafka producer that never waits message by message."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from opentelemetry.trace import Span

from client import tracing
from client.errors import ClientError, Mistake, Unreachable
from client.settings import Settings
from client.submission import Sealed
from contracts.cloudevents import to_kafka


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the log keeps a submission; handed over, not yet decided."""

    id: str
    partition: int
    offset: int


class KafkaDoor:
    """An open connection to Kafka; use it as an asynchronous context manager.

    `patience` is how many seconds Kafka has to take a submission before it counts as unreachable.
    """

    def __init__(self, settings: Settings, patience: float = 15.0) -> None:
        self._settings, self._patience = settings, patience
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            linger_ms=5,
            max_batch_size=262_144,
            request_timeout_ms=int(self._patience * 1000),
        )
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise _trouble(error, self._settings) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, submissions: Sequence[Sealed]) -> list[Receipt]:
        """Hand over submissions in order and wait for every acknowledgement; the receipts stand in the same order.

        Raises `Unreachable` when Kafka did not acknowledge one (send the same ones again), else `Mistake`.
        """
        try:
            futures = [await self._enqueue(sealed) for sealed in submissions]
            placed = await asyncio.gather(*futures)
        except KafkaError as error:
            raise _trouble(error, self._settings) from error
        return [Receipt(one.id, at.partition, at.offset) for one, at in zip(submissions, placed, strict=True)]

    async def _enqueue(self, sealed: Sealed) -> asyncio.Future[Any]:
        event, span = tracing.begin(sealed.event)
        topic, key = self._settings.topic(sealed.topic), event.subject.encode()
        # Waits only while the producer's buffer is full; the acknowledgement is the future's.
        future = await self._producer.send(topic, event.data, key, headers=to_kafka(event))
        if span.is_recording():
            future.add_done_callback(partial(_end, span))
        return future


def _end(span: Span, _: asyncio.Future[Any]) -> None:
    span.end()


def _trouble(error: KafkaError, settings: Settings) -> ClientError:
    if isinstance(error, MessageSizeTooLargeError):
        return Mistake("E_TOO_LARGE", "data", "Keep a submission below 1 MiB once it is signed.")
    if isinstance(error, UnknownTopicOrPartitionError):
        remedy = f"Check the namespace: {settings.kafka} has no topics of '{settings.namespace}' for submissions."
        return Mistake("E_TOPIC_UNKNOWN", "KP_NAMESPACE", remedy)
    return Unreachable("E_KAFKA_AWAY", "KP_KAFKA", f"Check that Kafka answers at {settings.kafka} ({error!r}).")
