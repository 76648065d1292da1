"""Services die at any moment, and the platform answers every submission once, as if nothing had happened."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from backbone.settings import Settings
from deploy.local import anchor
from deploy.local.stack import Stack
from tests.faults import cargo, flow
from tests.faults.cargo import Planned
from tests.faults.judging import check_agreement, check_outcomes, comparable
from tests.faults.ledger import Ledger, take
from tests.log import opened
from tests.running import running
from tests.world import World

SEED = 20260501
CERTIFICATES = 1_000
KILLS = {"certificates": 8, "participants": 5, "statistics": 5, "gateway": 5}


@dataclass(frozen=True, slots=True)
class Cargo:
    """What both runs are given, the same bytes in the same order."""

    register: list[Planned]
    planned: list[Planned]

    @property
    def all(self) -> list[Planned]:
        """The register and everything that flows after it."""
        return [*self.register, *self.planned]


@pytest.fixture(scope="module")
def freight(stack: Stack) -> Cargo:
    anchor.ensure(stack.root)
    world = World.load(anchor.secretariat_key(stack.root))
    lives = [*cargo.certificates(world, CERTIFICATES), *cargo.participants(world), *cargo.returns(world)]
    register = [Planned(one) for one in world.founding()]
    return Cargo(register, cargo.mingled(lives, random.Random(SEED)))


def _named(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update={"namespace": f"{settings.namespace}-{name}", "max_batch": 100})


def _facts(planned: Sequence[Planned]) -> dict[str, int]:
    sent = Counter(one.sealed.topic.partition(".")[0] for one in planned if one.outcome not in cargo.DEAD)
    return {**sent, "statistics": sent["certificates"], "gateway": sent.total()}


async def _run(settings: Settings, folder: Path, freight: Cargo, kills: dict[str, int]) -> Ledger:
    await flow.prepare(settings, [one.sealed for one in freight.register])
    facts = _facts(freight.planned)
    async with running(settings, folder) as services, opened(settings) as log:
        await flow.settle(log)
        async with asyncio.TaskGroup() as group:
            group.create_task(flow.send(settings, [one.sealed for one in freight.planned]))
            for name, number in kills.items():
                chance = random.Random(f"{SEED}/{name}")
                planned = flow.moments(chance, number, facts[name])
                group.create_task(flow.kill(settings, services[name], planned, chance))
        await flow.settle(log)
    return await take(settings)


async def test_killed_services_lose_nothing_double_nothing_and_end_where_undisturbed_ones_do(
    settings: Settings, freight: Cargo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calm = await _run(_named(settings, "calm"), tmp_path, freight, {})
    killed = await _run(_named(settings, "killed"), tmp_path, freight, KILLS)
    counts = [check_outcomes(ledger, freight.all) for ledger in (calm, killed)]
    for ledger in (calm, killed):
        check_agreement(ledger)
    assert counts[0] == counts[1]
    assert comparable(calm) == comparable(killed)
    with capsys.disabled():
        print(_told(counts[1], killed, killed.republished - calm.republished))


def _told(counts: Counter[str], ledger: Ledger, republished: int) -> str:
    killed = ", ".join(f"{name} {number}" for name, number in KILLS.items())
    rejected = sum(len(one) for one in ledger.rejections.values())
    return (
        f"\n{sum(KILLS.values())} kills ({killed}), {counts.total()} submissions: "
        f"{counts[cargo.ACCEPTED]} accepted, {rejected} rejected, {len(ledger.dead)} dead letters; "
        f"{republished} published again with the same bytes, 0 lost, 0 doubled"
    )
