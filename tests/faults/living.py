"""Services that live inside the test, for faults that come from without: of servers, of data, of a rule."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from backbone.health import Service
from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from deploy.ops.topics import ensure_topics
from services.certificates import app as certificates
from services.gateway import app as gateway
from services.gateway.settings import GatewaySettings
from services.participants import app as participants
from services.statistics import app as statistics
from tests.faults.flow import settle
from tests.log import READS, Log, opened


def all_services(settings: Settings) -> list[Service]:
    """Every service as it is wired."""
    own = GatewaySettings.model_validate({**settings.model_dump(), "gateway_port": 0})
    return [participants.build(settings), certificates.build(settings), statistics.build(settings), gateway.build(own)]


@dataclass(frozen=True, slots=True)
class Platform:
    """Living services, a door to them, and the log."""

    settings: Settings
    door: KafkaDoor
    log: Log

    async def work_off(self, *submissions: Sealed, groups: Sequence[str] = tuple(READS)) -> None:
        """Send submissions and wait until everything is worked off."""
        await self.door.send(submissions)
        await settle(self.log, groups=groups)


@asynccontextmanager
async def living(settings: Settings, services: Sequence[Service]) -> AsyncIterator[Platform]:
    """Let services live in a namespace that has its topics."""
    await ensure_topics(settings)
    async with AsyncExitStack() as stack:
        for service in services:
            await stack.enter_async_context(service.life())
        door = KafkaDoor(ClientSettings(kafka=settings.kafka, namespace=settings.namespace))
        await stack.enter_async_context(door)
        yield Platform(settings, door, await stack.enter_async_context(opened(settings)))
