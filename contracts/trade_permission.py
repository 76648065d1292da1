"""Who may trade on a date: the rule of domain.md §7.4 over one participant's recorded history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from contracts.participants import Overlay, Participant, StatusInterval
from contracts.values import Flow

ALLOWED = "ALLOWED"
ALLOWED_AS_TRADING_ENTITY = "ALLOWED_AS_TRADING_ENTITY"


class Dated(Protocol):
    """Anything that holds over `[effective_from, effective_to)`."""

    @property
    def effective_from(self) -> date: ...
    @property
    def effective_to(self) -> date | None: ...


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer: `ALLOWED…`, or the error code and a sentence; `status` is the interval it rests on."""

    code: str
    message: str = ""
    status: StatusInterval | None = None

    @property
    def allowed(self) -> bool:
        """Say whether trade may go on."""
        return self.code.startswith(ALLOWED)


def in_force(intervals: Iterable[D], on: date) -> D | None:
    """Find the interval that holds on a date; they never overlap."""
    for interval in intervals:
        if interval.effective_from <= on and (interval.effective_to is None or on < interval.effective_to):
            return interval
    return None


def can_trade(participant: Participant | None, code: str, flow: Flow, on: date) -> Permission:
    """Answer whether `code` may trade in the direction of `flow` on a date (domain.md §7.4)."""
    status = in_force(participant.statuses, on) if participant else None
    if participant is None or status is None or status.status in ("WITHDRAWN", "MERGED"):
        return Permission("E_NON_PARTICIPANT", f"{code} is not a Participant on {on}.", status)
    return (
        _barred_by_removal(code, status, on)
        or _barred_by_overlay(participant, flow, on)
        or _barred_by_status(code, status, flow, on)
        or _allowed(participant, status)
    )


def _barred_by_removal(code: str, status: StatusInterval, on: date) -> Permission | None:
    if status.status != "REMOVED":
        return None
    return Permission("E_PARTICIPANT_REMOVED", f"{code} is removed from the list on {on}.", status)


def _barred_by_overlay(participant: Participant, flow: Flow, on: date) -> Permission | None:
    overlays: list[Overlay] = [o for o in participant.overlays if o.overlay == "UN_EMBARGO" and flow in o.flows]
    if not in_force(overlays, on):
        return None
    return Permission("E_UN_EMBARGO", f"A United Nations embargo covers {flow} of {participant.code} on {on}.")


def _barred_by_status(code: str, status: StatusInterval, flow: Flow, on: date) -> Permission | None:
    if status.status == "SUSPENDED" and flow in status.flows:
        return Permission("E_PARTICIPANT_SUSPENDED", f"{code} is suspended for {flow} on {on}.", status)
    if status.status == "SELF_SUSPENDED":
        return Permission("E_PARTICIPANT_SELF_SUSPENDED", f"{code} suspended itself; no trade on {on}.", status)
    if status.status == "SPECIAL_MEASURES" and flow == "EXPORT":
        scope = status.scope.rstrip(".")
        return Permission("E_ZONE_REQUIRED", f"{code} exports under special measures on {on}: {scope}.", status)
    return None


def _allowed(participant: Participant, status: StatusInterval) -> Permission:
    entity = participant.kind == "TRADING_ENTITY"
    return Permission(ALLOWED_AS_TRADING_ENTITY if entity else ALLOWED, "", status)
