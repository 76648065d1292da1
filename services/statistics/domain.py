"""The pure rules of returns: who may file what for which period (domain.md §7.5)."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.domain import Domain
from contracts.outcome import Accepted, Decision, Event, Finding, Rejection, refuse
from contracts.statistics import FileProductionReturn, ProductionReturn, ProductionReturnFiled, return_key
from contracts.submission import Submission
from contracts.values import SECRETARIAT


def decide(state: ProductionReturn | None, submission: Submission, _: Any) -> Decision:
    """Judge a production return; says every violation at once."""
    data: FileProductionReturn = submission.data
    findings = tuple(_findings(state, submission, data))
    if findings:
        return Rejection(findings)
    change = ProductionReturnFiled(production_return=_filed(submission, data))
    return Accepted([Event("production-return.filed.v1", change)])


def _findings(state: ProductionReturn | None, submission: Submission, data: FileProductionReturn) -> Iterator[Finding]:
    key = return_key(data.code, "PRODUCTION", data.period)
    if submission.subject != key:
        yield refuse("E_SUBJECT", "sub", f"Use {key} as subject and Kafka key.", expected=key)
    yield from _check_sender(submission, data)
    if state is not None:
        message = f"Revise the return for {data.period} instead: one was received on {state.received_at.date()}."
        yield refuse("E_DUPLICATE_SUBMISSION", "data.period", message)
    if data.nil and data.lines:
        yield refuse("E_NIL_WITH_LINES", "data.nil", "Say nil or give lines, but not both.")
    if not data.nil and not data.lines:
        yield refuse("E_FIELD_MISSING", "data.lines", "Give at least one line, or say nil.")
    if data.historical is None and submission.received_on <= period_end(data.period):
        message = f"File it after {period_end(data.period)}, when the period has ended."
        yield refuse("E_PERIOD_NOT_ENDED", "data.period", message)


def _check_sender(submission: Submission, data: FileProductionReturn) -> Iterator[Finding]:
    signer = submission.signer
    secretariat = signer.participant == SECRETARIAT and "SECRETARIAT" in signer.roles
    own = signer.participant == data.code and "FOCAL_POINT" in signer.roles
    # The Secretariat imports what was filed before the platform was there; it files nothing for anyone.
    if not (secretariat if data.historical else own):
        message = f"Let a focal point of {data.code} file it; the Secretariat only imports historical returns."
        yield refuse("E_FORBIDDEN_AUTHORITY", "iss", message, authority=signer.authority)


def period_end(period: str) -> date:
    """Name the last day of a half-year such as `2023-H1`."""
    year, month = int(period[:4]), 6 if period.endswith("H1") else 12
    return date(year, month, monthrange(year, month)[1])


def _filed(submission: Submission, data: FileProductionReturn) -> ProductionReturn:
    return ProductionReturn(
        id=submission.subject,
        code=data.code,
        period=data.period,
        year=int(data.period[:4]),
        nil=data.nil,
        nil_rows=data.nil_rows,
        lines=data.lines,
        carats=sum((line.carats for line in data.lines), Decimal("0.00")),
        value_usd=sum((line.value_usd for line in data.lines), Decimal("0.00")),
        filed_on=data.historical.filed_on if data.historical else submission.received_on,
        historical=data.historical,
        received_at=submission.received_at,
        filed_by=submission.signer.authority,
    )


def evolve(_: ProductionReturn | None, event: Event) -> ProductionReturn:
    """Say what is true after an event."""
    if isinstance(event.change, ProductionReturnFiled):
        return event.change.production_return
    raise ValueError(f"{event.type} is no event of a return")


DOMAIN = Domain(service="statistics", state=ProductionReturn, decide=decide, evolve=evolve)
