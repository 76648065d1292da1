"""Writes `docs/performance.md` from what was measured."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from tests.load.report import Section

_OPENING = """# What the platform carries

Written by `make bench`; every figure is from one run on one machine. Rates depend on the machine, ratios hardly:
compare ratios. "Others" is the share of all processor time that went to processes without a part in the
measurement: the larger it is, the less a rate says. How a process is timed is described in `tests/load/race.py`.
"""


def write(path: Path, measured_at: datetime, machine: Mapping[str, str], sections: Sequence[Section]) -> None:
    """Replace the page."""
    parts = [_OPENING, _machine(measured_at, machine), _targets(sections), *map(_section, sections)]
    path.write_text("\n".join(parts), "utf-8")


def _machine(measured_at: datetime, machine: Mapping[str, str]) -> str:
    rows = [("date", f"{measured_at:%Y-%m-%d %H:%M} UTC"), *machine.items()]
    return _table(("measured on", ""), rows)


def _targets(sections: Sequence[Section]) -> str:
    lines = [f"* **{verdict.word}**: {verdict.line}" for section in sections for verdict in section.verdicts]
    return "\n".join(["## Targets", "", *lines, ""])


def _section(section: Section) -> str:
    return f"## {section.title}\n\n{section.text}\n\n{_table(section.headings, section.rows)}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
