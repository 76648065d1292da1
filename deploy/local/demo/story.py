"""The story from its first chapter to its last."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.submission import GABORONE
from deploy.local.demo import asking, closing, opening, refusing, tracing, trading
from deploy.local.demo.certificates import Generator
from deploy.local.demo.corridors import exporters
from deploy.local.demo.figures import Figures
from deploy.local.demo.ledger import Ledger, Marks
from deploy.local.demo.narrator import Narrator
from deploy.local.demo.numbers import Series, highest_used
from deploy.local.demo.planted import LONG_AGO
from deploy.local.demo.plot import Plot
from deploy.local.demo.stage import Stage, set_stage
from deploy.local.stack import Stack


@dataclass(frozen=True)
class Options:
    """How many certificates go through Kafka in one burst, and which seed makes them."""

    certificates: int = 1000
    seed: int = 7


async def tell(narrator: Narrator, stack: Stack, options: Options, now: datetime) -> dict[str, Any]:
    """Tell everything that comes after `opening.house`, where the stack runs; returns the figures as plain JSON.

    Raises Refusal and ClientError, each one sentence with the remedy.
    """
    # The clients log what the story itself tells, or ends with.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    today = now.astimezone(GABORONE).date()
    async with set_stage(narrator, stack, today) as stage:
        ledger, kept = Ledger(stage.settings), tracing.set_up(stack.environment())
        begin = await ledger.ends()
        await opening.real_register(stage)
        await opening.keys_and_numbers(stage)
        await opening.real_production(stage)
        plot = await _plot(stage, options, ledger, begin, kept)
        shipments = await trading.by_kafka(plot)
        await trading.by_the_other_doors(plot)
        await refusing.what_must_not_pass(plot)
        await asking.questions_and_answers(plot, shipments)
        await asking.one_trace(plot)
        document = await closing.figures(plot)
        closing.farewell(stage, kept and kept.zipkin)
    return document


async def _plot(stage: Stage, options: Options, ledger: Ledger, begin: Marks, kept: tracing.Tracing | None) -> Plot:
    who = exporters(stage.today)
    years = {stage.today.year, (stage.today - timedelta(LONG_AGO)).year}
    series = [Series(one.participant.kpc_prefixes[0], year) for one in who for year in sorted(years)]
    numbers = await highest_used(stage.graphql, series)
    generator = Generator(who, numbers, stage.today, options.seed)
    figures = Figures(options.seed, options.certificates, stage.today)
    return Plot(stage, who, generator, figures, ledger, begin, kept)
