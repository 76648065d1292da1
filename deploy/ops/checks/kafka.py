"""Looks at Kafka: does it answer, are the topics as written, who is behind, its clock, the dead letters of a day."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from backbone.deadletters import TOPIC
from backbone.settings import Settings
from contracts.topics import load
from deploy.ops.broker import administration, consumer
from deploy.ops.checks.finding import Finding, bounded, clock
from deploy.ops.groups import Lag, ends, lags
from deploy.ops.topics import Difference, compare_topics

_DAY_MS = 86_400_000
_ONE_BATCH = 1000
_COMMITTED = "__consumer_offsets"


async def look(settings: Settings, deadline: float) -> list[Finding]:
    """Look at everything that Kafka knows; when Kafka does not answer, that is the one finding."""
    async with AsyncExitStack() as opened:
        try:
            async with asyncio.timeout_at(deadline):
                admin = await opened.enter_async_context(administration(settings))
                reader = await opened.enter_async_context(consumer(settings))
        except (KafkaError, TimeoutError, OSError):
            remedy = "Start it (locally: make up) or correct KP_KAFKA; topics, lag and dead letters are not known."
            return [Finding("Kafka", "wrong", f"does not answer at {settings.kafka}", remedy)]
        return await _Broker(settings, admin, reader).look(deadline)


@dataclass(frozen=True, slots=True)
class _Broker:
    settings: Settings
    admin: AIOKafkaAdminClient
    reader: AIOKafkaConsumer

    async def look(self, deadline: float) -> list[Finding]:
        again = "Run `kp-ops doctor` again; when it stays, see the broker's log."
        checks = {"topics": self.topics, "lag": self.lag, "dead letters": self.dead, "clock of Kafka": self.clock}
        found = await asyncio.gather(*(bounded(name, again, deadline, check) for name, check in checks.items()))
        return [Finding("Kafka", "well", f"answers at {self.settings.kafka}"), *(one for some in found for one in some)]

    async def topics(self) -> Sequence[Finding]:
        differences = await compare_topics(self.settings)
        well = Finding("topics", "well", f"{len(load())} as contracts/topics.toml says")
        return [_difference(one) for one in differences] or [well]

    async def lag(self) -> Sequence[Finding]:
        return [_lag(one) for one in await lags(self.settings, self.admin, self.reader)]

    async def dead(self) -> Sequence[Finding]:
        topic = self.settings.topic(TOPIC)
        last = await ends(self.admin, self.reader, topic)
        since = int(time.time() * 1000) - _DAY_MS
        first = await self.reader.offsets_for_times(dict.fromkeys(last, since)) if last else {}
        number = sum(last[one] - place.offset for one, place in first.items() if place)
        if not number:
            return [Finding("dead letters", "well", "none in a day")]
        return [Finding("dead letters", "look", f"{number} in a day", "See `kp-ops dead-letters list`.")]

    async def clock(self) -> Sequence[Finding]:
        # Kafka tells its time to nobody, but it stamps the record that it keeps of a commit.
        topic = TopicPartition(self.settings.topic(TOPIC), 0)
        # A consumer of its own: assigning forgets the topics that a shared one is being asked about.
        async with consumer(self.settings, f"doctor.{self.settings.namespace}") as committing:
            committing.assign([topic])
            asked = time.time()
            await committing.commit({topic: 0})
            answered = time.time()
            return [clock("Kafka", await self._newest_commit(committing) / 1000, asked, answered)]

    async def _newest_commit(self, reader: AIOKafkaConsumer) -> int:
        last = await ends(self.admin, reader, _COMMITTED)
        reader.assign(list(last))
        for partition, end in last.items():
            reader.seek(partition, end - 1)
        newest = 0
        while any([await reader.position(one) < end for one, end in last.items()]):
            batches = await reader.getmany(timeout_ms=100)
            newest = max([newest, *(record.timestamp for batch in batches.values() for record in batch)])
        return newest


def _difference(one: Difference) -> Finding:
    told = f"{one.what}: {one.found}, wanted {one.wanted}"
    return Finding(f"topic {one.topic}", "wrong", told, one.remedy or "Run `kp-ops topics apply`.")


def _lag(one: Lag) -> Finding:
    what, told = f"lag of {one.group}", f"{one.records} records of {one.topic}"
    if one.records <= _ONE_BATCH:
        return Finding(what, "well", told)
    return Finding(what, "look", told, "When it grows, see the service's log and its /ready.")
