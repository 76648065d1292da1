"""T5: the shipment has left; the fact is the advance notification of Annex II (domain.md §7.2)."""

from collections.abc import Iterator

from contracts.certificates import Certificate, Export, ExportCertificate, Exported
from contracts.outcome import Accepted, Decision, Event, Finding, Rejection, refuse
from contracts.submission import Submission
from services.certificates.domain.trade import Context, corridor, not_before, not_future, only


def export(state: Certificate, submission: Submission, context: Context) -> Decision:
    """Record that the shipment left while the certificate was valid."""
    data: ExportCertificate = submission.data
    findings = tuple(_findings(state, submission, data, context))
    if findings:
        return Rejection(findings)
    left = Export(**dict(data))
    return Accepted([Event("certificate.exported.v1", Exported(export=left))])


def _findings(
    state: Certificate, submission: Submission, data: ExportCertificate, context: Context
) -> Iterator[Finding]:
    yield from only(submission, state.issuer, "EXPORTING_AUTHORITY", "iss")
    yield from not_future(submission, data.exported_on, "data.exportedOn")
    if state.validation is not None:
        yield from not_before(state.validation.validated_on, data.exported_on, "data.exportedOn")
    if data.exported_on > state.expires_on:
        message = f"Return it to the issuing authority for a new one: it was valid until {state.expires_on}."
        yield refuse("E_EXPIRED", "data.exportedOn", message, expiresOn=state.expires_on.isoformat())
    yield from corridor(context, state.issuer, state.destination, data.exported_on, "data.exportedOn")
