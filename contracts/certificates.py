"""The Kimberley Process Certificate on the wire: its state, what authorities submit, what is recorded."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from contracts.values import OPEN, Alpha2, AuthorityId, Carats, Difference, Hs6, State, Text, Usd, Wire

CertificateState = Annotated[Literal["ISSUED", "VALIDATED", "EXPORTED", "ARRIVED", "CONFIRMED"], OPEN]
MatchResult = Literal["MATCHED", "MATCHED_WITH_NOTE"]
Number = Annotated[str, Field(min_length=3, max_length=40)]

_SEPARATORS = re.compile(r"[\s\-/.]")
_CANONICAL = re.compile(r"^[A-Z]{2}[A-Z0-9]{1,14}$")


def canonical_number(printed: str) -> str:
    """Bring a printed number to its canonical form: upper case, no separators (domain.md §1.4)."""
    return _SEPARATORS.sub("", printed).upper()


def is_canonical(number: str) -> bool:
    """Say whether a canonical number has the form every certificate number has."""
    return number.isascii() and _CANONICAL.match(number) is not None


def certificate_key(printed: str) -> str:
    """Derive the identity of a certificate, and its Kafka key: `AO 000123` and `AO123` are one certificate."""
    number = canonical_number(printed)
    return number[:2] + (number[2:].lstrip("0") or "0")


class Line(State):
    """One line of a certificate: a HS code with its weight and value."""

    hs6: Hs6
    carats: Carats
    value_usd: Usd


class Party(State):
    """An exporter or importer. Commercially sensitive: never in a topic that a third participant reads."""

    name: Text
    address: Text
    country: Alpha2


class Parties(State):
    """Who sends and who receives."""

    exporter: Party
    importer: Party


class Origin(State):
    """One known origin of a mixed parcel."""

    iso2: Alpha2
    carats: Carats | None = None


class Evidence(State):
    """Why the goods are lawful (domain.md §7.2 G-EVIDENCE)."""

    kind: Literal["PRODUCTION_LOT", "IMPORT_CERTIFICATE", "STOCK_DECLARATION"]
    ref: Text


class IssueCertificate(Wire):
    """`certificate.issue.v1`: an exporting authority issues a certificate (T3); Annex I of the core document."""

    number: Number
    issuer: Alpha2
    destination: Alpha2
    issued_on: date
    expires_on: date
    languages: list[str] = Field(min_length=1, max_length=10)
    attested: Literal[True]
    origin: Alpha2 | None = None
    mixed_origin: bool = False
    origins: list[Origin] = Field(default_factory=list[Origin], max_length=60)
    parcel_count: int = Field(ge=1, le=100_000)
    carats: Carats
    value_usd: Usd
    lines: list[Line] = Field(min_length=1, max_length=60)
    evidence: list[Evidence] = Field(min_length=1, max_length=200)
    issued_by: Text
    private: Parties


class ValidateCertificate(Wire):
    """`certificate.validate.v1`: the exporting authority has checked and sealed the parcel (T4)."""

    validated_on: date
    officer_ref: Text
    method: Literal["FULL", "RISK"]
    seal_numbers: list[Text] = Field(min_length=1, max_length=50)


class ExportCertificate(Wire):
    """`certificate.export.v1`: the shipment has left (T5); the advance notification of Annex II."""

    exported_on: date
    port: Text
    expected_arrival: date | None = None


class ArriveCertificate(Wire):
    """`certificate.arrive.v1`: the shipment is presented to the importing authority (T6)."""

    arrived_on: date


class ConfirmImport(Wire):
    """`certificate.confirm-import.v1`: the importing authority has verified the shipment (T7)."""

    confirmed_on: date
    parcel_count: int = Field(ge=1, le=100_000)
    measured_carats: Carats
    hs_codes: list[Hs6] = Field(min_length=1, max_length=3)
    seal_intact: bool
    original_sighted: bool
    officer_ref: Text
    own_valuation_usd: Usd | None = None


class Validation(State):
    """When, by whom and how the parcel was checked and sealed."""

    validated_on: date
    officer_ref: Text
    method: Literal["FULL", "RISK"]
    seal_numbers: list[Text]


class Export(State):
    """When and where the shipment left."""

    exported_on: date
    port: Text
    expected_arrival: date | None = None


class Arrival(State):
    """When the shipment was presented, and to whom."""

    arrived_on: date
    authority_id: AuthorityId


class Confirmation(State):
    """The current import confirmation: the minimum of Section III(b), and what was found."""

    confirmed_on: date
    authority_id: AuthorityId
    officer_ref: Text
    parcel_count: int
    measured_carats: Carats
    hs_codes: list[Hs6]
    seal_intact: bool
    original_sighted: bool
    declared_value_usd: Usd
    own_valuation_usd: Usd | None = None
    match: MatchResult
    difference_carats: Difference
    notes: list[str] = Field(default_factory=list[str])


class Certificate(State):
    """The whole state of one certificate; `id` is its identity, `number` its canonical form."""

    id: str
    number: str
    number_as_printed: str
    type: Annotated[Literal["EXPORT"], OPEN] = "EXPORT"
    state: CertificateState
    issuer: Alpha2
    issuing_authority_id: AuthorityId
    destination: Alpha2
    provenance: Alpha2
    issued_on: date
    expires_on: date
    issued_by: Text
    languages: list[str]
    attested: bool
    origin: Alpha2 | None
    mixed_origin: bool
    origins: list[Origin]
    parcel_count: int
    carats: Carats
    value_usd: Usd
    lines: list[Line]
    evidence: list[Evidence]
    validation: Validation | None = None
    export: Export | None = None
    arrival: Arrival | None = None
    confirmation: Confirmation | None = None
    private: Parties


class Issued(Wire):
    """The change in `certificate.issued.v1`: everything stands in the state."""

    certificate: Certificate = Field(exclude=True)
    from_state: None = None
    to_state: Literal["ISSUED"] = "ISSUED"


class Validated(Wire):
    """The change in `certificate.validated.v1`."""

    validation: Validation


class Exported(Wire):
    """The change in `certificate.exported.v1`."""

    export: Export


class Arrived(Wire):
    """The change in `certificate.arrived.v1`."""

    arrival: Arrival


class ImportConfirmed(Wire):
    """The change in `certificate.import-confirmed.v1`."""

    confirmation: Confirmation
