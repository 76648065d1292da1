"""Participants in the schema: their status through time, authorities, keys and serial ranges."""

from datetime import date, datetime
from typing import Any

import strawberry
from strawberry import ID, Parent, field

from backbone.mongo import Document
from services.gateway.schema.words import Flow, ParticipationState


@strawberry.type(description="The decision a record rests on. The Secretariat records decisions, it takes none.")
class DecisionRef:
    ref: str = field(description="The reference of the decision.")
    body: str = field(description="Who decided: PLENARY, CHAIR, PARTICIPANTS, PARTICIPANT or UN_SECURITY_COUNCIL.")
    kind: str = field(description="How: AD, NOTICE, WRITTEN_PROCEDURE, SELF or UNSC.")
    adopted_on: date = field(description="When it was adopted.")
    title: str = field(description="Its title.")
    source: str = field(description="Where it can be read.")


@strawberry.type(description="A status over [effectiveFrom, effectiveTo).")
class StatusInterval:
    status: ParticipationState = field(description="The status.")
    effective_from: date = field(description="From this day on.")
    effective_to: date | None = field(description="Until the day before this one; null while it lasts.")
    scope: str = field(description="What it covers, in words.")
    flows: list[Flow] = field(description="Which directions of trade it touches.")
    mode: str | None = field(description="PRE_APPROVAL or POST_VERIFICATION, under special measures.")
    in_flight_policy: str = field(description="What happens to shipments on their way: HONOUR or REJECT.")
    decision: DecisionRef = field(description="The decision it rests on.")
    recorded_at: datetime = field(description="When the platform learnt of it.")


@strawberry.type(description="A measure beside the status, over [effectiveFrom, effectiveTo).")
class Overlay:
    overlay: str = field(description="UN_EMBARGO, ENHANCED_VIGILANCE or NAMED_FOR_NON_REPORTING.")
    effective_from: date = field(description="From this day on.")
    effective_to: date | None = field(description="Until the day before this one; null while it lasts.")
    flows: list[Flow] = field(description="Which directions of trade it touches.")
    scope: str = field(description="What it covers, in words.")
    decision: DecisionRef = field(description="The decision it rests on.")
    recorded_at: datetime = field(description="When the platform learnt of it.")


@strawberry.type(description="A public key of an authority and the time in which it counts.")
class Key:
    kid: ID = field(description="The name of the key.")
    x: str = field(description="The public half: x of an Ed25519 JWK (RFC 8037).")
    valid_from: datetime = field(description="It counts for what the log receives from then on.")
    valid_to: datetime | None = field(description="It counts no longer from then on.")
    end_reason: str | None = field(description="RETIRED or COMPROMISED.")


@strawberry.type(description="An authority that a Participant has designated.")
class Authority:
    authority_id: ID = field(description="Its id: AO-MIREMPET.")
    name: str = field(description="Its name.")
    office: str = field(description="The office.")
    roles: list[str] = field(description="EXPORTING_AUTHORITY, IMPORTING_AUTHORITY, FOCAL_POINT or SECRETARIAT.")
    valid_from: date = field(description="It may act from this day on.")
    valid_to: date | None = field(description="It may act until the day before this one.")
    keys: list[Key] = field(description="Its public keys.")


@strawberry.type(description="Serials that a Participant may issue in a year.")
class SerialRange:
    year: int = field(description="The year.")
    prefix: str = field(description="The two letters before the serial.")
    first: str = field(description="The first serial; text, for it may have more digits than an Int.")
    last: str = field(description="The last serial.")


@strawberry.type(description="A state inside a regional organisation that takes part as one.")
class MemberState:
    code: ID = field(description="The country (ISO 3166-1 alpha-2).")
    effective_from: date = field(description="A member from this day on.")
    effective_to: date | None = field(description="A member until the day before this one.")


def _state_as_of(root: Parent[Document]) -> Any:
    day: str = root["asOf"]
    for interval in root["statuses"]:
        ends: str | None = interval["effectiveTo"]
        if interval["effectiveFrom"] <= day and (ends is None or day < ends):
            return interval
    return None


@strawberry.type(description="A Participant of the Kimberley Process, a regional organisation, or a trading entity.")
class Participant:
    code: ID = field(description="Its code: AO; EU for the European Union; KPS for the Secretariat's own entry.")
    name: str = field(description="Its name.")
    kind: str = field(description="PARTICIPANT, REIO (a regional organisation) or TRADING_ENTITY.")
    since: date = field(description="When participation began.")
    precision: str = field(description="How exactly that is known: DAY, MONTH or YEAR.")
    kpc_prefixes: list[str] = field(description="The letters its certificate numbers begin with.")
    validity: str = field(description="How long its certificates may be valid: P60D, P2M.")
    producer: bool = field(description="Whether it mines diamonds.")
    member_states: list[MemberState] = field(description="The states of a regional organisation.")
    admission: DecisionRef = field(description="The decision by which it was admitted.")
    as_of: date = field(description="The date that was asked about.")
    state_as_of: StatusInterval | None = field(resolver=_state_as_of, description="The status on that date.")
    statuses: list[StatusInterval] = field(description="Every status since admission, oldest first.")
    overlays: list[Overlay] = field(description="Measures beside the status, such as a UN embargo.")
    authorities: list[Authority] = field(description="Its authorities, with their public keys.")
    serial_ranges: list[SerialRange] = field(description="Which serials it may issue.")
    version: int = field(description="How many changes were recorded.")


@strawberry.type(description="Whether a country may trade on a date.")
class TradePermission:
    code: ID = field(description="The Participant that answers for the country asked about.")
    allowed: bool = field(description="Whether trade may go on.")
    reason: str = field(description="ALLOWED, ALLOWED_AS_TRADING_ENTITY, or the stable code of what stands against it.")
    message: str = field(description="One sentence; empty when trade may go on.")
    status: ParticipationState | None = field(description="The status it rests on.")
    decision: DecisionRef | None = field(description="The decision behind that status.")
