"""The read model is nothing but the facts: thrown away, it comes back the same."""

from collections.abc import AsyncIterator

import pytest

from backbone.mongo import Store
from backbone.projecting import OFFSETS, state_hash
from backbone.settings import Settings
from client.submission import Sealed
from contracts.certificates import ValidateCertificate
from services.gateway.projection import COLLECTIONS
from tests.faults.living import Platform, all_services, living
from tests.log import READS
from tests.running import eventually
from tests.unit.worked import VALIDATE
from tests.world import World

_PATIENCE = 120
GATEWAY = ("gateway", "gateway-dead-letters")


@pytest.fixture(scope="module")
async def platform(settings: Settings, world: World) -> AsyncIterator[Platform]:
    async with living(settings, all_services(settings)) as platform:
        await platform.work_off(*world.founding())
        yield platform


@pytest.fixture(scope="module")
def model(settings: Settings) -> Store:
    return Store(settings, settings.database("gateway"))


def lives(world: World, first: int, count: int) -> list[Sealed]:
    """Whole lives of certificates, and two submissions that are refused."""
    numbers = [f"AO{serial}" for serial in range(first, first + count)]
    sent = [one for number in numbers for one in world.life(number)]
    return [*sent, world.step(ValidateCertificate, VALIDATE, numbers[0], "AE"), world.issue(numbers[1])]


async def drop(model: Store) -> None:
    """Throw the read model away, and with it the places up to which it was read."""
    for name in (*COLLECTIONS, OFFSETS):
        await model.drop_collection(name)


async def rebuilt(platform: Platform, model: Store) -> None:
    """Wait until the read model stands where the log ends."""
    ends = {
        f"{group}/{one.topic}/{one.partition}": end
        for group in GATEWAY
        for one, end in (await platform.log.ends(READS[group])).items()
        if end
    }

    async def stands() -> bool:
        places = {row["_id"]: row["next"] for row in await model.find(OFFSETS, {})}
        return places == ends

    await eventually(stands, _PATIENCE, f"the read model did not get to {ends}")


async def test_a_dropped_read_model_comes_back_the_same_while_the_gateway_runs(
    platform: Platform, world: World, model: Store
) -> None:
    await platform.work_off(*lives(world, 1_000, 40))
    before = await state_hash(model, COLLECTIONS)
    await drop(model)
    assert await state_hash(model, COLLECTIONS) != before
    await rebuilt(platform, model)
    assert await state_hash(model, COLLECTIONS) == before


async def test_a_read_model_dropped_while_facts_flow_ends_like_one_that_is_built_afterwards(
    platform: Platform, world: World, model: Store
) -> None:
    await platform.door.send(lives(world, 2_000, 100))
    await eventually(lambda: _knows(model, "AO2000"), _PATIENCE, "the first certificate did not arrive")
    await drop(model)
    await platform.work_off()
    await rebuilt(platform, model)
    dropped_in_flow = await state_hash(model, COLLECTIONS)
    await drop(model)
    await rebuilt(platform, model)
    assert await state_hash(model, COLLECTIONS) == dropped_in_flow
    assert len(await model.find("certificates", {"data.state": "CONFIRMED"})) == 140


async def _knows(model: Store, number: str) -> bool:
    return bool(await model.find("certificates", {"_id": number}))
