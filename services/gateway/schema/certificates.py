"""The Kimberley Process Certificate in the schema."""

from datetime import date, datetime
from typing import Any

import strawberry
from strawberry import ID, Parent, field
from strawberry.scalars import JSON

from backbone.mongo import Document
from services.gateway.schema.context import Asked
from services.gateway.schema.submissions import Finding
from services.gateway.schema.words import Carats, CertificateState, Classification, Usd


@strawberry.type(description="One line of a certificate: rough diamonds of one HS code (7102.10, 7102.21 or 7102.31).")
class Line:
    hs6: str = field(description="The code of the Harmonized System, six digits.")
    carats: Carats = field(description="The mass.")
    value_usd: Usd = field(description="The declared value.")


@strawberry.type(description="A company that sends or receives. Commercially sensitive.")
class Party:
    name: str = field(description="The name of the company.")
    address: str = field(description="Its address.")
    country: str = field(description="Its country (ISO 3166-1 alpha-2).")


@strawberry.type(description="Exporter and importer: for the issuing and the receiving Participant only.")
class Parties:
    exporter: Party = field(description="Who sends.")
    importer: Party = field(description="Who receives.")


@strawberry.type(description="A country where a part of a mixed parcel was mined.")
class Origin:
    iso2: str = field(description="The country (ISO 3166-1 alpha-2).")
    carats: Carats | None = field(description="The mass from there, where it is known.")


@strawberry.type(description="Why the goods are lawful.")
class Evidence:
    kind: str = field(description="PRODUCTION_LOT, IMPORT_CERTIFICATE or STOCK_DECLARATION.")
    ref: str = field(description="The reference of the lot, certificate or declaration.")


@strawberry.type(description="The check and sealing of the parcel by the exporting authority.")
class Validation:
    validated_on: date = field(description="When it was checked.")
    officer_ref: str = field(description="Which officer checked it.")
    method: str = field(description="FULL, or RISK for a check by risk.")
    seal_numbers: list[str] = field(description="The numbers of the seals.")


@strawberry.type(description="The departure of the shipment.")
class Export:
    exported_on: date = field(description="When it left.")
    port: str = field(description="From where it left.")
    expected_arrival: date | None = field(description="When it is expected.")


@strawberry.type(description="The presentation of the shipment to the importing authority.")
class Arrival:
    arrived_on: date = field(description="When it was presented.")
    authority_id: ID = field(description="To which authority.")


@strawberry.type(description="The import confirmation of Section III(b), and what was found.")
class Confirmation:
    confirmed_on: date = field(description="When the shipment was verified.")
    authority_id: ID = field(description="By which authority.")
    officer_ref: str = field(description="By which officer.")
    parcel_count: int = field(description="How many parcels were counted.")
    measured_carats: Carats = field(description="The mass that was measured.")
    hs_codes: list[str] = field(description="The HS codes that were found.")
    seal_intact: bool = field(description="Whether the seals were whole.")
    original_sighted: bool = field(description="Whether the original certificate was seen.")
    declared_value_usd: Usd = field(description="The value that the certificate declares.")
    own_valuation_usd: Usd | None = field(description="The value that the importing authority found.")
    match: str = field(description="MATCHED, or MATCHED_WITH_NOTE within the tolerance.")
    difference_carats: Carats = field(description="Measured less declared.")
    notes: list[str] = field(description="What was noted.")


def _at(root: Parent[Document]) -> datetime:
    return root["time"]


@strawberry.type(description="One recorded change of a certificate, with the signed statement that caused it.")
class HistoryEntry:
    sequence: int = field(description="The version of the certificate that this made; the first is 1.")
    type: str = field(description="The fact: certificate.issued.v1 and so on.")
    at: datetime = field(resolver=_at, description="When the log received the statement.")
    actor: ID = field(description="The authority that signed.")
    submission_id: ID = field(description="The submission behind it.")
    classification: Classification = field(description="Who may see it.")
    change: JSON = field(description="What changed, as the contract of the fact says.")
    signed: str = field(
        description="The original statement as it was received: a compact JWS (RFC 7515) to be verified."
    )
    findings: list[Finding] = field(description="Warnings that were recorded with it.")


def _parties(root: Parent[Document]) -> Any:
    return root["private"]


async def _history(root: Parent[Document], info: Asked) -> Any:
    return await info.context.histories.load(root["id"])


@strawberry.type(description="A Kimberley Process Certificate as it stands now, as its issuing authority declared it.")
class Certificate:
    id: ID = field(description="The identity: the number without leading zeros in its serial.")
    number: str = field(description="The number in canonical form: AO000123.")
    number_as_printed: str = field(description="The number as the paper shows it.")
    type: str = field(description="EXPORT.")
    state: CertificateState = field(description="How far it has come.")
    version: int = field(description="How many changes were recorded.")
    issuer: ID = field(description="The issuing Participant.")
    issuing_authority_id: ID = field(description="The exporting authority that issued it.")
    destination: ID = field(description="The receiving Participant.")
    provenance: ID = field(description="The Participant it was last exported from; not where it was mined.")
    issued_on: date = field(description="The date of issue.")
    expires_on: date = field(description="The last day on which it is valid.")
    issued_by: str = field(description="Who issued it.")
    languages: list[str] = field(description="The languages of the paper.")
    attested: bool = field(description="Whether it says that the diamonds were handled under the certification scheme.")
    origin: str | None = field(description="The country where the diamonds were mined; null for a mixed parcel.")
    mixed_origin: bool = field(description="Whether they come from several countries.")
    origins: list[Origin] = field(description="The countries of a mixed parcel, where known.")
    parcel_count: int = field(description="How many parcels.")
    carats: Carats = field(description="The mass of all lines.")
    value_usd: Usd = field(description="The declared value of all lines.")
    lines: list[Line] = field(description="The lines, by HS code.")
    evidence: list[Evidence] = field(description="Why the goods are lawful.")
    validation: Validation | None = field(description="The check and sealing, once done.")
    export: Export | None = field(description="The departure, once it happened.")
    arrival: Arrival | None = field(description="The presentation, once it happened.")
    confirmation: Confirmation | None = field(description="The import confirmation, once given.")
    parties: Parties = field(resolver=_parties, description="Exporter and importer. Commercially sensitive.")
    history: list[HistoryEntry] = field(resolver=_history, description="Every recorded change, oldest first.")


@strawberry.type(description="What anybody may know of a certificate's number.")
class CertificateVerification:
    number: str = field(description="The number that was asked for, in canonical form.")
    known: bool = field(description="Whether such a certificate is recorded.")
    state: CertificateState | None = field(description="How far it has come.")
    issuer: ID | None = field(description="The issuing Participant.")
    issued_on: date | None = field(description="The date of issue.")
    expires_on: date | None = field(description="The last day on which it is valid.")
