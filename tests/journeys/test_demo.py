"""The demo tells the truth: a small run on servers of its own, a second one behind it, and how it refuses."""

import asyncio
import io
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import reference
from client.keys import SigningKey
from contracts.participants import last_valid_day
from deploy.local.demo import __main__ as command
from deploy.local.demo import opening
from deploy.local.demo.certificates import Generator, Shipment
from deploy.local.demo.corridors import exporters
from deploy.local.demo.ledger import balanced
from deploy.local.demo.narrator import Narrator
from deploy.local.demo.numbers import Numbers
from deploy.local.demo.production import find, statements
from deploy.local.demo.story import Options, tell
from deploy.local.stack import Ports, Stack
from reference.vocabulary import Status

CERTIFICATES = 20
TODAY = date(2026, 3, 2)
Told = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole stack, services and all; nothing else uses it."""
    stack = Stack(tmp_path_factory.mktemp("demo"), Ports.free())
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def first(own_stack: Stack) -> Told:
    """What the first run told, and its figures."""
    return run(own_stack)


@pytest.fixture(scope="module")
def second(own_stack: Stack, first: Told) -> Told:
    """What a second run on the running stack told."""
    return run(own_stack)


def run(stack: Stack) -> Told:
    written = io.StringIO()
    narrator = Narrator(Console(file=written, width=140, highlight=False))
    opening.house(narrator, stack)
    document = asyncio.run(tell(narrator, stack, Options(CERTIFICATES), datetime.now(UTC)))
    return written.getvalue(), document


def test_every_record_of_a_run_has_its_answer_and_none_took_effect_twice(first: Told) -> None:
    log = first[1]["log"]
    assert (log["lost"], log["twice"]) == (0, 0)
    assert log["in"] == log["out"] == log["facts"] + log["refusals"] + log["dead_letters"]


def test_every_submission_of_every_door_was_measured(first: Told) -> None:
    counts = {title: one["submissions"] for title, one in first[1]["runs"].items()}
    assert counts == {"Kafka, all at once": 100, "HTTP, step by step": 20, "Kafka, 100 a second": 50}
    assert all(0 < one["p50_ms"] <= one["p99_ms"] for one in first[1]["runs"].values())


def test_fourteen_bad_records_get_the_answers_they_ought_to(first: Told) -> None:
    assert first[1]["planted"] == 14
    # Five are dead letters; seven break a rule, one reuses an id, and the repeated one is no refusal.
    assert (first[1]["log"]["dead_letters"], first[1]["log"]["refusals"]) == (5, 8)


def test_graphql_gives_the_world_total_of_2023_to_the_last_carat_and_cent(first: Told) -> None:
    assert "112,071,772.69 ct, US$ 12,882,789,714.55" in first[0]


def test_the_register_is_told_as_it_is_and_as_it_was(first: Told) -> None:
    assert re.search(r"\b60 +60 +–", first[0])
    assert re.search(r"CF +2014-01-01 +E_PARTICIPANT_SUSPENDED +KP/2013/WP/CAR-1", first[0])
    assert re.search(r"GB +2020-12-31 +ALLOWED as EU", first[0])


def test_one_confirmation_is_one_trace_from_the_client_to_visible(first: Told) -> None:
    for span in (
        "submit certificate.confirm-import.v1",
        "certificates decide",
        "certificates store",
        "gateway project",
    ):
        assert span in first[0]


def test_a_second_run_says_the_same_again_and_goes_on_with_new_numbers(first: Told, second: Told) -> None:
    assert "It was running already" in second[0]
    assert "60 known: the same again" in second[0]
    assert (second[1]["log"]["lost"], second[1]["log"]["twice"]) == (0, 0)
    numbers = [set(re.findall(r"certificate\(([A-Z0-9]+)\)", told)) for told, _ in (first, second)]
    assert numbers[0]
    assert numbers[1]
    assert numbers[0].isdisjoint(numbers[1])


def test_a_port_in_use_is_one_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = replace(Ports.free(), kafka=taken.getsockname()[1])
        monkeypatch.setattr(Stack, "from_environment", lambda: Stack(tmp_path, ports))
        with pytest.raises(SystemExit, match="2"):
            command.main()
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"Port {ports.kafka}, which Kafka 4.3.1 needs, is taken by")
    assert "\n" not in said


def test_one_seed_makes_one_world_and_another_seed_another() -> None:
    assert shipments(7) == shipments(7)
    assert shipments(7) != shipments(8)


def test_generated_lives_are_in_order_in_validity_and_over_today() -> None:
    for one in shipments(1):
        days = [one.issue.issued_on, one.validate.validated_on, one.export.exported_on]
        days += [one.arrive.arrived_on, one.confirm.confirmed_on, TODAY]
        assert days == sorted(days)
        assert TODAY - one.issue.issued_on <= timedelta(50)
        validity = {each.code: each.validity for each in reference.participants()}[one.issue.issuer]
        assert one.issue.expires_on == last_valid_day(one.issue.issued_on, validity)


def test_generated_lines_add_up_exactly() -> None:
    for one in shipments(1):
        assert sum(line.carats for line in one.issue.lines) == one.issue.carats
        assert sum(line.value_usd for line in one.issue.lines) == one.issue.value_usd


def test_nobody_trades_while_not_active() -> None:
    suspended = {one.participant.code for one in exporters(date(2014, 1, 1))}
    assert "CF" not in suspended
    assert "CF" in {one.participant.code for one in exporters(TODAY)}
    active = {
        one.code for one in reference.participants() if reference.status_history(one.code)[-1].status is Status.ACTIVE
    }
    assert {code for one in exporters(TODAY) for code in one.destinations} <= active


def test_numbers_of_a_year_never_meet_those_of_another() -> None:
    numbers = Numbers({})
    assert numbers.take("AO", 2026) == "AO26000001"
    assert numbers.take("AO", 2026) == "AO26000002"
    assert numbers.take("AO", 2027) == "AO27000001"


def test_the_same_returns_are_the_same_bytes() -> None:
    key, filed = SigningKey.make("KPS-GABORONE", "test"), find()
    assert statements(key, filed) == statements(key, filed)


def test_the_ledger_sees_what_was_lost_and_what_took_effect_twice() -> None:
    asked = [record("a.submissions", 1, ce_id="x"), record("a.submissions", 2, ce_id="y")]
    once = record("a.facts", 1, ce_causationid="x", ce_id="x/1", ce_type="fact")
    again = record("a.facts", 2, ce_causationid="x", ce_id="x/1", ce_type="fact")
    twice = record("a.facts", 3, ce_causationid="x", ce_id="x/2", ce_type="fact")
    dead = record("dead-letters", 1, kp_dead_topic="t.a.submissions", kp_dead_partition="0", kp_dead_offset="2")
    assert (balanced([*asked, once], "t").lost, balanced([*asked, once, dead], "t").lost) == (1, 0)
    assert (balanced([*asked, once, again], "t").twice, balanced([*asked, once, twice], "t").twice) == (0, 1)


def shipments(seed: int) -> list[Shipment]:
    return Generator(exporters(TODAY), Numbers({}), TODAY, seed).some(100)


def record(topic: str, offset: int, **headers: str) -> Any:
    named = [(name, value.encode()) for name, value in headers.items()]
    return SimpleNamespace(topic=f"t.{topic}", partition=0, offset=offset, headers=named)
