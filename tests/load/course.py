"""Where a race is run: a namespace of its own on the servers, made before the race and dropped after it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen

from backbone.kafka import Publisher
from backbone.mongo import Store
from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from contracts import topics
from deploy.local.ports import free_ports
from deploy.local.services import SERVICES
from deploy.ops.broker import administration
from deploy.ops.topics import ensure_topics
from tests.load.floor import FLOORS, SEED
from tests.load.machine import Meter
from tests.load.race import process
from tests.load.register import Register
from tests.running import variables

_SPECS = topics.load()
FACTS = next(spec for spec in _SPECS if spec.name == "certificates.facts")


@dataclass(frozen=True, slots=True)
class Course:
    """The servers and the namespace (`settings`), the register, a folder for logs, and how traces are exported.

    `tell` is told what is being done.
    """

    settings: Settings
    register: Register
    logs: Path
    meter: Meter
    tracing: Mapping[str, str]
    tell: Callable[[str], None]

    @asynccontextmanager
    async def opened(self, name: str) -> AsyncIterator["Course"]:
        """Open a namespace: topics as the platform has them, one of facts for each floor, and the register."""
        own = self.settings.model_copy(update={"namespace": f"{self.settings.namespace}-{name}"})
        course = replace(self, settings=own)
        try:
            await ensure_topics(own, [*_SPECS, *(replace(FACTS, name=f"{floor}.facts") for floor in FLOORS)])
            await course._publish_register()
            yield course
        finally:
            await course._drop()

    @property
    def door(self) -> ClientSettings:
        """How a participant's system reaches the namespace."""
        return ClientSettings(kafka=self.settings.kafka, namespace=self.settings.namespace)

    async def submit(self, submissions: Sequence[Sealed]) -> None:
        """Hand submissions over as a participant's system does."""
        async with KafkaDoor(self.door) as door:
            await door.send(submissions)

    def contestant(self, name: str, *arguments: str) -> AbstractContextManager["Popen[bytes]"]:
        """Run `python -m <arguments>` in this namespace, as long as the block lasts."""
        self.tell(f"{self.settings.namespace}: {name}")
        (port,) = free_ports(1)
        own = {"KP_INSTANCE": f"{name}-0", "KP_HEALTH_PORT": str(port), "KP_GATEWAY_PORT": str(port)}
        environment = {**variables(self.settings), **self.tracing, **own, SEED: self.register.seed.hex()}
        return process(arguments, environment, self.logs / f"{self.settings.namespace}-{name}.log")

    async def _publish_register(self) -> None:
        publisher = Publisher(self.settings)
        await publisher.start()
        await publisher.publish(self.register.facts())
        await publisher.stop()

    async def _drop(self) -> None:
        async with administration(self.settings) as admin:
            found = await admin.list_topics()
            await admin.delete_topics([name for name in found if name.startswith(f"{self.settings.namespace}.")])
        for owner in (*SERVICES, *FLOORS):
            store = Store(self.settings, self.settings.database(owner))
            await store.drop()
            store.close()
