"""Pages, outcomes, subscribers and the schema of the gateway, without a server."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter
from strawberry.types import get_object_definition

from contracts import certificates, outcome, participants, statistics, values
from services.gateway.live import Live
from services.gateway.outcome import outcome as judge
from services.gateway.paging import Paging, connection, read_cursor, write_cursor
from services.gateway.problem import Problem
from services.gateway.schema import certificates as of_certificates
from services.gateway.schema import participants as of_participants
from services.gateway.schema import schema, sdl, words
from services.gateway.schema import statistics as of_statistics

CERTIFICATE = {"id": "AO1", "issuer": "AO", "destination": "AE", "version": 1}


@given(st.text(st.characters(codec="utf-8")))
def test_a_cursor_gives_back_the_key_it_was_made_of(key: str) -> None:
    assert read_cursor(write_cursor(key)) == key


@pytest.mark.parametrize("cursor", ["é", "a", "____", "AAAAA", "?"])
def test_a_cursor_that_was_not_given_here_is_refused_by_code(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        read_cursor(cursor)
    assert refused.value.code == "E_CURSOR"


@pytest.mark.parametrize("first", [0, -1, 201])
def test_a_page_has_one_to_two_hundred(first: int) -> None:
    with pytest.raises(Problem) as refused:
        Paging(first)
    assert refused.value.code == "E_PAGE_SIZE"


def test_one_more_than_asked_for_means_that_there_is_a_next_page() -> None:
    keyed = [(str(n), {"n": n}) for n in range(3)]
    assert connection(keyed, Paging(2))["pageInfo"]["hasNextPage"] is True
    assert connection(keyed, Paging(3))["pageInfo"]["hasNextPage"] is False
    assert read_cursor(connection(keyed, Paging(2))["pageInfo"]["endCursor"]) == "1"


def fact(signed: str = "mine", sequence: int = 1) -> dict[str, Any]:
    return {"_id": f"s/{sequence}", "submissionId": "s", "sequence": sequence, "signed": signed, "findings": []}


def rejection(suffix: str = "", signed: str = "mine") -> dict[str, Any]:
    return {"_id": f"s/rejected{suffix}", "submissionId": "s", "sequence": 0, "signed": signed, "findings": []}


def dead(value: bytes = b"mine") -> dict[str, Any]:
    return {"_id": "t/0/1", "submissionId": "s", "reason": "E_SIGNATURE", "message": "", "value": value}


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([], "PENDING"),
        ([dead()], "DEAD"),
        ([dead(), rejection()], "REJECTED"),
        ([dead(), fact()], "ACCEPTED"),
        ([fact(), rejection("/reused/ab", "other")], "ACCEPTED"),
        ([rejection("/reused/ab", "other")], "PENDING"),
    ],
)
def test_a_fact_or_a_true_rejection_wins_over_whatever_else_claims_the_id(rows: list[Any], status: str) -> None:
    assert judge("s", rows)["status"] == status


def test_whoever_waits_for_a_statement_is_not_given_the_answer_to_another_one_under_the_same_id() -> None:
    rows = [fact("other"), rejection("/reused/ab", "mine"), dead(b"other")]
    mine = judge("s", rows, "mine")
    assert (mine["status"], mine["facts"], mine["deadLetters"]) == ("REJECTED", [], [])


def test_dead_letters_that_claim_an_id_are_listed_beside_its_true_answer() -> None:
    found = judge("s", [fact(), dead(), rejection("/reused/ab", "other")])
    assert [len(found[name]) for name in ("facts", "deadLetters", "reuses")] == [1, 1, 1]


async def test_a_subscriber_hears_what_its_participant_issues_or_receives_and_nothing_else() -> None:
    live = Live()
    changes = live.changes("AE")
    first = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)  # until the subscriber has taken its place
    live.changed([{**CERTIFICATE, "destination": "BE"}, CERTIFICATE])
    assert await first == CERTIFICATE


async def test_a_subscriber_that_reads_too_slowly_gets_what_was_queued_and_is_then_let_go_with_a_reason() -> None:
    live = Live(queue=2)
    changes = live.changes(None)
    first = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)  # until the subscriber has taken its place
    live.changed([{**CERTIFICATE, "version": version} for version in range(4)])
    assert [(await first)["version"], (await anext(changes))["version"]] == [0, 1]
    with pytest.raises(Problem) as gone:
        await anext(changes)
    assert gone.value.code == "E_SLOW_CONSUMER"


async def test_nobody_is_kept_in_memory_after_leaving() -> None:
    live = Live()
    changes = live.changes("AO")
    first = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)  # until the subscriber has taken its place
    live.changed([CERTIFICATE])
    await first
    await changes.aclose()  # pyright: ignore[reportAttributeAccessIssue]  it is a generator
    with live.outcome_of("s") as told:
        live.decided(["s"])
        assert told.is_set()
    assert (live._watchers, live._outcomes) == ({}, {})


MIRRORED: list[tuple[type[Any], type[BaseModel], set[str]]] = [
    (of_certificates.Certificate, certificates.Certificate, {"private"}),
    (of_certificates.Confirmation, certificates.Confirmation, set()),
    (of_certificates.Export, certificates.Export, set()),
    (of_certificates.Validation, certificates.Validation, set()),
    (of_certificates.Line, certificates.Line, set()),
    (of_participants.Participant, participants.Participant, set()),
    (of_participants.StatusInterval, participants.StatusInterval, set()),
    (of_participants.Overlay, participants.Overlay, set()),
    (of_participants.Authority, participants.Authority, set()),
    (of_participants.Key, participants.Key, set()),
    (of_participants.DecisionRef, participants.DecisionRef, set()),
    (of_statistics.ProductionReturn, statistics.ProductionReturn, set()),
    (of_statistics.CorridorTotals, statistics.CorridorTotals, {"id", "partition"}),
]


@pytest.mark.parametrize(("shown", "contract", "hidden"), MIRRORED, ids=lambda x: getattr(x, "__name__", None))
def test_the_schema_shows_every_field_of_the_contract(shown: type[Any], contract: Any, hidden: set[str]) -> None:
    definition = get_object_definition(shown, strict=True)
    assert {f.python_name for f in definition.fields} >= set(contract.model_fields) - hidden


@pytest.mark.parametrize(
    ("enum", "literal"),
    [
        (words.CertificateState, certificates.CertificateState),
        (words.ParticipationState, participants.ParticipationState),
        (words.Flow, values.Flow),
        (words.Level, outcome.Level),
        (words.Classification, outcome.Classification),
    ],
)
def test_an_enumeration_has_exactly_the_words_of_the_contract(enum: Any, literal: Any) -> None:
    assert set(enum.__members__) == set(TypeAdapter(literal).json_schema()["enum"])


def test_every_type_and_field_of_the_schema_is_described() -> None:
    undescribed = [
        f"{before} {line}"
        for before, line in pairwise(text.strip() for text in sdl().splitlines() if text.strip())
        if line.startswith("type ") and not before.endswith('"""')
    ]
    fields = [
        (name, field.name)
        for name, kind in schema.schema_converter.type_map.items()
        for field in getattr(kind.definition, "fields", ())
        if not field.description
    ]
    assert (undescribed, fields) == ([], [])


def test_the_committed_schema_is_what_the_code_says() -> None:
    assert Path("contracts/schema.graphql").read_text("utf-8") == sdl()
