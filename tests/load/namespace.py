"""One round's own topics and databases, made before it and dropped after it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient

from backbone.kafka import Publisher
from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from contracts import topics
from contracts.facts import OutgoingFact

_FACTS = next(spec for spec in topics.load() if spec.name == "certificates.facts")


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace on the servers that `settings` name; `contestants` get a facts topic each, `<contestant>.facts`."""

    settings: Settings
    contestants: Sequence[str] = ()

    async def create(self) -> None:
        """Create the topics as the platform has them, and those of the contestants like `certificates.facts`."""
        made = [_topic(self.settings.topic(spec.name), spec) for spec in topics.load()]
        made += [_topic(self.settings.topic(f"{name}.facts"), _FACTS) for name in self.contestants]
        async with _admin(self.settings) as admin:
            await admin.create_topics(made)

    async def drop(self) -> None:
        """Delete every topic and database of the namespace."""
        mine = f"{self.settings.namespace}."
        async with _admin(self.settings) as admin:
            await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(mine)])
        client = AsyncIOMotorClient(self.settings.mongo_uri)
        for name in await client.list_database_names():
            if name.startswith(f"{self.settings.namespace}_"):
                await client.drop_database(name)
        client.close()

    async def publish_facts(self, facts: Sequence[OutgoingFact]) -> None:
        """Publish facts as the platform's own services do."""
        publisher = Publisher(self.settings)
        await publisher.start()
        await publisher.publish(facts)
        await publisher.stop()

    async def submit(self, submissions: Sequence[Sealed]) -> None:
        """Hand submissions over as a participant does."""
        settings = ClientSettings(kafka=self.settings.kafka, namespace=self.settings.namespace)
        async with KafkaDoor(settings) as door:
            await door.send(submissions)


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


def _topic(name: str, spec: topics.TopicSpec) -> NewTopic:
    return NewTopic(name, spec.partitions, spec.replication, topic_configs=spec.config)
