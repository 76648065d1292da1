"""The four services at work: as processes in a namespace of their own, with a stock of certificates to be asked for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from client.settings import Settings as ClientSettings
from client.submission import Sealed
from tests.load.course import Course
from tests.load.machine import Meter
from tests.log import opened
from tests.running import eventually, running

_SETTLE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class House:
    """How the running platform is reached, as a participant's system does."""

    client: ClientSettings
    meter: Meter

    @property
    def port(self) -> int:
        """The gateway's port."""
        return int(self.client.gateway.rpartition(":")[2])


@asynccontextmanager
async def living(course: Course, stock: Sequence[Sealed]) -> AsyncIterator[House]:
    """Run the four services on a course that is open, and have `stock` worked off."""
    course.tell(f"{course.settings.namespace}: the four services, and {len(stock)} submissions as their stock")
    async with running(course.settings, course.logs, more=course.tracing) as processes:
        await course.submit(stock)
        async with opened(course.settings) as log:
            await eventually(log.is_settled, _SETTLE_SECONDS, "the stock was not worked off in time")
        yield House(replace(course.door, gateway=processes["gateway"].url), course.meter)
