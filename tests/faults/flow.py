"""Sends submissions so that they flow for a while, and kills services at moments that follow from a seed."""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence

from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from deploy.ops.topics import ensure_topics
from tests.log import READS, Log, opened
from tests.running import Process, eventually

PROGRESS: Mapping[str, Sequence[str]] = {
    "certificates": ["certificates.facts"],
    "participants": ["participants.facts"],
    "statistics": ["certificates.facts"],
    "gateway": ["certificates.facts", "participants.facts", "statistics.facts"],
}
"""The facts by which the kills of a service are timed: what it publishes, or what it reads."""

_CHUNK = 200
_AHEAD = 1_000
# A bound for machines that are busy with something else.
_SETTLE_SECONDS = 900
_LONGEST_BATCH_SECONDS = 0.1


async def prepare(settings: Settings, register: Sequence[Sealed]) -> None:
    """Make the namespace's topics and submit its register."""
    await ensure_topics(settings)
    async with _door(settings) as door:
        await door.send(register)


def _door(settings: Settings) -> KafkaDoor:
    return KafkaDoor(ClientSettings(kafka=settings.kafka, namespace=settings.namespace))


async def settle(log: Log, groups: Sequence[str] = tuple(READS)) -> None:
    """Wait until every group has worked off everything."""
    await eventually(lambda: log.is_settled(groups), _SETTLE_SECONDS, "not everything was worked off in time")


async def send(settings: Settings, submissions: Sequence[Sealed], ahead: int = _AHEAD) -> None:
    """Send in order, never more than `ahead` submissions ahead of those that are worked off."""
    groups = ("certificates", "participants", "statistics")
    async with opened(settings) as log, _door(settings) as door:
        before = await _worked_off(log, groups)
        for at in range(0, len(submissions), _CHUNK):

            async def is_due(sent: int = at) -> bool:
                return sent - (await _worked_off(log, groups) - before) < ahead

            await eventually(is_due, _SETTLE_SECONDS, f"nothing moves any more behind submission {at}")
            await door.send(submissions[at : at + _CHUNK])


async def _worked_off(log: Log, groups: Iterable[str]) -> int:
    places = await asyncio.gather(*(log.committed(group) for group in groups))
    return sum(sum(place.values()) for place in places)


def moments(chance: random.Random, kills: int, facts: int) -> list[int]:
    """Choose at which of its facts a service is killed, spread by chance over the first nine tenths."""
    share = facts * 9 // 10 // kills
    return [share * number + chance.randrange(1, share) for number in range(kills)]


async def kill(settings: Settings, service: Process, planned: Sequence[int], chance: random.Random) -> None:
    """Kill a service when as many facts are published as planned, and start it again.

    By chance it dies at once, while it publishes or before it commits, or a moment later, anywhere in the next batch.
    """
    waiting = list(planned[::-1])
    async with opened(settings) as log:
        async for count in log.counted(PROGRESS[service.name]):
            if count >= waiting[-1]:
                await asyncio.sleep(chance.choice((0, chance.uniform(0, _LONGEST_BATCH_SECONDS))))  # chance itself
                service.kill()
                service.start()
                await service.ready()
                waiting.pop()
            if not waiting:
                return
