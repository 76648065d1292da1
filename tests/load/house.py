"""The four services at work: as processes in a namespace of their own, with a stock of certificates to be asked for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from client.settings import Settings as ClientSettings
from client.submission import Sealed
from deploy.local.services import SERVICES
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
async def living(course: Course, stock: Sequence[Sealed], names: Sequence[str] = SERVICES) -> AsyncIterator[House]:
    """Run the services on a course that is open, and have `stock`, which needs all of them, worked off."""
    course.tell(f"{course.settings.namespace}: {', '.join(names)}, and {len(stock)} submissions as their stock")
    async with running(course.settings, course.logs, names, course.tracing) as processes:
        if stock:
            await course.submit(stock)
            await _settle(course)
        yield House(replace(course.door, gateway=processes["gateway"].url), course.meter)


async def _settle(course: Course) -> None:
    async with opened(course.settings) as log:
        await eventually(log.is_settled, _SETTLE_SECONDS, "the stock was not worked off in time")
