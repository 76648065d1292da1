"""Real records (United Kingdom, Central African Republic, Côte d'Ivoire), and Angola as the case W1 needs it."""

from datetime import UTC, date, datetime

from contracts.examples.step import PUBLIC_X, SECRETARIAT, Sent, Step
from contracts.participants import (
    AdmitParticipant,
    Admitted,
    AllocateSerialRange,
    Authority,
    AuthorityEnded,
    AuthorityRegistered,
    ChangeStatus,
    DecisionRef,
    EndAuthority,
    EndKey,
    Key,
    KeyEnded,
    KeyRegistered,
    Overlay,
    OverlaySet,
    Participant,
    RegisterAuthority,
    RegisterKey,
    SerialRange,
    SerialRangeAllocated,
    SetOverlay,
    StatusChanged,
    StatusInterval,
)
from contracts.values import Wire

_LOADED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_FOUNDERS = DecisionRef(
    ref="KP/2003/NOTICE/LIST-1",
    body="CHAIR",
    kind="NOTICE",
    adopted_on=date(2003, 1, 1),
    title="Founding participants: those on the list confirmed with effect from 31 August 2003",
    source="professionaljeweler.com of 7 August 2003",
)


def _sent(code: str, minute: int, data: Wire, year: int = 2026) -> Sent:
    return Sent(SECRETARIAT, code, _LOADED.replace(year=year, minute=minute), data)


def _active(decision: DecisionRef, since: date, until: date | None = None) -> StatusInterval:
    return StatusInterval(
        status="ACTIVE",
        effective_from=since,
        effective_to=until,
        scope="all trade",
        flows=["EXPORT", "IMPORT"],
        decision=decision,
        recorded_at=_LOADED,
    )


def _founder(code: str, name: str) -> Participant:
    since = date(2003, 1, 1)
    return Participant(
        code=code,
        name=name,
        kind="PARTICIPANT",
        since=since,
        precision="YEAR",
        kpc_prefixes=[code],
        validity="P60D",
        producer=True,
        member_states=[],
        admission=_FOUNDERS,
        statuses=[_active(_FOUNDERS, since)],
    )


def _united_kingdom() -> Step:
    decision = DecisionRef(
        ref="KP/2019/AD/GB-1",
        body="PLENARY",
        kind="AD",
        adopted_on=date(2019, 11, 1),
        title="United Kingdom: a participant of its own from 1 January 2021, until then part of the EU",
        source="internationaltradecomplianceupdate.com of 8 January 2021",
    )
    admit = AdmitParticipant(
        code="GB",
        name="United Kingdom",
        kind="PARTICIPANT",
        effective_from=date(2021, 1, 1),
        kpc_prefixes=["GB"],
        decision=decision,
    )
    status = _active(decision, admit.effective_from)
    same = admit.model_dump(exclude={"effective_from", "decision"}, by_alias=False)
    after = Participant(**same, since=admit.effective_from, admission=decision, statuses=[status])
    return Step(None, _sent("GB", 0, admit), 1, Admitted(participant=after, status=status), after)


def _central_african_republic() -> Step:
    before = _founder("CF", "Central African Republic")
    change = ChangeStatus(
        to="SUSPENDED",
        effective_from=date(2013, 5, 23),
        scope="All exports.",
        flows=["EXPORT"],
        decision=DecisionRef(
            ref="KP/2013/WP/CAR-1",
            body="PARTICIPANTS",
            kind="WRITTEN_PROCEDURE",
            adopted_on=date(2013, 5, 23),
            title="Temporary suspension of the Central African Republic",
            source="thediamondloupe.com of 29 July 2015",
        ),
    )
    same = change.model_dump(exclude={"to", "retroactive"}, by_alias=False)
    status = StatusInterval(**same, status=change.to, recorded_at=_LOADED.replace(minute=1))
    closed = before.statuses[0].model_copy(update={"effective_to": change.effective_from})
    after = before.model_copy(update={"statuses": [closed, status]})
    return Step(before, _sent("CF", 1, change), 2, StatusChanged(from_status="ACTIVE", status=status), after)


def _cote_d_ivoire() -> Step:
    before = _founder("CI", "Côte d'Ivoire")
    data = SetOverlay(
        overlay="UN_EMBARGO",
        effective_from=date(2005, 12, 15),
        effective_to=date(2014, 4, 29),
        flows=["EXPORT"],
        scope="No state may import its rough diamonds; it stays a participant.",
        decision=DecisionRef(
            ref="UNSCR 1643 (2005)",
            body="UN_SECURITY_COUNCIL",
            kind="UNSC",
            adopted_on=date(2005, 12, 15),
            title="Embargo on rough diamonds from Côte d'Ivoire, binding on all states",
            source="United Nations Security Council, resolution 1643 (2005)",
        ),
    )
    overlay = Overlay(**dict(data), recorded_at=_LOADED.replace(minute=2))
    after = before.model_copy(update={"overlays": [overlay]})
    return Step(before, _sent("CI", 2, data), 2, OverlaySet(overlay=overlay), after)


_ID, _KID = "AO-MIREMPET", "AO-MIREMPET/2026-1"
_SINCE, _UNTIL = datetime(2026, 1, 5, 9, 0, tzinfo=UTC), datetime(2027, 1, 4, 22, 0, tzinfo=UTC)
_angola = _founder("AO", "Angola")
_authority = Authority(
    authority_id=_ID,
    name="Ministry of Mineral Resources, Petroleum and Gas",
    office="Luanda",
    roles=["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY", "FOCAL_POINT"],
    valid_from=_SINCE.date(),
)
_key = Key(kid=_KID, x=PUBLIC_X, valid_from=_SINCE)
_retired = _key.model_copy(update={"valid_to": _UNTIL, "end_reason": "RETIRED"})
_range = SerialRange(year=2026, prefix="AO", first=1, last=9999)


def _with(before: Participant, authority: Authority) -> Participant:
    return before.model_copy(update={"authorities": [authority]})


_registered = _with(_angola, _authority)
_keyed = _with(_registered, _authority.model_copy(update={"keys": [_key]}))
ANGOLA = _keyed.model_copy(update={"serial_ranges": [_range]})
"""Angola in the register when AO000123 was issued."""
_unkeyed = _with(ANGOLA, _authority.model_copy(update={"keys": [_retired]}))
_ended = _with(_unkeyed, _unkeyed.authorities[0].model_copy(update={"valid_to": date(2027, 1, 5)}))


def _angolan_steps() -> tuple[Step, ...]:
    register = RegisterAuthority(**_authority.model_dump(exclude={"valid_to", "keys"}, by_alias=False))
    register_key = RegisterKey(authority_id=_ID, kid=_KID, x=PUBLIC_X, valid_from=_SINCE)
    allocate = AllocateSerialRange(**dict(_range))
    end_key = EndKey(kid=_KID, valid_to=_UNTIL, reason="RETIRED")
    end = EndAuthority(authority_id=_ID, valid_to=date(2027, 1, 5))
    return (
        Step(_angola, _sent("AO", 3, register), 2, AuthorityRegistered(authority=_authority), _registered),
        Step(_registered, _sent("AO", 4, register_key), 3, KeyRegistered(authority_id=_ID, key=_key), _keyed),
        Step(_keyed, _sent("AO", 5, allocate), 4, SerialRangeAllocated(serial_range=_range), ANGOLA),
        Step(ANGOLA, _sent("AO", 0, end_key, 2027), 5, KeyEnded(**dict(end_key)), _unkeyed),
        Step(_unkeyed, _sent("AO", 1, end, 2027), 6, AuthorityEnded(**dict(end)), _ended),
    )


STEPS = (_united_kingdom(), _central_african_republic(), _cote_d_ivoire(), *_angolan_steps())
