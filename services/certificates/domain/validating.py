"""T4: the exporting authority has checked and sealed the parcel (domain.md §7.2)."""

from collections.abc import Iterator

from contracts.certificates import Certificate, ValidateCertificate, Validated, Validation
from contracts.outcome import Accepted, Decision, Event, Finding, Rejection, refuse
from contracts.submission import Submission
from services.certificates.domain.trade import Context, corridor, not_before, not_future, only


def validate(state: Certificate, submission: Submission, context: Context) -> Decision:
    """Validate a certificate by a second pair of eyes."""
    data: ValidateCertificate = submission.data
    findings = tuple(_findings(state, submission, data, context))
    if findings:
        return Rejection(findings)
    validation = Validation(**dict(data))
    return Accepted([Event("certificate.validated.v1", Validated(validation=validation))])


def _findings(
    state: Certificate, submission: Submission, data: ValidateCertificate, context: Context
) -> Iterator[Finding]:
    yield from only(submission, state.issuer, "EXPORTING_AUTHORITY", "iss")
    if data.officer_ref == state.issued_by:
        message = f"Let another officer than {state.issued_by} validate: who issues does not validate."
        yield refuse("E_FOUR_EYES", "data.officerRef", message)
    yield from not_future(submission, data.validated_on, "data.validatedOn")
    yield from not_before(state.issued_on, data.validated_on, "data.validatedOn")
    if data.validated_on > state.expires_on:
        yield refuse(
            "E_EXPIRED", "data.validatedOn", f"Issue a new certificate: this one expired on {state.expires_on}."
        )
    yield from corridor(context, state.issuer, state.destination, data.validated_on, "data.validatedOn")
