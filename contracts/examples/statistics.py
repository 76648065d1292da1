"""A real return, the Democratic Republic of the Congo's for 2022-H1 as first filed, and what AO000123 adds up to."""

from datetime import UTC, date, datetime
from decimal import Decimal

from contracts.catalogue import FACTS
from contracts.examples.step import SECRETARIAT, Sent, Step
from contracts.facts import compose_derived
from contracts.statistics import (
    CorridorTotals,
    FileProductionReturn,
    HistoricalImport,
    ProductionLine,
    ProductionReturn,
    ProductionReturnFiled,
    return_key,
)

_RECEIVED = datetime(2026, 1, 5, 8, 30, 0, 125_000, UTC)
_KEY = return_key("CD", "PRODUCTION", "2022-H1")
_FILE = FileProductionReturn(
    code="CD",
    period="2022-H1",
    nil=False,
    lines=[
        ProductionLine(sector="ASM", carats=Decimal("3378987.65"), value_usd=Decimal("22639217.26")),
        ProductionLine(sector="LSM", carats=Decimal("1761189.74"), value_usd=Decimal("11799971.26")),
    ],
    historical=HistoricalImport(
        filed_on=date(2023, 3, 17), source="KP statistics, public export of the production table, first entries"
    ),
)
_filed = ProductionReturn(
    **dict(_FILE),
    id=_KEY,
    year=2022,
    carats=Decimal("5140177.39"),
    value_usd=Decimal("34439188.52"),
    filed_on=date(2023, 3, 17),
    received_at=_RECEIVED,
    filed_by=SECRETARIAT.authority,
)

STEPS = (
    Step(None, Sent(SECRETARIAT, _KEY, _RECEIVED, _FILE), 1, ProductionReturnFiled(production_return=_filed), _filed),
)

# Partition 11 of 12 is where Kafka's own partitioner puts the key AO123.
_TOTALS = CorridorTotals(
    id="AO>AE|2026-Q1|EXPORT|11",
    exporter="AO",
    importer="AE",
    period="2026-Q1",
    flow="EXPORT",
    partition=11,
    certificates=1,
    carats=Decimal("1250.00"),
    value_usd=Decimal("250000.00"),
)
TOTALLED = compose_derived(
    FACTS["corridor.totalled.v1"], _TOTALS.id, 1, _TOTALS, datetime(2026, 3, 5, 16, 40, 5, 250_000, UTC)
)
