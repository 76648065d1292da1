"""Who may act and who may trade, as the register says for a date (domain.md §7.2 G-TRADE, I10)."""

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from contracts.certificates import Certificate
from contracts.outcome import Finding, refuse
from contracts.registry import Registry
from contracts.submission import Submission
from contracts.values import Role


class Context(Protocol):
    """What the rules must know of others."""

    @property
    def registry(self) -> Registry: ...


def only(submission: Submission, participant: str, role: Role, path: str) -> Iterator[Finding]:
    """Refuse everyone but an authority of one participant in one role."""
    signer = submission.signer
    if signer.participant != participant or role not in signer.roles:
        message = f"Only an authority of {participant} with the role {role} may do this, not {signer.authority}."
        yield refuse("E_FORBIDDEN_AUTHORITY", path, message, authority=signer.authority)


def corridor(context: Context, issuer: str, destination: str, on: date, path: str) -> Iterator[Finding]:
    """Refuse trade that the register does not allow on a date, on either side."""
    if context.registry.resolve(destination, on) == issuer:
        message = f"Send no certificate from {issuer} to {destination}: movements inside a Participant are no trade."
        yield refuse("E_INTRA_PARTICIPANT", "data.destination", message)
        return
    exporting = context.registry.can_trade(issuer, "EXPORT", on)
    if not exporting.allowed:
        yield refuse(exporting.code, path, exporting.message, participant=issuer, date=on.isoformat())
    importing = context.registry.can_trade(destination, "IMPORT", on)
    if not importing.allowed:
        yield refuse(importing.code, path, importing.message, participant=destination, date=on.isoformat())


def in_flight(context: Context, state: Certificate, on: date) -> Iterator[Finding]:
    """Judge a shipment whose issuer's status changed on its way (domain.md §7.4, in-flight rule)."""
    exporting = context.registry.can_trade(state.issuer, "EXPORT", on)
    status, validation = exporting.status, state.validation
    honoured = (
        status is not None
        and status.in_flight_policy == "HONOUR"
        and validation is not None
        and validation.validated_on < status.effective_from
    )
    if not exporting.allowed and not honoured:
        yield refuse(exporting.code, "data.arrivedOn", exporting.message, participant=state.issuer)


def not_future(submission: Submission, day: date, path: str) -> Iterator[Finding]:
    """Refuse a date later than the day on which the log received the submission."""
    if day > submission.received_on:
        yield refuse("E_DATE_FUTURE", path, f"Send this on or after {day}, not before: the date is in the future.")


def not_before(earlier: date, day: date, path: str) -> Iterator[Finding]:
    """Refuse a step dated before the one it follows (I4)."""
    if day < earlier:
        yield refuse("E_DATE_ORDER", path, f"Correct {path}: {day} lies before the step it follows ({earlier}).")
