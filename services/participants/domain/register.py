"""One participant's record: which submission is judged by which rule, and what each event makes true."""

from collections.abc import Callable, Iterable
from typing import Any

from contracts.outcome import Accepted, Decision, Event, Finding, Rejection, refuse
from contracts.participants import (
    Admitted,
    AuthorityEnded,
    AuthorityRegistered,
    KeyEnded,
    KeyRegistered,
    OverlaySet,
    Participant,
    SerialRangeAllocated,
    StatusChanged,
    StatusInterval,
)
from contracts.submission import Submission
from contracts.values import SECRETARIAT, Wire
from services.participants.domain import authorities, participation, serials

Findings = Iterable[Finding]
Check = Callable[[Participant, Submission], Findings]
Make = Callable[[Participant, Submission], Event]

# Submission type -> what must hold, and what then happens. All but the first need a participant.
_RULES: dict[str, tuple[Check, Make]] = {
    "participant.change-status.v1": (participation.check_change, participation.changed),
    "participant.set-overlay.v1": (participation.check_overlay, participation.overlaid),
    "participant.register-authority.v1": (authorities.check_register, authorities.registered),
    "participant.end-authority.v1": (authorities.check_end, authorities.ended),
    "participant.register-key.v1": (authorities.check_register_key, authorities.key_registered),
    "participant.end-key.v1": (authorities.check_end_key, authorities.key_ended),
    "participant.allocate-serial-range.v1": (serials.check_allocate, serials.allocated),
}


def decide(state: Participant | None, submission: Submission, _: Any) -> Decision:
    """Judge one submission against one participant's record; says every violation at once."""
    forbidden = _secretariat_only(state, submission)
    if submission.type == "participant.admit.v1":
        return _answer([*forbidden, *participation.check_admit(state, submission)], participation.admitted, submission)
    if state is None:
        message = f"Admit {submission.subject} first: no participant with this code is known."
        return Rejection((refuse("E_NON_PARTICIPANT", "sub", message),))
    check, make = _RULES[submission.type]
    return _answer([*forbidden, *check(state, submission)], lambda one: make(state, one), submission)


def _answer(findings: list[Finding], make: Callable[[Submission], Event], submission: Submission) -> Decision:
    if findings:
        return Rejection(tuple(findings))
    return Accepted([make(submission)])


def _secretariat_only(state: Participant | None, submission: Submission) -> list[Finding]:
    signer = submission.signer
    if signer.participant == SECRETARIAT and "SECRETARIAT" in signer.roles:
        return []
    # A key must be ended fast when it is lost: its own participant may always do that.
    if submission.type == "participant.end-key.v1" and state and signer.participant == state.code:
        return []
    message = f"Ask the Secretariat to record this; {signer.authority} may not."
    return [refuse("E_FORBIDDEN_AUTHORITY", "iss", message, authority=signer.authority)]


def evolve(state: Participant | None, event: Event) -> Participant:
    """Say what is true after an event."""
    change = event.change
    if isinstance(change, Admitted):
        return change.participant
    if state is None:
        raise ValueError(f"{event.type} cannot happen to no participant")
    return state.model_copy(update=_update(state, change))


def _update(state: Participant, change: Wire) -> dict[str, Any]:
    match change:
        case StatusChanged(status=status):
            return {"statuses": _succeeded(state.statuses, status)}
        case OverlaySet(overlay=overlay):
            return {"overlays": [*state.overlays, overlay]}
        case SerialRangeAllocated(serial_range=serial_range):
            return {"serial_ranges": [*state.serial_ranges, serial_range]}
        case AuthorityRegistered(authority=authority):
            return {"authorities": [*state.authorities, authority]}
        case AuthorityEnded() | KeyRegistered() | KeyEnded():
            return {"authorities": [authorities.changed(one, change) for one in state.authorities]}
        case _:
            raise ValueError(f"{type(change).__name__} is no change of a participant")


def _succeeded(statuses: list[StatusInterval], status: StatusInterval) -> list[StatusInterval]:
    """Close the open interval where the new one begins: intervals never overlap and leave no gap."""
    closed = statuses[-1].model_copy(update={"effective_to": status.effective_from})
    return [*statuses[:-1], closed, status]
