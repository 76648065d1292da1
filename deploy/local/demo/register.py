"""The real register as submissions of the Secretariat, each citing its decision; the same bytes in every run."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import reference
from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.participants import AdmitParticipant, ChangeStatus, DecisionRef, MemberState, SetOverlay
from reference.facts import Overlay, Participant, StatusInterval

RECORDED = datetime(2026, 1, 31, tzinfo=UTC)
"""The claimed time of what stands in `reference`: the register as it stood at the end of January 2026."""

_LONGEST = 400


def admissions(key: SigningKey) -> list[Sealed]:
    """Admit the 60 participants with the dates they joined."""
    return [_sealed(key, f"demo:admit:{one.code}", one.code, _admission(one)) for one in reference.participants()]


def changes(key: SigningKey) -> list[Sealed]:
    """Record what changed a status after its admission, in order of time, and the measures beside it."""
    return [*_status_changes(key), *_overlays(key)]


def _status_changes(key: SigningKey) -> Iterator[Sealed]:
    for one in reference.status_changes():
        identity = f"demo:status:{one.code}:{one.effective_from}"
        yield _sealed(key, identity, one.code, _change(one))


def _overlays(key: SigningKey) -> Iterator[Sealed]:
    for one in reference.overlays():
        identity = f"demo:overlay:{one.code}:{one.effective_from}"
        yield _sealed(key, identity, one.code, _overlay(one))


def _sealed(key: SigningKey, identity: str, code: str, data: AdmitParticipant | ChangeStatus | SetOverlay) -> Sealed:
    return build(key, data, code, submission_id=identity, issued_at=RECORDED)


def _admission(one: Participant) -> AdmitParticipant:
    return AdmitParticipant(
        code=one.code,
        name=one.name,
        kind=one.kind.value,
        effective_from=one.since,
        precision=one.precision.name,
        kpc_prefixes=list(one.kpc_prefixes),
        validity=one.validity,
        producer=one.producer,
        member_states=_members(one) if one.code == "EU" else [],
        decision=decision(one.admitted_by),
    )


def _members(union: Participant) -> list[MemberState]:
    states = [
        MemberState(code=one.code, effective_from=one.covered_from, effective_to=one.covered_until)
        for one in reference.union_members()
    ]
    territories = [MemberState(code=one.code, effective_from=union.since) for one in reference.union_territories()]
    return states + territories


def _change(one: StatusInterval) -> ChangeStatus:
    taken = decision(one.decision)
    return ChangeStatus(
        to=one.status.value,
        effective_from=one.effective_from,
        scope=one.scope,
        flows=[flow.value for flow in one.flows] or ["EXPORT", "IMPORT"],
        mode=one.mode.value if one.mode else None,
        in_flight_policy=one.in_flight_policy.value,
        retroactive=taken.adopted_on > one.effective_from,
        decision=taken,
    )


def _overlay(one: Overlay) -> SetOverlay:
    return SetOverlay(
        overlay=one.overlay.value,
        effective_from=one.effective_from,
        effective_to=one.effective_to,
        flows=[flow.value for flow in one.flows],
        scope=one.scope,
        decision=decision(one.decision),
    )


@cache
def decision(ref: str) -> DecisionRef:
    """Cite a decision with the sources that vouch for it; raises KeyError for a reference that is none."""
    one = {each.ref: each for each in reference.decisions()}[ref]
    citations = {source.id: source.citation for source in reference.sources()}
    return DecisionRef(
        ref=one.ref,
        body=one.body.value,
        kind=one.kind.value,
        adopted_on=one.adopted_on,
        title=one.title,
        source="; ".join(citations[source] for source in one.source)[:_LONGEST],
    )
