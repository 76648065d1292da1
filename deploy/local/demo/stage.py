"""What every chapter stands on: the narrator, the doors of the platform, the keys, and today's date."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from client.http_door import HttpDoor
from client.kafka_door import KafkaDoor
from client.outcome import Outcome
from client.settings import Settings
from client.submission import Sealed
from deploy.local.anchor import secretariat_key
from deploy.local.demo.authorities import Keyring
from deploy.local.demo.graphql import GraphQL
from deploy.local.demo.narrator import Narrator
from deploy.local.refusal import Refusal
from deploy.local.stack import Stack

PATIENCE = 60.0
_CHUNK = 500


@dataclass(frozen=True)
class Stage:
    """Everything a chapter may use; `today` is the date in Gaborone when the run began."""

    narrator: Narrator
    stack: Stack
    settings: Settings
    today: date
    keyring: Keyring
    kafka: KafkaDoor
    http: HttpDoor
    graphql: GraphQL

    async def record(self, text: str, submissions: Sequence[Sealed]) -> int:
        """Submit what a run before may have submitted already, and wait until all of it stands.

        Returns how many were known before. Raises Refusal when one is not accepted.
        """
        ids = [one.id for one in submissions]
        known = [one for one in await self.http.wait_for(ids, 0) if one.status == "ACCEPTED"]
        with self.narrator.working(text, len(submissions)) as tell:
            for at in range(0, len(submissions), _CHUNK):
                await self.kafka.send(submissions[at : at + _CHUNK])
                tell(at)
            require_accepted(await self.http.wait_for(ids, PATIENCE))
        return len(known)


def require_accepted(outcomes: Sequence[Outcome]) -> None:
    """Raise Refusal with the first answer that is none, or not the one that was hoped for."""
    for one in outcomes:
        if one.status == "ACCEPTED":
            continue
        found = [f"{f.code}: {f.message}" for f in one.findings] + [
            f"{d.reason}: {d.message}" for d in one.dead_letters
        ]
        said = "; ".join(found) or f"nothing within {PATIENCE:.0f} s; look into .local/log"
        raise Refusal(f"The submission {one.id} should have been accepted, and the answer was {one.status} ({said}).")


def settings_of(stack: Stack) -> Settings:
    """How a participant's client reaches a stack."""
    environment = stack.environment()
    gateway = f"http://127.0.0.1:{stack.ports.gateway}"
    return Settings(environment["KP_KAFKA"], gateway, environment["KP_NAMESPACE"])


@asynccontextmanager
async def set_stage(narrator: Narrator, stack: Stack, today: date) -> AsyncIterator[Stage]:
    """Open every door of a running stack."""
    settings, folder = settings_of(stack), stack.layout.keys
    keyring = Keyring.open(folder, secretariat_key(stack.root))
    async with KafkaDoor(settings) as kafka, HttpDoor(settings) as http, GraphQL(settings.gateway) as graphql:
        yield Stage(narrator, stack, settings, today, keyring, kafka, http, graphql)
