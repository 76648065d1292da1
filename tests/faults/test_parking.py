"""A bug that one submission meets stops its own aggregate, and nothing else."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from backbone.deadletters import PARKED
from backbone.health import deciding_service
from backbone.kafka import Publisher
from backbone.mongo import Document, Store
from backbone.settings import Settings
from client.submission import Sealed
from contracts.certificates import Certificate
from contracts.facts import Fact
from contracts.outcome import Decision
from contracts.submission import Submission
from services.certificates.domain import DOMAIN
from services.participants import app as participants
from tests.faults.living import Platform, living
from tests.recorder import Recorder
from tests.world import World

GROUPS = ("participants", "certificates")
HEALTHY, SICK = "AO3001", "AO3000"


@dataclass(slots=True)
class Bug:
    """A rule that raises on the third step of one certificate, until it is mended."""

    mended: bool = False
    met: list[str] = field(default_factory=list[str])

    def decide(self, state: Certificate | None, submission: Submission, context: Any) -> Decision:
        """Decide as the real rules do, but for the bug."""
        if submission.subject == SICK and submission.type == "certificate.export.v1" and not self.mended:
            self.met.append(submission.id)
            raise ZeroDivisionError("a bug in a rule")
        return DOMAIN.decide(state, submission, context)


@pytest.fixture(scope="module")
def bug() -> Bug:
    return Bug()


@pytest.fixture(scope="module")
async def platform(settings: Settings, world: World, bug: Bug) -> AsyncIterator[Platform]:
    # Nothing but the bug may have a batch delivered again, however busy the machine.
    patient = settings.model_copy(update={"session_timeout_ms": 60_000})
    buggy = deciding_service(patient, replace(DOMAIN, decide=bug.decide))
    with capture_logs():
        async with living(patient, [participants.build(patient), buggy]) as platform:
            await platform.work_off(*world.founding(), groups=GROUPS)
            yield platform


async def test_an_aggregate_that_meets_a_bug_waits_in_order_until_an_operator_redrives_it(
    platform: Platform, world: World, bug: Bug, settings: Settings
) -> None:
    sick, healthy = world.life(SICK), world.life(HEALTHY)
    store = Store(settings, settings.database("certificates"))
    async with Recorder(settings) as recorder:

        def told(submissions: Sequence[Sealed]) -> list[Fact]:
            return [fact for one in submissions for fact in recorder.of(one.id)]

        # Several at once, and the last of them in a batch of its own.
        await platform.work_off(*sick[:4], *healthy[:4], groups=GROUPS)
        await platform.work_off(sick[4], healthy[4], groups=GROUPS)
        assert [fact.sequence for fact in told(healthy)] == [1, 2, 3, 4, 5]
        assert [fact.sequence for fact in told(sick)] == [1, 2]
        assert await waiting(store) == [one.id for one in sick[2:]]
        assert bug.met == [sick[2].id] * 2

        queue = await parked(store)
        assert queue[0]["error"] == "ZeroDivisionError('a bug in a rule')"
        bug.mended = True
        await redrive(settings, queue[1:])
        await platform.work_off(groups=GROUPS)
        assert await waiting(store) == [one.id for one in sick[2:]]

        await redrive(settings, queue)
        await platform.work_off(groups=GROUPS)
        assert await waiting(store) == []
        assert [fact.sequence for fact in told(sick)] == [1, 2, 3, 4, 5]
        assert told(sick)[-1].data["state"] == "CONFIRMED"


async def parked(store: Store) -> list[Document]:
    """What waits, in the order of the log."""
    return await store.find(PARKED, {}, sort=[("order", 1)])


async def waiting(store: Store) -> list[str]:
    """The ids of what waits."""
    return [one["_id"] for one in await parked(store)]


async def redrive(settings: Settings, queue: Sequence[Document]) -> None:
    """Publish parked submissions again as they were, as an operator does."""
    publisher = Publisher(settings)
    await publisher.start()
    topic = "certificates.submissions"
    await publisher.publish_raw(
        [(topic, one["key"], one["value"], [(n, v) for n, v in one["headers"]]) for one in queue]
    )
    await publisher.stop()
