# pyright: strict
"""The shapes of the reference facts: frozen, typed, and each with the sources that vouch for it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import ConfigDict, with_config

from reference.vocabulary import (
    Body,
    Capacity,
    Confidence,
    DecisionKind,
    Edition,
    Flow,
    InFlightPolicy,
    Kind,
    Mode,
    OverlayKind,
    Precision,
    Sector,
    Status,
)

# A key that a TOML file misspells must not vanish in silence.
closed = with_config(ConfigDict(extra="forbid"))


@closed
@dataclass(frozen=True)
class Source:
    id: str
    citation: str


@closed
@dataclass(frozen=True, kw_only=True)
class Sourced:
    """What every fact carries: the ids of its sources (`sources.toml`), its confidence, a word of caution."""

    source: tuple[str, ...]
    confidence: Confidence = Confidence.SOURCE
    note: str | None = None


@closed
@dataclass(frozen=True, kw_only=True)
class Participant(Sourced):
    """One participant; `validity` is an ISO 8601 duration, `produced_until` a half-year such as 2020-H2."""

    code: str
    name: str
    kpc_prefixes: tuple[str, ...]
    since: date
    precision: Precision
    admitted_by: str
    kind: Kind = Kind.PARTICIPANT
    validity: str = "P60D"
    producer: bool = False
    produced_until: str | None = None


@closed
@dataclass(frozen=True, kw_only=True)
class TradingEntity(Sourced):
    code: str
    name: str
    kpc_prefixes: tuple[str, ...]
    recognised_by: tuple[str, ...]


@closed
@dataclass(frozen=True, kw_only=True)
class Decision(Sourced):
    """Who decided what and when; `ref_is_ours` where the KP's own reference was not seen."""

    ref: str
    ref_is_ours: bool
    body: Body
    kind: DecisionKind
    adopted_on: date
    precision: Precision
    subject: tuple[str, ...]
    title: str
    supports: int | None = None
    objections: int | None = None


@closed
@dataclass(frozen=True, kw_only=True)
class Period(Sourced):
    """What a status and an overlay share: a time `[effective_from, effective_to)`, a reach, a decision."""

    code: str
    effective_from: date
    from_precision: Precision
    scope: str
    decision: str
    effective_to: date | None = None
    to_precision: Precision | None = None
    flows: tuple[Flow, ...] = ()
    in_flight_policy: InFlightPolicy = InFlightPolicy.HONOUR

    def holds_on(self, day: date) -> bool:
        """Say whether the interval covers a day; its end is exclusive."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@closed
@dataclass(frozen=True, kw_only=True)
class StatusInterval(Period):
    """A participant's status; `confined_to` names the mines it concerns; empty means the whole country."""

    status: Status
    mode: Mode | None = None
    confined_to: tuple[str, ...] = ()


@closed
@dataclass(frozen=True, kw_only=True)
class Overlay(Period):
    """What lies over a status without being one."""

    overlay: OverlayKind
    ended_by: str


@closed
@dataclass(frozen=True, kw_only=True)
class UnionMember(Sourced):
    """A state whose trade counts as the Union's during `[covered_from, covered_until)`."""

    code: str
    name: str
    covered_from: date
    precision: Precision
    covered_until: date | None = None


@closed
@dataclass(frozen=True, kw_only=True)
class UnionTerritory(Sourced):
    code: str
    name: str


@closed
@dataclass(frozen=True, kw_only=True)
class UnionAuthority(Sourced):
    """One of the seven places of entry and exit; `name` is None where the source has none."""

    city: str
    member: str
    name: str | None = None


@closed
@dataclass(frozen=True, kw_only=True)
class FormerParticipant(Sourced):
    """A participant of its own until it merged into the Union."""

    code: str
    name: str
    since: date
    precision: Precision
    merged_on: date


@closed
@dataclass(frozen=True, kw_only=True)
class Zone(Sourced):
    code: str
    name: str
    declared: date
    precision: Precision


@closed
@dataclass(frozen=True, kw_only=True)
class HsCode(Sourced):
    code: str
    label: str
    in_scope: bool


@closed
@dataclass(frozen=True, kw_only=True)
class Chair(Sourced):
    year: int
    code: str
    capacity: Capacity = Capacity.CHAIR


@closed
@dataclass(frozen=True)
class Figure:
    """Carats and US$ of one participant, or of the WORLD; no value where only a rounded one was printed."""

    code: str
    carats: Decimal
    value_usd: Decimal | None = None


@closed
@dataclass(frozen=True, kw_only=True)
class PublishedTable(Sourced):
    """One year's figures as one edition gives them."""

    year: int
    edition: Edition
    figures: tuple[Figure, ...]


@closed
@dataclass(frozen=True)
class ProductionLine:
    sector: Sector
    carats: Decimal
    value_usd: Decimal


@closed
@dataclass(frozen=True, kw_only=True)
class ProductionReturn:
    """What a participant filed for a half-year; `nil_rows` counts its declarations that nothing was mined."""

    code: str
    year: int
    half: int
    lines: tuple[ProductionLine, ...] = ()
    nil_rows: int = 0
    filed_on: date | None = None

    @property
    def period(self) -> str:
        """Name the half-year as returns do: `2023-H1`."""
        return f"{self.year}-H{self.half}"

    @property
    def nil(self) -> bool:
        """Say whether nothing was produced."""
        return not self.lines


@closed
@dataclass(frozen=True, kw_only=True)
class FiledReturns(Sourced):
    returns: tuple[ProductionReturn, ...]
