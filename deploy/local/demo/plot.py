"""What the chapters hand on to each other: the stage, who trades, what was measured, where the log stood."""

from dataclasses import dataclass

from deploy.local.demo.certificates import Generator
from deploy.local.demo.corridors import Exporter
from deploy.local.demo.figures import Figures
from deploy.local.demo.ledger import Ledger, Marks
from deploy.local.demo.stage import Stage
from deploy.local.demo.tracing import Tracing


@dataclass(frozen=True)
class Plot:
    """One run; `begin` is where every topic ended before it."""

    stage: Stage
    exporters: list[Exporter]
    generator: Generator
    figures: Figures
    ledger: Ledger
    begin: Marks
    tracing: Tracing | None
