# pyright: strict
"""The reader of the TOML files beside it: each function gives one table as frozen, typed facts."""

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import TypeAdapter

from reference.facts import (
    Chair,
    Decision,
    FiledReturns,
    FormerParticipant,
    HsCode,
    Overlay,
    Participant,
    ProductionReturn,
    PublishedTable,
    Source,
    StatusInterval,
    TradingEntity,
    UnionAuthority,
    UnionMember,
    UnionTerritory,
    Zone,
)
from reference.vocabulary import Status

Fact = TypeVar("Fact")


@cache
def _document(name: str) -> dict[str, Any]:
    with files("reference").joinpath(f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _table(document: str, table: str, shape: type[Fact]) -> tuple[Fact, ...]:
    adapter = TypeAdapter(shape)
    return tuple(adapter.validate_python(row) for row in _document(document)[table])


@cache
def sources() -> tuple[Source, ...]:
    """Every source that a fact cites."""
    return _table("sources", "sources", Source)


@cache
def participants() -> tuple[Participant, ...]:
    """The 60 participants of January 2026, by code."""
    return _table("participants", "participants", Participant)


@cache
def trading_entities() -> tuple[TradingEntity, ...]:
    """Entities that trade without being Participants."""
    return _table("participants", "trading_entities", TradingEntity)


@cache
def decisions() -> tuple[Decision, ...]:
    """The decisions behind every admission and every change of status, admissions first."""
    return _table("decisions", "decisions", Decision)


@cache
def status_changes() -> tuple[StatusInterval, ...]:
    """What came after the admission, for the participants whose status ever changed."""
    return _table("status_history", "intervals", StatusInterval)


@cache
def overlays() -> tuple[Overlay, ...]:
    """Measures beside a status, such as a UN embargo."""
    return _table("status_history", "overlays", Overlay)


@cache
def status_history(code: str) -> tuple[StatusInterval, ...]:
    """A participant's intervals without a gap, from its admission on; KeyError for a code that is none."""
    admitted = _from_admission({each.code: each for each in participants()}[code])
    changes = tuple(change for change in status_changes() if change.code == code)
    if not changes:
        return (admitted,)
    first = changes[0]
    closed = replace(admitted, effective_to=first.effective_from, to_precision=first.from_precision)
    return (closed, *changes)


def _from_admission(participant: Participant) -> StatusInterval:
    return StatusInterval(
        code=participant.code,
        status=Status.ACTIVE,
        effective_from=participant.since,
        from_precision=participant.precision,
        scope="Admitted without restriction.",
        decision=participant.admitted_by,
        confidence=participant.confidence,
        source=participant.source,
    )


@cache
def union_members() -> tuple[UnionMember, ...]:
    """The 27 member states, and the one that left."""
    return _table("eu", "members", UnionMember)


@cache
def union_territories() -> tuple[UnionTerritory, ...]:
    """Territories inside the Union's one territory."""
    return _table("eu", "territories", UnionTerritory)


@cache
def union_authorities() -> tuple[UnionAuthority, ...]:
    """The seven authorities through which the Union trades."""
    return _table("eu", "authorities", UnionAuthority)


@cache
def former_participants() -> tuple[FormerParticipant, ...]:
    """Participants that became part of the Union."""
    return _table("eu", "former_participants", FormerParticipant)


@cache
def zones() -> tuple[Zone, ...]:
    """Zones that were declared compliant."""
    return _table("zones", "zones", Zone)


@cache
def hs_codes() -> tuple[HsCode, ...]:
    """The three HS codes in scope and their neighbours out of it."""
    return _table("hs_codes", "hs_codes", HsCode)


@cache
def chairs() -> tuple[Chair, ...]:
    """Who chaired the KP in which year."""
    return _table("chairs", "chairs", Chair)


@cache
def published_tables() -> tuple[PublishedTable, ...]:
    """Exact figures of production as they were published."""
    return _table("published_production", "tables", PublishedTable)


@cache
def filed_2023() -> FiledReturns:
    """The returns of 2023, restated with their source."""
    return TypeAdapter(FiledReturns).validate_python(_document("published_production")["filed_2023"])


def returns_2023() -> tuple[ProductionReturn, ...]:
    """Every production return of 2023, in the shape of `production_file.read_returns`."""
    return filed_2023().returns
