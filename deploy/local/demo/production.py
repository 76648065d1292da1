"""The real production returns, filed by the Secretariat as historical imports; the same bytes in every run."""

from dataclasses import dataclass
from datetime import date

import reference
from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.statistics import FileProductionReturn, HistoricalImport, ProductionLine
from deploy.local.demo.register import RECORDED
from reference.facts import ProductionReturn
from reference.production_file import group_into_returns, production_file, read_rows

_SOURCE = "Production table of the KP's statistics website, as exported in 2025"


@dataclass(frozen=True)
class Filed:
    """Returns and where they come from; `rows` is how many rows of the source they hold."""

    returns: tuple[ProductionReturn, ...]
    rows: int
    told: str


def find() -> Filed:
    """Read the whole production file where it is, else the returns of 2023 that `reference` restates."""
    path = production_file()
    if path.exists():
        rows = read_rows(path)
        return Filed(group_into_returns(rows), len(rows), f"the KP's production file ({path.name})")
    returns = reference.returns_2023()
    rows = sum(len(one.lines) + one.nil_rows for one in returns)
    return Filed(returns, rows, "the published figures of 2023 in reference/ (KP_DATA_DIR names no production file)")


def statements(key: SigningKey, filed: Filed) -> list[Sealed]:
    """File every return, with the date on which it was filed then."""
    return [
        build(key, _return(one), submission_id=f"demo:return:{one.code}:{one.period}", issued_at=RECORDED)
        for one in filed.returns
    ]


def days_filed(filed: Filed) -> tuple[date, date] | None:
    """The earliest and the latest known date of filing."""
    days = [one.filed_on for one in filed.returns if one.filed_on]
    return (min(days), max(days)) if days else None


def _return(one: ProductionReturn) -> FileProductionReturn:
    lines = [
        ProductionLine(sector=line.sector.value, carats=line.carats, value_usd=line.value_usd) for line in one.lines
    ]
    return FileProductionReturn(
        code=one.code,
        period=one.period,
        nil=one.nil,
        nil_rows=one.nil_rows,
        lines=lines,
        historical=HistoricalImport(filed_on=one.filed_on, source=_SOURCE),
    )
