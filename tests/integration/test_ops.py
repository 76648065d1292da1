"""The operator's command does to a real broker and a real MongoDB what it says it does."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from backbone.deadletters import publish_dead
from backbone.envelope import Dead, Record
from backbone.health import deciding_service
from backbone.kafka import Publisher
from backbone.mongo import Store, UpdateOne
from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from contracts.topics import TopicSpec, load
from deploy.local import anchor
from deploy.local.ports import free_ports
from deploy.local.stack import Stack
from deploy.ops import deadletters, parked
from deploy.ops.broker import administration, read_whole
from deploy.ops.cli import app
from deploy.ops.doctor import examine
from deploy.ops.errors import OperatorError
from deploy.ops.rebuild import rebuild
from deploy.ops.settings import OpsSettings
from deploy.ops.topics import Difference, compare_topics, ensure_topics
from services.participants.domain import DOMAIN as PARTICIPANTS
from tests.running import eventually, running, variables
from tests.world import World

SMALL = TopicSpec("small", 2, 1, "any", (), (), {"retention.ms": "-1"})
SUBMISSIONS = "certificates.submissions"
LONG = 60.0
UGLY = [("ce_id", b"1"), ("not-utf-8", b"\xff\xfe"), ("ce_id", b"again"), ("empty", b"")]


@pytest.fixture(scope="module")
def ops(settings: Settings) -> OpsSettings:
    """The same settings as an operator has them; nothing stands where the services should."""
    gateway, participants = map("http://127.0.0.1:{}".format, free_ports(2))
    nowhere = {"gateway": gateway, "participants": participants}
    return OpsSettings(**settings.model_dump(), services=nowhere)


@pytest.fixture
def command(ops: OpsSettings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run `kp-ops` with arguments; gives its exit code and what it printed."""
    for name, value in {**variables(ops), "KP_SERVICES": json.dumps(ops.services)}.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
async def topics(settings: Settings) -> Settings:
    """A namespace in which every topic is there."""
    await ensure_topics(settings)
    return settings


async def set_config(settings: Settings, config: dict[str, str]) -> None:
    async with administration(settings) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.topic("small"), config)])


def small(settings: Settings, what: str, found: str, wanted: str) -> Difference:
    return Difference(settings.topic("small"), what, found, wanted)


async def test_a_missing_topic_is_created_and_a_second_time_changes_nothing(settings: Settings) -> None:
    missing = small(settings, "topic", "missing", "there")
    assert await compare_topics(settings, [SMALL]) == [missing]
    assert (await ensure_topics(settings, [SMALL])).corrected == [missing]
    again = await ensure_topics(settings, [SMALL])
    assert (again.corrected, again.left) == ([], [])


async def test_a_changed_retention_is_seen_and_corrected_and_what_nobody_wrote_down_is_taken_back(
    settings: Settings,
) -> None:
    await ensure_topics(settings, [SMALL])
    await set_config(settings, {"retention.ms": "1000", "retention.bytes": "5000"})
    changed = [
        small(settings, "retention.bytes", "5000", "not set"),
        small(settings, "retention.ms", "1000", "-1"),
    ]
    assert await compare_topics(settings, [SMALL]) == changed
    assert (await ensure_topics(settings, [SMALL])).corrected == changed
    assert await compare_topics(settings, [SMALL]) == []


@pytest.mark.parametrize("wanted", [1, 3])
async def test_a_number_of_partitions_is_never_changed_for_that_would_move_keys(
    settings: Settings, wanted: int
) -> None:
    await ensure_topics(settings, [SMALL])
    refused = await ensure_topics(settings, [replace(SMALL, partitions=wanted)])
    assert [(one.what, one.found, one.wanted) for one in refused.left] == [("partitions", "2", str(wanted))]
    assert refused.left[0].remedy.startswith("Move to a new topic")
    assert refused.corrected == []


async def test_fewer_copies_than_written_are_told_with_the_tool_that_moves_them(settings: Settings) -> None:
    await ensure_topics(settings, [SMALL])
    [found] = await compare_topics(settings, [replace(SMALL, replication=3)])
    assert (found.what, found.found, found.wanted) == ("replication", "1", "3")
    assert "kafka-reassign-partitions.sh" in found.remedy


def test_the_command_shows_a_difference_by_its_exit_code_and_applies_it(command: Callable[..., Any]) -> None:
    before = command("topics", "diff", "--json")
    assert (before.exit_code, len(json.loads(before.stdout))) == (1, len(load()))
    assert command("topics", "apply").exit_code == 0
    after = command("topics", "diff", "--json")
    assert (after.exit_code, json.loads(after.stdout)) == (0, [])


async def whole(settings: Settings, name: str) -> list[Record]:
    return [record async for record in read_whole(settings, settings.topic(name))]


@asynccontextmanager
async def publishing(settings: Settings) -> AsyncIterator[Publisher]:
    publisher = Publisher(settings)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


@pytest.fixture(scope="module")
async def letters(topics: Settings) -> list[Record]:
    """Two records that became dead letters, each for a reason of its own."""
    async with publishing(topics) as publisher:
        await publisher.publish_raw([(SUBMISSIONS, b"\x00k", b"\x00\xffraw", UGLY)])
        await publisher.publish_raw([(SUBMISSIONS, None, b"{}", [])])
        first, second = sorted(await whole(topics, SUBMISSIONS), key=lambda record: record.key is None)
        dead = [Dead(first, "E_ENVELOPE", "a header is not UTF-8"), Dead(second, "E_KEY_UNKNOWN", "no key x", "id-2")]
        await publish_dead(publisher, [*dead, dead[0]])
    return [first, second]


async def test_dead_letters_are_listed_once_each_and_chosen_by_reason_or_time(
    topics: Settings, letters: list[Record]
) -> None:
    assert [one.reason for one in await deadletters.list_dead(topics)] == ["E_ENVELOPE", "E_KEY_UNKNOWN"]
    assert [one.claimed_id for one in await deadletters.list_dead(topics, "E_KEY_UNKNOWN")] == ["id-2"]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await deadletters.list_dead(topics, since=later) == []


async def test_a_dead_letter_redriven_arrives_byte_for_byte_with_its_headers(
    topics: Settings, letters: list[Record]
) -> None:
    await deadletters.redrive(topics, await deadletters.list_dead(topics, "E_ENVELOPE"))
    original, again = (record for record in await whole(topics, SUBMISSIONS) if record.key == b"\x00k")
    assert original.offset < again.offset
    assert (again.key, again.value, list(again.headers)) == (original.key, original.value, list(original.headers))
    assert list(again.headers) == UGLY


async def test_a_dead_letter_nobody_has_is_refused_by_its_id(topics: Settings) -> None:
    with pytest.raises(OperatorError) as refused:
        await deadletters.find_dead(topics, ["kp.t/0/999"])
    assert (refused.value.code, refused.value.path) == ("E_DEAD_LETTER_UNKNOWN", "kp.t/0/999")


def test_the_command_redrives_all_of_a_reason_only_when_it_may(
    letters: list[Record], command: Callable[..., Any]
) -> None:
    asked = CliRunner().invoke(app, ["dead-letters", "redrive", "--reason", "E_KEY_UNKNOWN"], input="n\n")
    assert (asked.exit_code, "Publish 1 dead letter(s)" in asked.output) == (1, True)
    done = command("dead-letters", "redrive", "--reason", "E_KEY_UNKNOWN", "--yes", "--json")
    place = f"{letters[1].topic}/{letters[1].partition}/{letters[1].offset}"
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"redriven": [place]})
    neither = command("dead-letters", "redrive", "--json")
    assert (neither.exit_code, json.loads(neither.stderr)["error"]["code"]) == (2, "E_NOT_CHOSEN")


class Buggy:
    """The register's rules with a bug that can be mended."""

    def __init__(self) -> None:
        self.mended = False

    def decide(self, state: Any, submission: Any, context: Any) -> Any:
        if submission.subject == "AO" and not self.mended:
            raise ZeroDivisionError("a bug")
        return PARTICIPANTS.decide(state, submission, context)


@pytest.fixture(scope="module")
async def angola(topics: Settings, stack: Stack) -> AsyncIterator[tuple[Buggy, list[Sealed]]]:
    """The register with a bug, and five submissions about Angola that met it."""
    anchor.ensure(stack.root)
    buggy, world = Buggy(), World.load(anchor.secretariat_key(stack.root))
    sent = [one for one in world.founding() if one.event.subject == "AO"]
    async with AsyncExitStack() as opened:
        domain = replace(PARTICIPANTS, decide=buggy.decide)
        await opened.enter_async_context(deciding_service(topics, domain).life())
        door = ClientSettings(kafka=topics.kafka, namespace=topics.namespace)
        await (await opened.enter_async_context(KafkaDoor(door))).send(sent)
        yield buggy, sent


async def waiting(settings: Settings) -> list[str]:
    return [one.id for queue in await parked.list_parked(settings) for one in queue.waiting]


async def test_a_parked_aggregate_is_listed_with_its_queue_in_order(
    topics: Settings, angola: tuple[Buggy, list[Sealed]]
) -> None:
    _, sent = angola

    async def all_wait() -> bool:
        return len(await waiting(topics)) == len(sent)

    await eventually(all_wait, 30, "the submissions were never parked")
    [queue] = await parked.find_parked(topics, "AO")
    assert (queue.service, [one.id for one in queue.waiting]) == ("participants", [one.id for one in sent])
    assert "a bug" in queue.waiting[0].error


async def test_a_queue_redriven_into_the_same_bug_stays_parked_and_says_so(
    topics: Settings, angola: tuple[Buggy, list[Sealed]]
) -> None:
    [queue] = await parked.find_parked(topics, "AO")
    assert await parked.redrive(topics, queue, 60) == queue.waiting


async def test_a_queue_redriven_after_the_bug_is_mended_is_decided_in_its_order(
    topics: Settings, angola: tuple[Buggy, list[Sealed]]
) -> None:
    buggy, sent = angola
    [queue] = await parked.find_parked(topics, "AO")
    buggy.mended = True
    assert await parked.redrive(topics, queue, 60) == []
    assert await waiting(topics) == []
    facts = [dict(record.headers) for record in await whole(topics, "participants.facts")]
    assert [fact["ce_causationid"].decode() for fact in facts] == [one.id for one in sent]
    with pytest.raises(OperatorError, match="E_NOT_PARKED AO"):
        await parked.find_parked(topics, "AO")


async def test_a_read_model_is_projected_again_and_a_false_one_is_told_from_the_true(
    topics: Settings, ops: OpsSettings, stack: Stack, tmp_path: Path
) -> None:
    anchor.ensure(stack.root)
    async with running(topics, tmp_path, ["gateway"]) as processes:
        at = ops.model_copy(update={"services": {"gateway": processes["gateway"].url}})
        seen: list[tuple[int, int]] = []
        store = Store(topics, topics.database("gateway"))
        await eventually(lambda: has_projected(store, topics), 30, "the gateway projected nothing")
        done = await rebuild(at, lambda *progress: seen.append(progress))
        assert (done.equal, seen[-1]) == (True, (done.before.records, done.before.records))
        assert done.before.records > 0
        await store.write("participants", [UpdateOne({"_id": "AO"}, {"$set": {"data.name": "somewhere else"}})])
        assert (await rebuild(at, lambda *_: None)).equal is False
        store.close()


async def has_projected(store: Store, settings: Settings) -> bool:
    places = await store.find("offsets", {})
    facts = [record for name in ("participants.facts", "dead-letters") for record in await whole(settings, name)]
    return sum(row["next"] for row in places) == len(facts) > 0


async def test_a_rebuild_without_a_gateway_is_refused_before_anything_is_dropped(ops: OpsSettings) -> None:
    with pytest.raises(OperatorError, match="E_GATEWAY_AWAY"):
        await rebuild(ops, lambda *_: None)


async def test_the_doctor_finds_servers_topics_and_clocks_well_and_names_services_that_are_away(
    topics: Settings, ops: OpsSettings
) -> None:
    found = {one.what: one for one in await examine(ops, LONG)}
    well = ("Kafka", "topics", "clock of Kafka", "MongoDB", "clock of MongoDB", "parked aggregates", "traces")
    assert {what: found[what].state for what in well} == dict.fromkeys(well, "well")
    assert found["service gateway"].state == found["service participants"].state == "wrong"
    assert found["service gateway"].told == f"does not answer at {ops.services['gateway']}"


async def test_the_doctor_counts_the_dead_letters_of_a_day(ops: OpsSettings, letters: list[Record]) -> None:
    [found] = [one for one in await examine(ops, LONG) if one.what == "dead letters"]
    assert (found.state, found.told) == ("look", "3 in a day")


async def test_the_doctor_tells_how_far_a_group_is_behind(
    topics: Settings, ops: OpsSettings, angola: tuple[Buggy, list[Sealed]]
) -> None:
    [found] = [one for one in await examine(ops, LONG) if one.what == f"lag of {ops.namespace}-participants"]
    assert (found.state, found.told) == ("well", f"0 records of {ops.topic('participants.submissions')}")


@pytest.mark.parametrize(("variable", "what"), [("kafka", "Kafka"), ("mongo_uri", "MongoDB")])
async def test_the_doctor_says_within_five_seconds_that_nothing_listens_and_still_tells_the_rest(
    topics: Settings, ops: OpsSettings, variable: str, what: str
) -> None:
    [port] = free_ports(1)
    nowhere = {"kafka": f"127.0.0.1:{port}", "mongo_uri": f"mongodb://127.0.0.1:{port}/?replicaSet=rs0"}
    begun = time.monotonic()
    found = {one.what: one for one in await examine(ops.model_copy(update={variable: nowhere[variable]}))}
    assert time.monotonic() - begun <= 5
    assert (found[what].state, f"127.0.0.1:{port}" in found[what].told) == ("wrong", True)
    assert found[what].remedy.startswith("Start it")
    other = {"kafka": "MongoDB", "mongo_uri": "Kafka"}[variable]
    assert found[other].state == "well"


def test_the_doctor_command_ends_with_one_when_something_is_wrong(command: Callable[..., Any]) -> None:
    told = command("doctor", "--json")
    states = {one["what"]: one["state"] for one in json.loads(told.stdout)}
    assert (told.exit_code, states["service gateway"], states["Kafka"]) == (1, "wrong", "well")
