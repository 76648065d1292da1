# pyright: strict
"""The reader of the KP's real production file, which stays outside this repository: rows and returns."""

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from reference.facts import ProductionLine, ProductionReturn
from reference.vocabulary import Sector

FILE_NAME = "kp_production_halfyear_2003_2024H1.csv"

_NIL = "No Production"
# The file repeats the report type as the sector of everything filed before sectors were told apart.
_SECTORS = {"Production": Sector.TOTAL, "ASM": Sector.ASM, "LSM": Sector.LSM}


@dataclass(frozen=True)
class ProductionRow:
    """One row; `line` is None where nothing was mined. The time zone of the stamps is unknown."""

    source_row: int
    code: str
    year: int
    half: int
    line: ProductionLine | None
    created: datetime | None
    last_modified: datetime | None


def production_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the file is expected: in KP_DATA_DIR, else in `shared/data` beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(environ.get("KP_DATA_DIR", beside)) / FILE_NAME


def read_rows(path: Path) -> tuple[ProductionRow, ...]:
    """All rows in the order of the file; KeyError or ValueError for a file of another shape."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_row(record) for record in csv.DictReader(file))


def group_into_returns(rows: Iterable[ProductionRow]) -> tuple[ProductionReturn, ...]:
    """One return for each participant and half-year, in that order; two lines of one sector stay two."""
    ordered = sorted(rows, key=_return_of)  # stable: lines keep the order of the file
    return tuple(_return(key, tuple(group)) for key, group in groupby(ordered, key=_return_of))


def read_returns(path: Path) -> tuple[ProductionReturn, ...]:
    """Read the file and group its rows into returns."""
    return group_into_returns(read_rows(path))


def _row(record: Mapping[str, str]) -> ProductionRow:
    return ProductionRow(
        source_row=int(record["source_row"]),
        code=record["iso2"],
        year=int(record["year"]),
        half=int(record["half"]),
        line=None if record["report_type"] == _NIL else _line(record),
        created=_instant(record["created_utc_unknown_tz"]),
        last_modified=_instant(record["last_modified"]),
    )


def _line(record: Mapping[str, str]) -> ProductionLine:
    return ProductionLine(
        sector=_SECTORS[record["sector"]],
        carats=Decimal(record["carats"]),
        value_usd=Decimal(record["value_usd"]),
    )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _return_of(row: ProductionRow) -> tuple[str, int, int]:
    return row.code, row.year, row.half


def _return(key: tuple[str, int, int], rows: tuple[ProductionRow, ...]) -> ProductionReturn:
    code, year, half = key
    lines = tuple(row.line for row in rows if row.line is not None)
    created = [row.created for row in rows if row.created is not None]
    return ProductionReturn(
        code=code,
        year=year,
        half=half,
        lines=lines,
        nil_rows=len(rows) - len(lines),
        filed_on=max(created).date() if created else None,
    )
