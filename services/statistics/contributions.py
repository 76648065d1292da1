"""What one certificate contributes to which total: pure arithmetic over facts (domain.md §8.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.facts import Fact
from contracts.values import Flow, quarter

COUNTED = frozenset({"certificate.exported.v1", "certificate.import-confirmed.v1"})
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Cell:
    """A corridor in one quarter, seen from the side that `flow` names."""

    exporter: str
    importer: str
    period: str
    flow: Flow

    def id(self, partition: int) -> str:
        """Name the cell's share of one partition; the key of its fact."""
        return f"{self.exporter}>{self.importer}|{self.period}|{self.flow}|{partition}"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of certificates, their carats and their value in US$."""

    certificates: int = 0
    carats: Decimal = _NOTHING
    value_usd: Decimal = _NOTHING

    def plus(self, other: "Amount", times: int = 1) -> "Amount":
        """Add an amount, or take it away with `times=-1`."""
        return Amount(
            self.certificates + times * other.certificates,
            self.carats + times * other.carats,
            self.value_usd + times * other.value_usd,
        )


Contribution = Mapping[Cell, Amount]


def contribution(fact: Fact) -> Contribution:
    """Say what a certificate adds up to after a fact.

    The exporter counts it in the quarter of the export, the importer in the quarter of the confirmation;
    the importer counts the carats it measured and the value that was declared (domain.md §7.2).
    """
    state = fact.data
    amount = Amount(1, Decimal(state["carats"]), Decimal(state["valueUsd"]))
    cells: dict[Cell, Amount] = {}
    if state["export"]:
        cells[_cell(state, state["export"]["exportedOn"], "EXPORT")] = amount
    if state["confirmation"]:
        measured = Amount(1, Decimal(state["confirmation"]["measuredCarats"]), amount.value_usd)
        cells[_cell(state, state["confirmation"]["confirmedOn"], "IMPORT")] = measured
    return cells


def _cell(state: Mapping[str, Any], day: str, flow: Flow) -> Cell:
    return Cell(state["issuer"], state["destination"], quarter(date.fromisoformat(day)), flow)


def difference(before: Contribution, after: Contribution) -> dict[Cell, Amount]:
    """Say what must be added to the cells when a certificate contributes `after` instead of `before`."""
    changed = {cell: after.get(cell, Amount()).plus(before.get(cell, Amount()), -1) for cell in {*before, *after}}
    return {cell: amount for cell, amount in changed.items() if amount != Amount()}


def total(differences: Iterable[tuple[int, Mapping[Cell, Amount]]]) -> dict[tuple[Cell, int], Amount]:
    """Add differences up per cell and partition."""
    sums: dict[tuple[Cell, int], Amount] = {}
    for partition, cells in differences:
        for cell, amount in cells.items():
            sums[cell, partition] = sums.get((cell, partition), Amount()).plus(amount)
    return sums
