"""The state machine: which submission leads from which state to which (domain.md §7.2 T3-T7)."""

from collections.abc import Callable

from contracts.certificates import (
    Arrived,
    Certificate,
    CertificateState,
    Exported,
    ImportConfirmed,
    Issued,
    Validated,
)
from contracts.outcome import Decision, Event, Finding, Rejection, refuse
from contracts.submission import Submission
from services.certificates.domain.arriving import arrive
from services.certificates.domain.confirming import confirm
from services.certificates.domain.exporting import export
from services.certificates.domain.issuing import issue
from services.certificates.domain.trade import Context
from services.certificates.domain.validating import validate

Rule = Callable[[Certificate, Submission, Context], Decision]

# Submission type -> the state it starts from, and its rule.
_MOVES: dict[str, tuple[CertificateState, Rule]] = {
    "certificate.validate.v1": ("ISSUED", validate),
    "certificate.export.v1": ("VALIDATED", export),
    "certificate.arrive.v1": ("EXPORTED", arrive),
    "certificate.confirm-import.v1": ("ARRIVED", confirm),
}


def decide(state: Certificate | None, submission: Submission, context: Context) -> Decision:
    """Judge one submission against one certificate; says every violation at once."""
    if submission.type == "certificate.issue.v1":
        return issue(state, submission, context)
    if state is None:
        message = f"Issue {submission.subject} first: no certificate with this number is known."
        return Rejection((refuse("E_CERT_UNKNOWN", "sub", message),))
    begins, rule = _MOVES[submission.type]
    if state.state != begins:
        return Rejection((_not_from_here(state, begins, submission.type),))
    return rule(state, submission, context)


def _not_from_here(state: Certificate, begins: CertificateState, asked: str) -> Finding:
    if state.state == "CONFIRMED" and asked == "certificate.confirm-import.v1":
        message = f"Do nothing: the import of {state.number} is confirmed already."
        return refuse("E_ALREADY_CONFIRMED", "sub", message)
    message = f"{state.number} is {state.state}; this needs a certificate that is {begins}."
    return refuse("E_CERTIFICATE_TRANSITION", "sub", message, state=state.state, needs=begins)


def evolve(state: Certificate | None, event: Event) -> Certificate:
    """Say what is true after an event."""
    match event.change:
        case Issued(certificate=certificate):
            return certificate
        case Validated(validation=validation) if state:
            return state.model_copy(update={"state": "VALIDATED", "validation": validation})
        case Exported(export=export) if state:
            return state.model_copy(update={"state": "EXPORTED", "export": export})
        case Arrived(arrival=arrival) if state:
            return state.model_copy(update={"state": "ARRIVED", "arrival": arrival})
        case ImportConfirmed(confirmation=confirmation) if state:
            return state.model_copy(update={"state": "CONFIRMED", "confirmation": confirmation})
        case _:
            raise ValueError(f"{event.type} cannot happen to {state.number if state else 'no certificate'}")
