"""Sends submissions so that they flow for a while, and kills services at moments that follow from a seed."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from deploy.ops.topics import ensure_topics
from tests.log import READS, Log, opened
from tests.running import Process, eventually

GROUPS: Mapping[str, Sequence[str]] = {
    "certificates": ["certificates"],
    "participants": ["participants"],
    "statistics": ["statistics", "statistics-corridors"],
    "gateway": ["gateway", "gateway-dead-letters"],
}
"""The groups in which each service works."""

_CHUNK = 200
_AHEAD = 1_000
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


def moments(chance: random.Random, kills: int, records: int) -> list[int]:
    """Choose after how many of its records a service is killed, spread by chance over the first nine tenths."""
    share = records * 9 // 10 // kills
    return [share * number + chance.randrange(1, share) for number in range(kills)]


async def kill(settings: Settings, service: Process, planned: Sequence[int], chance: random.Random) -> Counter[str]:
    """Kill a service whenever it has worked off as many records as planned, and start it again at once."""
    async with opened(settings) as log:
        for moment in planned:

            async def is_reached(records: int = moment) -> bool:
                return await _worked_off(log, GROUPS[service.name]) >= records

            await eventually(is_reached, _SETTLE_SECONDS, f"{service.name} does not get to record {moment}")
            # What is looked at is the end of a batch: by chance, let the next one get anywhere.
            await asyncio.sleep(chance.uniform(0, _LONGEST_BATCH_SECONDS))  # chance itself
            service.kill()
            service.start()
    return Counter({service.name: len(planned)})
