"""What was found out, in a form that a console and a page can show: sections with a table, and verdicts."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a target was reached; `at_most` says that less is better."""

    what: str
    measured: float
    target: float
    unit: str = ""
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Say whether it was."""
        return self.measured <= self.target if self.at_most else self.measured >= self.target

    @property
    def word(self) -> str:
        """Say it in one word."""
        return "reached" if self.reached else "missed"

    @property
    def line(self) -> str:
        """Say what was measured beside what was wanted."""
        digits, bound = (0, "at most") if self.at_most else (2, "at least")
        measured, target = f"{self.measured:.{digits}f}{self.unit}", f"{self.target:.{digits}f}{self.unit}"
        return f"{self.what} {measured}; the target is {bound} {target}"


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement: its title, how to read it, its rows, and what they say of the targets."""

    title: str
    text: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    verdicts: Sequence[Verdict] = ()


def show(console: Console, section: Section) -> None:
    """Show a section to whoever waits for it."""
    table = Table(*section.headings, box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for row in section.rows:
        table.add_row(*row)
    console.print(f"\n[bold]{section.title}[/]")
    console.print(table)
    for verdict in section.verdicts:
        console.print(
            f"{verdict.word}: {verdict.line}",
            style="green" if verdict.reached else "red",
            highlight=False,
            markup=False,
        )


def rate(number: float) -> str:
    """Write a rate."""
    return f"{number:,.0f}/s"


def share(number: float) -> str:
    """Write a share of one as per cent."""
    return f"{number:.0%}"


def percentile(numbers: Iterable[float], part: float) -> float:
    """The number that a part of them does not exceed (nearest rank)."""
    ordered = sorted(numbers)
    return ordered[math.ceil(part * len(ordered)) - 1]
