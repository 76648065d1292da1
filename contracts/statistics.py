"""Statistics on the wire: production returns, and quarterly totals derived from certificates."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from contracts.values import Alpha2, Difference, Flow, Instant, ReportedCarats, ReportedUsd, State, Text, Wire

Sector = Literal["TOTAL", "ASM", "LSM"]
HalfYear = Annotated[str, Field(pattern=r"^20[0-9]{2}-H[12]$")]


def return_key(code: str, stream: str, period: str) -> str:
    """Derive the identity of a return, and its Kafka key: `CD|PRODUCTION|2022-H1` (domain.md §8.3)."""
    return f"{code}|{stream}|{period}"


class ProductionLine(State):
    """Carats and value of one sector; two lines of one sector stay two lines."""

    sector: Sector
    carats: ReportedCarats
    value_usd: ReportedUsd


class HistoricalImport(State):
    """A return from before the platform: when it was filed then (unknown for the oldest), and where it comes from."""

    filed_on: date | None = None
    source: Text


class FileProductionReturn(Wire):
    """`production-return.file.v1`: the production of one half-year.

    `nilRows` counts the source's explicit "no production" entries; one real return has both (domain.md §7.5 C3).
    """

    code: Alpha2
    period: HalfYear
    nil: bool
    nil_rows: int = Field(default=0, ge=0, le=100)
    lines: list[ProductionLine] = Field(default_factory=list[ProductionLine], max_length=100)
    historical: HistoricalImport | None = None


class ProductionReturn(State):
    """The whole state of one production return."""

    id: str
    code: Alpha2
    stream: Literal["PRODUCTION"] = "PRODUCTION"
    period: HalfYear
    year: int
    nil: bool
    nil_rows: int
    lines: list[ProductionLine]
    carats: Difference
    value_usd: Difference
    filed_on: date | None
    historical: HistoricalImport | None = None
    received_at: Instant
    filed_by: str


class ProductionReturnFiled(Wire):
    """The change in `production-return.filed.v1`: everything stands in the state."""

    production_return: ProductionReturn = Field(exclude=True)


class CorridorTotals(State):
    """What certificates add up to: one corridor, quarter and flow, as far as one partition of the log knows.

    Totals of all partitions add up to the corridor's (design §2): readers sum over `partition`.
    """

    id: str
    exporter: Alpha2
    importer: Alpha2
    period: Annotated[str, Field(pattern=r"^20[0-9]{2}-Q[1-4]$")]
    flow: Flow
    partition: int
    certificates: int
    carats: Difference
    value_usd: Difference


class CorridorTotalled(Wire):
    """The change in `corridor.totalled.v1`: everything stands in the state."""
