"""Speaks Kafka: the one place that sets delivery guarantees, for consumers, producers and whole-topic readers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, ConsumerRebalanceListener
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import Topic as FastStreamTopic

from backbone.envelope import Record
from backbone.settings import Settings
from contracts.cloudevents import Headers
from contracts.facts import OutgoingFact

Handler = Callable[[Sequence[Record]], Awaitable[None]]
MAX_MESSAGE = 4 * 1024 * 1024
_LONGEST_WAIT = 5.0
log = structlog.get_logger()


def make_broker(settings: Settings) -> KafkaBroker:
    """Make the FastStream broker of a service: nothing auto-creates a topic, no middleware copies headers."""
    return KafkaBroker(
        settings.kafka,
        client_id=settings.instance,
        allow_auto_create_topics=False,
        apply_types=False,
        logger=None,
        graceful_timeout=10.0,
    )


def consume(
    broker: KafkaBroker,
    settings: Settings,
    topics: Sequence[str],
    group: str,
    handle: Handler,
    listener: ConsumerRebalanceListener | None = None,
) -> Any:
    """Subscribe a batch handler: at least once, in order, committed only after `handle` returns.

    A handler that raises is given the batch again after a growing wait; nothing is skipped.
    """
    subscriber = broker.subscriber(
        *(FastStreamTopic(settings.topic(name), declare=False) for name in topics),
        batch=True,
        group_id=f"{settings.namespace}-{group}",
        group_instance_id=f"{settings.namespace}-{group}-{settings.instance}",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=max(500, settings.session_timeout_ms // 4),
        auto_offset_reset="earliest",
        batch_timeout_ms=500,  # the longest wait for a first record; the first one ends it
        max_records=settings.max_batch,
        fetch_min_bytes=1,
        fetch_max_wait_ms=500,
        max_partition_fetch_bytes=MAX_MESSAGE,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        listener=listener,
    )
    subscriber(_committing(handle, group), parser=_tolerant, decoder=_raw)
    return subscriber


def _committing(handle: Handler, group: str) -> Callable[[Any], Awaitable[None]]:
    failures = 0

    async def handler(message: Any) -> None:
        nonlocal failures
        try:
            await handle(message.raw_message)
            # FastStream's own acknowledgement logs a failed commit and goes on; ours raises.
            await message.ack()
            failures = 0
        except Exception as error:
            failures += 1
            wait = min(_LONGEST_WAIT, 0.1 * 2 ** min(failures, 10))
            log.warning("kafka.batch.retried", group=group, error=repr(error), failures=failures, wait=wait)
            await asyncio.sleep(wait)  # FastStream seeks back at once; this is the backoff
            raise

    return handler


async def _tolerant(message: Any, original: Callable[[Any], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """Parse without touching headers: one that is not UTF-8 would otherwise lose the whole batch."""
    stripped = tuple(_Headless(record) for record in message)
    parsed = await original(stripped)
    parsed.raw_message = message
    return parsed


class _Headless:
    """A record whose headers and body FastStream need not look at."""

    __slots__ = ("headers", "offset", "partition", "timestamp", "topic", "value")

    def __init__(self, record: Record) -> None:
        self.headers: tuple[()] = ()
        self.value = b""
        self.topic, self.partition = record.topic, record.partition
        self.offset, self.timestamp = record.offset, record.timestamp


async def _raw(message: Any) -> Any:
    return message


class Publisher:
    """An idempotent producer that publishes a whole batch and waits for every acknowledgement."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka,
            client_id=self._settings.instance,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            linger_ms=5,
            max_batch_size=262_144,
            max_request_size=MAX_MESSAGE,
        )
        await self._producer.start()

    async def stop(self) -> None:
        """Send what is queued and disconnect."""
        if self._producer:
            await self._producer.stop()

    async def publish(self, facts: Sequence[OutgoingFact]) -> None:
        """Publish facts in order per key; raises when one is not acknowledged."""
        await self.publish_raw([(f.topic, f.key.encode(), f.value, f.headers) for f in facts])

    async def publish_raw(self, records: Sequence[tuple[str, bytes | None, bytes | None, Headers]]) -> None:
        """Publish records given as topic (without namespace), key, value and headers."""
        producer = self._producer
        if producer is None:
            raise RuntimeError("the publisher is not started")
        futures: list[Any] = []
        for topic, key, value, headers in records:
            futures.append(await producer.send(self._settings.topic(topic), value, key, headers=headers))
        if futures:
            await asyncio.gather(*futures)


async def lag(consumer: Any) -> int:
    """Count the records that a subscriber's consumer has still to take; raises while it has no partitions."""
    assigned = list(consumer.assignment()) if consumer else []
    if not assigned:
        raise ConnectionError("no partitions are assigned to this consumer yet")
    ends = await consumer.end_offsets(assigned)
    return sum([ends[partition] - await consumer.position(partition) for partition in assigned])
