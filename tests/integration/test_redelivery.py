"""Whatever the log delivers again, in whatever company, is answered as it was the first time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from backbone.deciding import AGGREGATES, Conflict, Deciding
from backbone.envelope import Record, read_fact
from backbone.health import deciding_service
from backbone.kafka import Publisher
from backbone.mongo import Document, Store, UpdateOne, Write, Written
from backbone.settings import Settings
from backbone.signing import Register
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed, build
from contracts.certificates import Certificate, ValidateCertificate
from contracts.facts import Fact
from deploy.local import anchor
from deploy.local.stack import Stack
from deploy.ops.topics import ensure_topics
from services.certificates.domain import DOMAIN
from services.participants.domain import DOMAIN as PARTICIPANTS
from tests.log import Log, opened
from tests.recorder import Recorder
from tests.unit.worked import VALIDATE
from tests.world import World

SUBMISSIONS, FACTS = "certificates.submissions", "certificates.facts"
Meanwhile = Callable[[], Awaitable[None]]


class Died(RuntimeError):
    """The process ends here."""


class Interrupted(Store):
    """MongoDB as one sees it when something happens between the reading and the writing of aggregates."""

    def __init__(self, settings: Settings, meanwhile: Sequence[Meanwhile]) -> None:
        super().__init__(settings, settings.database("certificates"))
        self._meanwhile = list(meanwhile)

    async def write(self, collection: str, writes: Sequence[Write], session: Any = None) -> Written:
        if collection == AGGREGATES and self._meanwhile:
            await self._meanwhile.pop(0)()
        return await super().write(collection, writes, session)


@dataclass(frozen=True, slots=True)
class Desk:
    """The loop of the certificates service on real servers, its batches given by hand."""

    settings: Settings
    world: World
    store: Store
    publisher: Publisher
    register: Register
    door: KafkaDoor
    log: Log

    def deciding(self, *meanwhile: Meanwhile) -> Deciding[Certificate]:
        """The loop; what is given happens before it writes aggregates, one at each attempt."""
        return Deciding(DOMAIN, Interrupted(self.settings, meanwhile), self.publisher, self.register)

    def dying(self) -> Deciding[Certificate]:
        """The loop of a process that stores and dies before it publishes."""
        return Deciding(DOMAIN, self.store, Publisher(self.settings), self.register)

    async def delivered(self, *submissions: Sealed) -> list[Record]:
        """Send submissions, and give the records that the log has of them, in the order they were sent."""
        receipts = await self.door.send(submissions)
        records = {(one.partition, one.offset): one for one in await self.log.read(SUBMISSIONS)}
        return [records[one.partition, one.offset] for one in receipts]

    async def published(self, *submissions: Sealed) -> list[Record]:
        """Everything the facts topic says of some submissions, every time that it says it."""
        ids = {one.id for one in submissions}
        return [one for one in await self.log.read(FACTS) if read_fact(one).submission_id in ids]

    async def stored(self, number: str) -> Document:
        """The aggregate as MongoDB has it."""
        [document] = await self.store.find(AGGREGATES, {"_id": number})
        return document


@pytest.fixture(scope="module")
async def desk(stack: Stack, settings: Settings) -> AsyncIterator[Desk]:
    anchor.ensure(stack.root)
    await ensure_topics(settings)
    world = World.load(anchor.secretariat_key(stack.root))
    client = ClientSettings(kafka=settings.kafka, namespace=settings.namespace)
    async with AsyncExitStack() as open_now:
        await open_now.enter_async_context(deciding_service(settings, PARTICIPANTS).life())
        publisher, register = Publisher(settings), Register(settings)
        for part in (publisher, register):
            await part.start()
            open_now.push_async_callback(part.stop)
        store = Store(settings, settings.database("certificates"))
        open_now.callback(store.close)
        door = await open_now.enter_async_context(KafkaDoor(client))
        log = await open_now.enter_async_context(opened(settings))
        await _found(settings, world, door)
        yield Desk(settings, world, store, publisher, register, door, log)


async def _found(settings: Settings, world: World, door: KafkaDoor) -> None:
    founding = world.founding()
    await door.send(founding)
    async with Recorder(settings) as recorder:
        await recorder.until(lambda: all(recorder.of(one.id) for one in founding), "the register")


def contents(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    return [(one.partition, one.key, one.value, one.headers) for one in records]


def facts(records: Sequence[Record]) -> list[Fact]:
    return [read_fact(one) for one in records]


async def test_a_batch_delivered_again_after_its_publication_gives_the_same_bytes_and_changes_nothing(
    desk: Desk,
) -> None:
    life = desk.world.life("AO201")
    records = await desk.delivered(*life)
    await desk.deciding().handle(records)
    first, stored = await desk.published(*life), await desk.stored("AO201")
    await desk.deciding().handle(records)
    again = (await desk.published(*life))[len(first) :]
    assert [fact.sequence for fact in facts(first)] == [1, 2, 3, 4, 5]
    assert contents(again) == contents(first)
    assert await desk.stored("AO201") == stored


async def test_what_was_stored_before_a_crash_is_published_when_the_log_delivers_it_again(desk: Desk) -> None:
    life = desk.world.life("AO202")
    records = await desk.delivered(*life)
    with pytest.raises(RuntimeError, match="the publisher is not started"):
        await desk.dying().handle(records)
    stored = await desk.stored("AO202")
    assert (stored["version"], await desk.published(*life)) == (5, [])
    await desk.deciding().handle(records)
    assert [fact.sequence for fact in facts(await desk.published(*life))] == [1, 2, 3, 4, 5]
    assert await desk.stored("AO202") == stored


async def test_a_batch_of_which_only_the_beginning_was_stored_is_completed(desk: Desk) -> None:
    life = desk.world.life("AO203")
    records = await desk.delivered(*life)
    await desk.deciding().handle(records[:2])
    await desk.deciding().handle(records)
    assert [one["id"] for one in (await desk.stored("AO203"))["history"]] == [one.id for one in life]
    sequences = [fact.sequence for fact in facts(await desk.published(*life))]
    assert sorted(sequences) == [1, 1, 2, 2, 3, 4, 5]


async def test_the_same_id_over_other_bytes_is_refused_each_time_and_changes_nothing(desk: Desk) -> None:
    first = desk.world.issue("AO204")
    data = ValidateCertificate.model_validate(VALIDATE)
    other = build(desk.world.keys["AO"], data, "AO204", submission_id=first.id)
    records = await desk.delivered(first, other)
    await desk.deciding().handle(records)
    await desk.deciding().handle(records)
    issued, refused, *again = await desk.published(first)
    assert read_fact(issued).type == "certificate.issued.v1"
    assert [finding["code"] for finding in read_fact(refused).findings] == ["E_ID_REUSED"]
    assert sorted(contents(again), key=repr) == sorted(contents([issued, refused]), key=repr)
    assert (await desk.stored("AO204"))["version"] == 1


async def test_one_batch_may_hold_several_aggregates_and_several_submissions_of_each(desk: Desk) -> None:
    lives = [desk.world.life(number) for number in ("AO205", "AO206", "AO207")]
    mixed = [one for step in zip(*lives, strict=True) for one in step]
    await desk.deciding().handle(await desk.delivered(*mixed))
    for life, number in zip(lives, ("AO205", "AO206", "AO207"), strict=True):
        assert [fact.sequence for fact in facts(await desk.published(*life))] == [1, 2, 3, 4, 5]
        assert [one["id"] for one in (await desk.stored(number))["history"]] == [one.id for one in life]


async def test_what_a_zombie_writes_meanwhile_is_decided_upon_again(desk: Desk) -> None:
    ours, zombies = desk.world.issue("AO208"), desk.world.issue("AO208")
    records = await desk.delivered(zombies, ours)

    async def zombie() -> None:
        await desk.deciding().handle(records[:1])

    await desk.deciding(zombie).handle(records[1:])
    assert [one["id"] for one in (await desk.stored("AO208"))["history"]] == [zombies.id]
    [refused] = facts(await desk.published(ours))
    assert [finding["code"] for finding in refused.findings] == ["E_CERT_NUMBER_DUPLICATE"]


async def test_a_zombie_with_the_same_batch_changes_nothing_and_says_the_same(desk: Desk) -> None:
    life = desk.world.life("AO209")
    records = await desk.delivered(*life)

    async def zombie() -> None:
        await desk.deciding().handle(records)

    await desk.deciding(zombie).handle(records)
    published = await desk.published(*life)
    assert contents(published[:5]) == contents(published[5:])
    assert (await desk.stored("AO209"))["version"] == 5


async def test_who_meets_another_writer_at_every_attempt_raises_and_has_published_nothing(desk: Desk) -> None:
    issue, validate, *_ = desk.world.life("AO210")
    records = await desk.delivered(issue, validate)
    await desk.deciding().handle(records[:1])

    async def another() -> None:
        await desk.store.write(AGGREGATES, [UpdateOne({"_id": "AO210"}, {"$inc": {"version": 1}})])

    with pytest.raises(Conflict, match="3 times"):
        await desk.deciding(another, another, another).handle(records[1:])
    assert await desk.published(validate) == []
    await desk.deciding(another, another).handle(records[1:])
    assert [fact.sequence for fact in facts(await desk.published(validate))] == [7]


async def test_a_rejection_stays_the_same_after_the_state_has_moved_on(desk: Desk) -> None:
    issue, validate, export, *_ = desk.world.life("AO212")
    records = await desk.delivered(issue, export, validate)
    await desk.deciding().handle(records)
    await desk.deciding().handle(records[1:2])
    refused, again = await desk.published(export)
    assert contents([refused]) == contents([again])
    assert [finding["code"] for finding in read_fact(again).findings] == ["E_CERTIFICATE_TRANSITION"]
    assert (await desk.stored("AO212"))["state"]["state"] == "VALIDATED"


async def test_a_rejection_written_before_a_crash_is_not_judged_again_on_what_came_after_it(desk: Desk) -> None:
    issue, validate, export, *_ = desk.world.life("AO213")
    records = await desk.delivered(issue, export, validate)

    async def die() -> None:
        raise Died

    with pytest.raises(Died):
        await desk.deciding(die).handle(records)
    await desk.deciding().handle([records[0], records[2], records[1]])
    [refused] = facts(await desk.published(export))
    assert refused.type == "submission.rejected.v1"
    assert (await desk.stored("AO213"))["state"]["state"] == "VALIDATED"
