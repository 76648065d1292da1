"""The worked case W1: AO000123 from Angola to the United Arab Emirates, issued, sealed, shipped, received, confirmed.

Shipment and authorities' ids are made up, the rules they keep are not (domain.md §7.2). Companies have no names.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from contracts.certificates import (
    Arrival,
    ArriveCertificate,
    Arrived,
    Certificate,
    Confirmation,
    ConfirmImport,
    Evidence,
    Export,
    ExportCertificate,
    Exported,
    ImportConfirmed,
    IssueCertificate,
    Issued,
    Line,
    Parties,
    Party,
    ValidateCertificate,
    Validated,
    Validation,
    canonical_number,
)
from contracts.examples.step import Sent, Step
from contracts.facts import OutgoingFact, compose_refusal
from contracts.outcome import refuse
from contracts.submission import Signer

_KEY = "AO123"
_ANGOLA = Signer("AO-MIREMPET/2026-1", "AO-MIREMPET", "AO", frozenset({"EXPORTING_AUTHORITY"}))
_EMIRATES = Signer("AE-DUBAI/2026-1", "AE-DUBAI", "AE", frozenset({"IMPORTING_AUTHORITY"}))

_ISSUE = IssueCertificate(
    number="AO 000123",
    issuer="AO",
    destination="AE",
    issued_on=date(2026, 3, 2),
    expires_on=date(2026, 5, 1),
    languages=["pt", "en"],
    attested=True,
    origin="AO",
    parcel_count=2,
    carats=Decimal("1250.00"),
    value_usd=Decimal("250000.00"),
    lines=[
        Line(hs6="710210", carats=Decimal("800.00"), value_usd=Decimal("96000.00")),
        Line(hs6="710231", carats=Decimal("450.00"), value_usd=Decimal("154000.00")),
    ],
    evidence=[Evidence(kind="PRODUCTION_LOT", ref="AO-2026-02-LOT7")],
    issued_by="AO-0017",
    private=Parties(
        exporter=Party(name="Exporting company", address="Its address in Angola", country="AO"),
        importer=Party(name="Importing company", address="Its address in the United Arab Emirates", country="AE"),
    ),
)
_VALIDATE = ValidateCertificate(
    validated_on=date(2026, 3, 4), officer_ref="AO-0042", method="FULL", seal_numbers=["S-99812"]
)
_EXPORT = ExportCertificate(exported_on=date(2026, 3, 5), port="LAD", expected_arrival=date(2026, 3, 6))
_ARRIVE = ArriveCertificate(arrived_on=date(2026, 3, 7))
_CONFIRM = ConfirmImport(
    confirmed_on=date(2026, 3, 8),
    parcel_count=2,
    measured_carats=Decimal("1249.10"),
    hs_codes=["710210", "710231"],
    seal_intact=True,
    original_sighted=True,
    officer_ref="AE-0007",
)

_printed: dict[str, Any] = {name: value for name, value in _ISSUE if name != "number"}
_issued = Certificate(
    **_printed,
    number=canonical_number(_ISSUE.number),
    id=_KEY,
    number_as_printed=_ISSUE.number,
    state="ISSUED",
    issuing_authority_id=_ANGOLA.authority,
    provenance=_ISSUE.issuer,
)
_validation = Validation(**dict(_VALIDATE))
_validated = _issued.model_copy(update={"state": "VALIDATED", "validation": _validation})
_export = Export(**dict(_EXPORT))
_exported = _validated.model_copy(update={"state": "EXPORTED", "export": _export})
_arrival = Arrival(arrived_on=_ARRIVE.arrived_on, authority_id=_EMIRATES.authority)
_arrived = _exported.model_copy(update={"state": "ARRIVED", "arrival": _arrival})
_confirmation = Confirmation(
    **dict(_CONFIRM),
    authority_id=_EMIRATES.authority,
    declared_value_usd=_ISSUE.value_usd,
    match="MATCHED",
    difference_carats=Decimal("-0.90"),
)
_confirmed = _arrived.model_copy(update={"state": "CONFIRMED", "confirmation": _confirmation})


def _on(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 3, day, hour, minute, 5, 250_000, UTC)


STEPS = (
    Step(None, Sent(_ANGOLA, _KEY, _on(2, 9, 14), _ISSUE), 1, Issued(certificate=_issued), _issued),
    Step(_issued, Sent(_ANGOLA, _KEY, _on(4, 13, 2), _VALIDATE), 2, Validated(validation=_validation), _validated),
    Step(_validated, Sent(_ANGOLA, _KEY, _on(5, 16, 40), _EXPORT), 3, Exported(export=_export), _exported),
    Step(_exported, Sent(_EMIRATES, _KEY, _on(7, 6, 31), _ARRIVE), 4, Arrived(arrival=_arrival), _arrived),
    Step(
        _arrived,
        Sent(_EMIRATES, _KEY, _on(8, 7, 55), _CONFIRM),
        5,
        ImportConfirmed(confirmation=_confirmation),
        _confirmed,
    ),
)

_short_line = Line(hs6="710231", carats=Decimal("449.99"), value_usd=Decimal("154000.00"))
MISCOUNTED = Sent(_ANGOLA, _KEY, _on(2, 9, 10), _ISSUE.model_copy(update={"lines": [_ISSUE.lines[0], _short_line]}))
"""The worked case W5: the lines come to a hundredth of a carat less than the certificate says."""


def _refused() -> OutgoingFact:
    message = "Make the lines add up: they come to 1249.99 ct, the certificate says 1250.00 ct."
    finding = refuse("E_SUM_MISMATCH", "data.carats", message)
    return compose_refusal("certificates", MISCOUNTED.cause, MISCOUNTED.claims, [finding])


REFUSED = _refused()
