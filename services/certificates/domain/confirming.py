"""T7: the importing authority has verified the shipment against its certificate (domain.md §7.2)."""

from collections.abc import Iterator
from decimal import Decimal

from contracts.certificates import Certificate, Confirmation, ConfirmImport, ImportConfirmed, MatchResult
from contracts.outcome import Accepted, Event, Finding, Rejection, refuse
from contracts.outcome import Decision as Outcome
from contracts.submission import Submission
from services.certificates.domain.trade import Context, not_before, not_future, only

# Tolerances are the platform's own: the core document has none (domain.md §1.7, §7.2).
ALWAYS_MATCHED = Decimal("0.10")
MATCHED_SHARE = Decimal("0.001")
NOTED_SHARE = Decimal("0.005")
VALUATION_LOW, VALUATION_HIGH = Decimal("0.75"), Decimal("1.33")


def confirm(state: Certificate, submission: Submission, context: Context) -> Outcome:
    """Confirm the import, or say every reason for which it needs a case instead."""
    data: ConfirmImport = submission.data
    match = weigh(state.carats, data.measured_carats)
    findings = (*_formal(state, submission, data), *_mismatches(state, data, match))
    if findings or match is None:
        return Rejection(findings)
    confirmation = _confirmation(state, submission, data, match)
    return Accepted([Event("certificate.import-confirmed.v1", ImportConfirmed(confirmation=confirmation))])


def weigh(declared: Decimal, measured: Decimal) -> MatchResult | None:
    """Compare weights in carats: matched, matched with a note, or None when they differ too much."""
    difference = abs(measured - declared)
    if difference <= max(ALWAYS_MATCHED, declared * MATCHED_SHARE):
        return "MATCHED"
    return "MATCHED_WITH_NOTE" if difference <= declared * NOTED_SHARE else None


def _formal(state: Certificate, submission: Submission, data: ConfirmImport) -> Iterator[Finding]:
    yield from only(submission, state.destination, "IMPORTING_AUTHORITY", "iss")
    yield from not_future(submission, data.confirmed_on, "data.confirmedOn")
    if state.arrival is not None:
        yield from not_before(state.arrival.arrived_on, data.confirmed_on, "data.confirmedOn")


def _mismatches(state: Certificate, data: ConfirmImport, match: MatchResult | None) -> Iterator[Finding]:
    if not data.seal_intact:
        yield _unconfirmable("SEAL_BROKEN", "data.sealIntact", "the seal is broken")
    if not data.original_sighted:
        yield _unconfirmable("ORIGINAL_MISSING", "data.originalSighted", "the original was not seen")
    if data.parcel_count != state.parcel_count:
        said = f"{data.parcel_count} parcels arrived, the certificate says {state.parcel_count}"
        yield _unconfirmable("PARCEL_COUNT", "data.parcelCount", said)
    if match is None:
        said = f"{data.measured_carats} ct were measured, the certificate says {state.carats} ct"
        yield _unconfirmable("WEIGHT_DIFFERENCE", "data.measuredCarats", said)
    if set(data.hs_codes) != {line.hs6 for line in state.lines}:
        yield _unconfirmable("HS_MISMATCH", "data.hsCodes", "the HS codes are not those of the certificate")
    if state.arrival is not None and state.arrival.arrived_on > state.expires_on:
        yield _unconfirmable("EXPIRED_ON_ARRIVAL", "data.confirmedOn", f"it expired on {state.expires_on}")


def _unconfirmable(reason: str, path: str, said: str) -> Finding:
    message = f"Open an irregularity instead of confirming: {said}."
    return refuse("E_NOT_CONFIRMABLE", path, message, reason=reason)


def _confirmation(state: Certificate, submission: Submission, data: ConfirmImport, match: MatchResult) -> Confirmation:
    return Confirmation(
        **dict(data),
        authority_id=submission.signer.authority,
        declared_value_usd=state.value_usd,
        match=match,
        difference_carats=data.measured_carats - state.carats,
        notes=_notes(state, data),
    )


def _notes(state: Certificate, data: ConfirmImport) -> list[str]:
    if data.own_valuation_usd is None:
        return []
    ratio = data.own_valuation_usd / state.value_usd
    return [] if VALUATION_LOW <= ratio <= VALUATION_HIGH else ["VALUATION_GAP"]
