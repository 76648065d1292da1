"""The figures of a run, for people as tables and for machines as JSON; every one of them was measured in it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psutil

from deploy.local.demo.ledger import Balance
from deploy.local.demo.measuring import Run
from deploy.local.stack import Row

_SERVICES = ("participants", "statistics", "certificates")


@dataclass
class Figures:
    """What a run has measured, filled chapter by chapter."""

    seed: int
    certificates: int
    today: date
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    planted: int = 0

    def speed(self) -> list[tuple[str, ...]]:
        """One row for each measured run."""
        return [
            (title, f"{run.count:,}", f"{run.seconds:.1f} s", f"{run.rate:,.0f}", *_percentiles(run))
            for title, run in self.runs.items()
        ]

    def document(self, balance: Balance, rows: Sequence[Row], seconds: Mapping[str, float]) -> dict[str, Any]:
        """Everything as plain JSON."""
        return {
            "seed": self.seed,
            "certificates": self.certificates,
            "today": self.today.isoformat(),
            "planted": self.planted,
            "runs": {title: _measured(run) for title, run in self.runs.items()},
            "log": _balance(balance),
            "memory_bytes": {row.name: row.rss_bytes for row in rows} | {"demo": own_memory()},
            "chapter_seconds": {title: round(one, 2) for title, one in seconds.items()},
        }


def _percentiles(run: Run) -> tuple[str, str]:
    return f"{run.milliseconds(0.5):,.0f} ms", f"{run.milliseconds(0.99):,.0f} ms"


def _measured(run: Run) -> dict[str, float]:
    return {
        "submissions": run.count,
        "seconds": round(run.seconds, 3),
        "per_second": round(run.rate, 1),
        "p50_ms": round(run.milliseconds(0.5), 1),
        "p99_ms": round(run.milliseconds(0.99), 1),
    }


def _balance(balance: Balance) -> dict[str, Any]:
    return {
        "in": balance.records_in.total(),
        "out": balance.answers.total(),
        "facts": balance.facts.total(),
        "refusals": balance.refusals.total(),
        "dead_letters": balance.dead.total(),
        "lost": balance.lost,
        "twice": balance.twice,
    }


def account(balance: Balance) -> list[tuple[str, ...]]:
    """The log's account: what each service was asked, and what it answered."""
    rows = [
        _account_row(name, balance.records_in[name], balance.facts[name], balance.refusals[name], balance.dead[name])
        for name in _SERVICES
    ]
    sums = (balance.records_in, balance.facts, balance.refusals, balance.dead)
    return [*rows, _account_row("together", *(one.total() for one in sums))]


def _account_row(name: str, asked: int, facts: int, refusals: int, dead: int) -> tuple[str, ...]:
    return name, f"{asked:,}", f"{facts:,}", f"{refusals:,}", f"{dead:,}", f"{facts + refusals + dead:,}"


def memory(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Each process with its port and what it holds in memory; this demo's own at last."""
    named = [
        (row.title, f"127.0.0.1:{row.port}", str(row.pid or "–"), f"{row.rss_bytes / 1e6:,.0f} MB") for row in rows
    ]
    return [*named, ("this demo", "–", str(os.getpid()), f"{own_memory() / 1e6:,.0f} MB")]


def own_memory() -> int:
    """Bytes in memory of this process."""
    return psutil.Process().memory_info().rss
