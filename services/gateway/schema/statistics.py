"""Statistics in the schema: production returns, what they add up to, and what certificates add up to."""

from datetime import date, datetime

import strawberry
from strawberry import ID, Parent, field

from backbone.mongo import Document
from services.gateway.schema.words import Carats, Flow, Usd


@strawberry.type(description="Carats and value of one sector of a production return.")
class ProductionLine:
    sector: str = field(description="TOTAL, ASM (artisanal and small-scale mining) or LSM (large-scale mining).")
    carats: Carats = field(description="The mass that was mined.")
    value_usd: Usd = field(description="Its value.")


@strawberry.type(description="Where a return from before the platform comes from.")
class HistoricalImport:
    filed_on: date | None = field(description="When it was filed then, where that is known.")
    source: str = field(description="Where the figures were published.")


@strawberry.type(description="What a Participant says it mined in a half-year.")
class ProductionReturn:
    id: ID = field(description="Participant, stream and period: CD|PRODUCTION|2022-H1.")
    code: ID = field(description="The Participant.")
    stream: str = field(description="PRODUCTION.")
    period: str = field(description="The half-year: 2022-H1.")
    year: int = field(description="The year.")
    nil: bool = field(description="Whether it says that nothing was mined.")
    nil_rows: int = field(description="How many explicit entries of no production it has.")
    lines: list[ProductionLine] = field(description="The lines, by sector.")
    carats: Carats = field(description="The mass of all lines.")
    value_usd: Usd = field(description="The value of all lines.")
    filed_on: date | None = field(description="When it was filed.")
    historical: HistoricalImport | None = field(description="Where it comes from, for one from before the platform.")
    received_at: datetime = field(description="When the log received it.")
    filed_by: str = field(description="The authority that filed it.")
    version: int = field(description="How many times it was recorded; revisions never overwrite history.")


@strawberry.type(description="The production of a year, added up from the returns as they stand now.")
class ProductionTotals:
    year: int = field(description="The year.")
    code: ID | None = field(description="The Participant, or null for all.")
    carats: Carats = field(description="The mass.")
    value_usd: Usd = field(description="The value.")
    participants: int = field(description="How many Participants have filed.")
    returns: int = field(description="How many returns are counted.")


@strawberry.type(description="What the certificates of one corridor, quarter and direction add up to.")
class CorridorTotals:
    exporter: ID = field(description="The exporting Participant.")
    importer: ID = field(description="The importing Participant.")
    period: str = field(description="The quarter: 2026-Q1.")
    flow: Flow = field(description="EXPORT: as exported; IMPORT: as confirmed.")
    certificates: int = field(description="How many certificates.")
    carats: Carats = field(description="The mass.")
    value_usd: Usd = field(description="The value.")


def _service(root: Parent[Document]) -> str:
    return root["_id"]


@strawberry.type(description="How new the newest fact of a service is, as seen here.")
class Freshness:
    service: str = field(resolver=_service, description="certificates, participants or statistics.")
    newest: datetime = field(description="The time of its newest fact.")
    age_seconds: float = field(description="How long ago that was.")
