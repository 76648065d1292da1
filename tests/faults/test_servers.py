"""Kafka or MongoDB goes away while submissions flow; the services wait for it and go on where they were."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from backbone.settings import Settings
from client.errors import Unreachable
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from deploy.local.ports import Ports
from deploy.local.stack import Stack
from tests.faults.cargo import Planned, certificates, mingled
from tests.faults.flow import settle
from tests.faults.judging import check_agreement, check_outcomes
from tests.faults.ledger import take
from tests.faults.living import Platform, all_services, living
from tests.log import Log, opened
from tests.running import eventually
from tests.world import World

CERTIFICATES = 200
_PATIENCE = 120
_CHUNK = 200


@dataclass(slots=True)
class Sent:
    """Everything that was sent so far in the namespace."""

    planned: list[Planned] = field(default_factory=list[Planned])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers of one's own, for these tests take them away."""
    stack = Stack(tmp_path_factory.mktemp("servers"), Ports.free(), servers=("kafka", "mongod"))
    try:
        stack.start_servers()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
async def platform(settings: Settings, world: World, sent: Sent) -> AsyncIterator[Platform]:
    async with living(settings, all_services(settings)) as platform:
        sent.planned += [Planned(one) for one in world.founding()]
        await platform.work_off(*(one.sealed for one in sent.planned))
        yield platform


@pytest.fixture(scope="module")
def sent() -> Sent:
    return Sent()


@pytest.mark.parametrize("server", ["kafka", "mongod"])
@pytest.mark.parametrize("how", ["restart", "kill"])
async def test_a_server_that_goes_away_in_mid_flow_costs_no_submission_and_doubles_none(
    platform: Platform, world: World, stack: Stack, sent: Sent, server: str, how: str
) -> None:
    first = 1_000 + len(sent.planned)
    planned = mingled(certificates(world, CERTIFICATES, first), random.Random(first))
    sent.planned += planned
    submissions = [one.sealed for one in planned]
    half = len(submissions) // 2
    async with opened(platform.settings) as log:
        before = await log.ends(["certificates.facts"])
        await send(platform.settings, submissions[:half])
        await eventually(lambda: _grew(log, before), _PATIENCE, "no fact was published before the fault")
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(getattr(stack, how), server))
        group.create_task(send(platform.settings, submissions[half:]))
    async with opened(platform.settings) as log:
        await settle(log)
    ledger = await take(platform.settings)
    check_outcomes(ledger, sent.planned)
    check_agreement(ledger)


async def _grew(log: Log, before: dict[TopicPartition, int]) -> bool:
    return sum((await log.ends(["certificates.facts"])).values()) > sum(before.values())


async def send(settings: Settings, submissions: Sequence[Sealed]) -> None:
    """Send as a participant does who may trust that the same bytes count once: again, until they are taken."""
    client = ClientSettings(kafka=settings.kafka, namespace=settings.namespace)
    for at in range(0, len(submissions), _CHUNK):
        chunk = submissions[at : at + _CHUNK]
        await eventually(lambda some=chunk: _is_taken(client, some), _PATIENCE, f"chunk {at} was never taken")


async def _is_taken(client: ClientSettings, submissions: Sequence[Sealed]) -> bool:
    try:
        async with KafkaDoor(client) as door:
            await door.send(submissions)
    except Unreachable:
        return False
    return True
