"""T3: an exporting authority issues a certificate (domain.md §7.2, Annex I of the core document)."""

from collections.abc import Iterator

from contracts.certificates import Certificate, IssueCertificate, Issued, canonical_number
from contracts.outcome import Accepted, Decision, Event, Finding, Rejection, refuse, warn
from contracts.participants import Participant, last_valid_day
from contracts.submission import Submission
from services.certificates.domain.numbers import check_number
from services.certificates.domain.trade import Context, corridor, not_future, only


def issue(state: Certificate | None, submission: Submission, context: Context) -> Decision:
    """Issue a certificate, or say everything that is wrong with it."""
    data: IssueCertificate = submission.data
    findings = tuple(_findings(state, submission, data, context))
    if any(finding.level == "SEVERE" for finding in findings):
        return Rejection(findings)
    destination = context.registry.resolve(data.destination, data.issued_on)
    change = Issued(certificate=_certificate(submission, data, destination))
    return Accepted([Event("certificate.issued.v1", change)], findings)


def _findings(
    state: Certificate | None, submission: Submission, data: IssueCertificate, context: Context
) -> Iterator[Finding]:
    yield from only(submission, data.issuer, "EXPORTING_AUTHORITY", "data.issuer")
    if state is not None:
        message = f"Use another number: {state.number} was issued on {state.issued_on} and is never used again."
        yield refuse("E_CERT_NUMBER_DUPLICATE", "data.number", message)
    yield from corridor(context, data.issuer, data.destination, data.issued_on, "data.issuedOn")
    yield from not_future(submission, data.issued_on, "data.issuedOn")
    yield from _check_lines(data)
    yield from _check_languages(data)
    issuer = context.registry.participant(data.issuer)
    if issuer is not None:
        yield from check_number(submission, data.number, issuer, data.issued_on)
        yield from _check_validity(data, issuer)
        yield from _check_origin(data, issuer)
    yield from _check_importer(data, context)


def _check_lines(data: IssueCertificate) -> Iterator[Finding]:
    carats = sum(line.carats for line in data.lines)
    if carats != data.carats:
        message = f"Make the lines add up: they come to {carats} ct, the certificate says {data.carats} ct."
        yield refuse("E_SUM_MISMATCH", "data.carats", message)
    value = sum(line.value_usd for line in data.lines)
    if value != data.value_usd:
        message = f"Make the lines add up: they come to US$ {value}, the certificate says US$ {data.value_usd}."
        yield refuse("E_SUM_MISMATCH", "data.valueUsd", message)


def _check_languages(data: IssueCertificate) -> Iterator[Finding]:
    if "en" not in data.languages:
        yield refuse("E_LANG_EN_MISSING", "data.languages", "Add an English translation and name it: en.")


def _check_validity(data: IssueCertificate, issuer: Participant) -> Iterator[Finding]:
    latest = last_valid_day(data.issued_on, issuer.validity)
    if not data.issued_on < data.expires_on <= latest:
        message = f"Let it expire after {data.issued_on} and not later than {latest} ({issuer.validity})."
        yield refuse("E_VALIDITY", "data.expiresOn", message, latest=latest.isoformat())


def _check_origin(data: IssueCertificate, issuer: Participant) -> Iterator[Finding]:
    if (data.origin is None) is not data.mixed_origin:
        yield refuse("E_ORIGIN", "data.origin", "Name one country of origin, or say mixedOrigin, but not both.")
    elif data.origin == issuer.code and not issuer.producer:
        message = f"Check the origin: {issuer.code} does not report production."
        yield warn("W_ORIGIN_NON_PRODUCER", "data.origin", message)


def _check_importer(data: IssueCertificate, context: Context) -> Iterator[Finding]:
    resolve, on = context.registry.resolve, data.issued_on
    country = data.private.importer.country
    if resolve(country, on) != resolve(data.destination, on):
        message = f"Name an importer in {data.destination}, or another destination: this one is in {country}."
        yield refuse("E_IMPORTER_COUNTRY", "data.private.importer.country", message)


def _certificate(submission: Submission, data: IssueCertificate, destination: str) -> Certificate:
    fields = {name: getattr(data, name) for name in IssueCertificate.model_fields}
    fields |= {
        "id": submission.subject,
        "number": canonical_number(data.number),
        "number_as_printed": data.number,
        "state": "ISSUED",
        "issuing_authority_id": submission.signer.authority,
        "destination": destination,
        "provenance": data.issuer,
    }
    return Certificate(**fields)
