"""Admission, status and overlays: each rests on a decision, none is taken here (domain.md §6.4, §7.4)."""

from collections.abc import Iterator
from datetime import date

from contracts.outcome import Event, Finding, refuse
from contracts.participants import (
    AdmitParticipant,
    Admitted,
    ChangeStatus,
    DecisionRef,
    Overlay,
    OverlaySet,
    Participant,
    ParticipationState,
    SetOverlay,
    StatusChanged,
    StatusInterval,
)
from contracts.submission import Submission

# domain.md §7.4 P7-P15, for the states in which a participant has rights. From REMOVED and WITHDRAWN the way back is
# a new admission; history records it as one step.
_LAWFUL: dict[ParticipationState, frozenset[ParticipationState]] = {
    "ACTIVE": frozenset({"SPECIAL_MEASURES", "SUSPENDED", "SELF_SUSPENDED", "REMOVED", "WITHDRAWN", "MERGED"}),
    "SPECIAL_MEASURES": frozenset({"ACTIVE", "SUSPENDED", "SPECIAL_MEASURES", "REMOVED", "WITHDRAWN"}),
    "SUSPENDED": frozenset({"ACTIVE", "SPECIAL_MEASURES", "REMOVED", "WITHDRAWN"}),
    "SELF_SUSPENDED": frozenset({"ACTIVE", "REMOVED", "WITHDRAWN"}),
    "REMOVED": frozenset({"ACTIVE"}),
    "WITHDRAWN": frozenset({"ACTIVE"}),
    "MERGED": frozenset(),
}


def check_admit(state: Participant | None, submission: Submission) -> Iterator[Finding]:
    """Refuse a second admission, a foreign key, or one decided after it took effect."""
    data: AdmitParticipant = submission.data
    if state is not None:
        yield refuse("E_PARTICIPATION_TRANSITION", "sub", f"{state.code} was admitted already; change its status.")
    if submission.subject != data.code:
        yield refuse("E_SUBJECT", "sub", f"Use {data.code} as subject and Kafka key.", expected=data.code)
    yield from _decided_in_time(data.decision, data.effective_from, retroactive=data.precision != "DAY")


def admitted(submission: Submission) -> Event:
    """Begin participation with an interval that is ACTIVE and open."""
    data: AdmitParticipant = submission.data
    status = StatusInterval(
        status="ACTIVE",
        effective_from=data.effective_from,
        scope="all trade",
        flows=["EXPORT", "IMPORT"],
        decision=data.decision,
        recorded_at=submission.received_at,
    )
    same = {name: getattr(data, name) for name in ("code", "name", "kind", "precision", "kpc_prefixes", "validity")}
    participant = Participant(
        **same,
        since=data.effective_from,
        producer=data.producer,
        member_states=data.member_states,
        admission=data.decision,
        statuses=[status],
    )
    return Event("participant.admitted.v1", Admitted(participant=participant, status=status))


def check_change(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse an unlawful move, an overlap, or a decision later than its effect."""
    data: ChangeStatus = submission.data
    current = state.statuses[-1]
    if data.to not in _LAWFUL[current.status]:
        message = f"{state.code} is {current.status}; from there it cannot become {data.to}."
        yield refuse("E_PARTICIPATION_TRANSITION", "data.to", message)
    if data.effective_from <= current.effective_from:
        message = f"Begin after {current.effective_from}, when {current.status} began: statuses never overlap."
        yield refuse("E_STATUS_OVERLAP", "data.effectiveFrom", message)
    yield from _decided_in_time(data.decision, data.effective_from, retroactive=data.retroactive)


def changed(state: Participant, submission: Submission) -> Event:
    """Begin a status; the one before ends where it begins."""
    data: ChangeStatus = submission.data
    status = StatusInterval(
        status=data.to,
        effective_from=data.effective_from,
        scope=data.scope,
        flows=data.flows,
        mode=data.mode,
        in_flight_policy=data.in_flight_policy,
        decision=data.decision,
        recorded_at=submission.received_at,
    )
    return Event("participant.status-changed.v1", StatusChanged(from_status=state.statuses[-1].status, status=status))


def check_overlay(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse an overlay that ends before it begins or repeats one in force."""
    data: SetOverlay = submission.data
    if data.effective_to is not None and data.effective_to <= data.effective_from:
        yield refuse("E_DATE_ORDER", "data.effectiveTo", f"End it after {data.effective_from}, when it begins.")
    if any(_overlap(one, data) for one in state.overlays):
        message = f"{data.overlay} is in force over part of that time already: overlays of one kind never overlap."
        yield refuse("E_STATUS_OVERLAP", "data.effectiveFrom", message)


def _overlap(one: Overlay, other: SetOverlay) -> bool:
    end, others_end = one.effective_to or date.max, other.effective_to or date.max
    return one.overlay == other.overlay and one.effective_from < others_end and other.effective_from < end


def overlaid(_: Participant, submission: Submission) -> Event:
    """Set an overlay beside the status."""
    data: SetOverlay = submission.data
    overlay = Overlay(**dict(data), recorded_at=submission.received_at)
    return Event("participant.overlay-set.v1", OverlaySet(overlay=overlay))


def _decided_in_time(decision: DecisionRef, effective_from: date, *, retroactive: bool) -> Iterator[Finding]:
    if decision.adopted_on > effective_from and not retroactive:
        message = f"Say retroactive, or correct a date: {decision.ref} was adopted after {effective_from}."
        yield refuse("E_DECISION_DATE", "data.decision.adoptedOn", message)
