"""The register on the wire: participants, their status through time, authorities, keys and serial ranges."""

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from dateutil.relativedelta import relativedelta
from pydantic import Field

from contracts.values import OPEN, Alpha2, AuthorityId, Flow, Instant, Role, State, Text, Wire

ParticipationState = Annotated[
    Literal["ACTIVE", "SPECIAL_MEASURES", "SUSPENDED", "SELF_SUSPENDED", "REMOVED", "WITHDRAWN", "MERGED"], OPEN
]
OverlayKind = Literal["UN_EMBARGO", "ENHANCED_VIGILANCE", "NAMED_FOR_NON_REPORTING"]
Kind = Literal["PARTICIPANT", "REIO", "TRADING_ENTITY"]
InFlightPolicy = Literal["HONOUR", "REJECT"]
Kid = Annotated[str, Field(pattern=r"^[A-Z]{2,3}-[A-Z0-9-]{1,40}/[A-Za-z0-9._-]{1,40}$")]
PublicX = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Validity = Annotated[str, Field(pattern=r"^P[1-9][0-9]{0,2}[DM]$")]
BOTH_FLOWS: list[Flow] = ["EXPORT", "IMPORT"]


@lru_cache(maxsize=1024)
def last_valid_day(issued_on: date, validity: Validity) -> date:
    """Say until when (inclusive) a certificate may be valid: 60 days or calendar months on (domain.md §1.5)."""
    amount = int(validity[1:-1])
    step = relativedelta(months=amount) if validity.endswith("M") else relativedelta(days=amount)
    return issued_on + step


class DecisionRef(State):
    """The decision a record rests on. The Secretariat records decisions, it never takes them (domain.md §6.4)."""

    ref: Text
    body: Literal["PLENARY", "CHAIR", "PARTICIPANTS", "PARTICIPANT", "UN_SECURITY_COUNCIL"]
    kind: Literal["AD", "NOTICE", "WRITTEN_PROCEDURE", "SELF", "UNSC"]
    adopted_on: date
    title: Text
    source: Text


class MemberState(State):
    """A state inside a regional organisation, from and until when (exclusive)."""

    code: Alpha2
    effective_from: date
    effective_to: date | None = None


class AdmitParticipant(Wire):
    """`participant.admit.v1`: the Secretariat records an admission."""

    code: Alpha2
    name: Text
    kind: Kind
    effective_from: date
    precision: Literal["DAY", "MONTH", "YEAR"] = "DAY"
    kpc_prefixes: list[Alpha2] = Field(min_length=1, max_length=5)
    validity: Validity = "P60D"
    producer: bool = False
    member_states: list[MemberState] = Field(default_factory=list[MemberState], max_length=60)
    decision: DecisionRef


class ChangeStatus(Wire):
    """`participant.change-status.v1`: from `effectiveFrom` on, until the next change, the status is `to`."""

    to: ParticipationState
    effective_from: date
    scope: Text
    flows: list[Flow] = Field(default_factory=BOTH_FLOWS.copy)
    mode: Literal["PRE_APPROVAL", "POST_VERIFICATION"] | None = None
    in_flight_policy: InFlightPolicy = "HONOUR"
    retroactive: bool = False
    decision: DecisionRef


class SetOverlay(Wire):
    """`participant.set-overlay.v1`: a measure beside the status, such as a UN embargo, over `[from, to)`."""

    overlay: OverlayKind
    effective_from: date
    effective_to: date | None = None
    flows: list[Flow] = Field(default_factory=BOTH_FLOWS.copy)
    scope: Text
    decision: DecisionRef


class RegisterAuthority(Wire):
    """`participant.register-authority.v1`: a designated authority and what it may do."""

    authority_id: AuthorityId
    name: Text
    office: Text
    roles: list[Role] = Field(min_length=1, max_length=4)
    valid_from: date


class EndAuthority(Wire):
    """`participant.end-authority.v1`: the authority may act no longer from `validTo` on (exclusive)."""

    authority_id: AuthorityId
    valid_to: date


class RegisterKey(Wire):
    """`participant.register-key.v1`: the public half of an authority's Ed25519 key (RFC 8037 `x`)."""

    authority_id: AuthorityId
    kid: Kid
    x: PublicX
    valid_from: Instant


class EndKey(Wire):
    """`participant.end-key.v1`: what the log receives from `validTo` on is no longer taken under this key."""

    kid: Kid
    valid_to: Instant
    reason: Literal["RETIRED", "COMPROMISED"]


class AllocateSerialRange(Wire):
    """`participant.allocate-serial-range.v1`: serials `first..last` may be issued in `year` behind `prefix`."""

    year: int = Field(ge=2003, le=2200)
    prefix: Alpha2
    first: int = Field(ge=0, le=10**14)
    last: int = Field(ge=0, le=10**14)


class StatusInterval(State):
    """One status over `[effectiveFrom, effectiveTo)`; `recordedAt` is when the platform learnt of it."""

    status: ParticipationState
    effective_from: date
    effective_to: date | None = None
    scope: Text
    flows: list[Flow]
    mode: Literal["PRE_APPROVAL", "POST_VERIFICATION"] | None = None
    in_flight_policy: InFlightPolicy = "HONOUR"
    decision: DecisionRef
    recorded_at: Instant


class Overlay(State):
    """One overlay over `[effectiveFrom, effectiveTo)`."""

    overlay: OverlayKind
    effective_from: date
    effective_to: date | None = None
    flows: list[Flow]
    scope: Text
    decision: DecisionRef
    recorded_at: Instant


class Key(State):
    """One public key of an authority and the time in which it counts."""

    kid: Kid
    x: PublicX
    valid_from: Instant
    valid_to: Instant | None = None
    end_reason: Literal["RETIRED", "COMPROMISED"] | None = None


class Authority(State):
    """A designated authority, its roles and its keys."""

    authority_id: AuthorityId
    name: Text
    office: Text
    roles: list[Role]
    valid_from: date
    valid_to: date | None = None
    keys: list[Key] = Field(default_factory=list[Key])


class SerialRange(State):
    """Serials that may be issued in a year."""

    year: int
    prefix: Alpha2
    first: int
    last: int


class Participant(State):
    """The whole state of one participant, trading entity or the Secretariat's own entry."""

    code: str
    name: Text
    kind: Kind
    since: date
    precision: Literal["DAY", "MONTH", "YEAR"]
    kpc_prefixes: list[Alpha2]
    validity: Validity
    producer: bool
    member_states: list[MemberState]
    admission: DecisionRef
    statuses: list[StatusInterval]
    overlays: list[Overlay] = Field(default_factory=list[Overlay])
    authorities: list[Authority] = Field(default_factory=list[Authority])
    serial_ranges: list[SerialRange] = Field(default_factory=list[SerialRange])


class Admitted(Wire):
    """The change in `participant.admitted.v1`: the interval with which participation begins."""

    participant: Participant = Field(exclude=True)
    status: StatusInterval


class StatusChanged(Wire):
    """The change in `participant.status-changed.v1`; the interval open until then ends where this one begins."""

    from_status: ParticipationState
    status: StatusInterval


class OverlaySet(Wire):
    """The change in `participant.overlay-set.v1`."""

    overlay: Overlay


class AuthorityRegistered(Wire):
    """The change in `participant.authority-registered.v1`."""

    authority: Authority


class AuthorityEnded(Wire):
    """The change in `participant.authority-ended.v1`."""

    authority_id: AuthorityId
    valid_to: date


class KeyRegistered(Wire):
    """The change in `participant.key-registered.v1`."""

    authority_id: AuthorityId
    key: Key


class KeyEnded(Wire):
    """The change in `participant.key-ended.v1`."""

    kid: Kid
    valid_to: Instant
    reason: Literal["RETIRED", "COMPROMISED"]


class SerialRangeAllocated(Wire):
    """The change in `participant.serial-range-allocated.v1`."""

    serial_range: SerialRange
