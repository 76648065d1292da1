"""The chapters of the trade: a thousand certificates through Kafka, some by HTTP, and some at a steady pace."""

import asyncio
from collections.abc import Sequence

from deploy.local.demo.certificates import Shipment, seal_all
from deploy.local.demo.measuring import Listener, Run, bulk, by_http, listening, paced
from deploy.local.demo.plot import Plot

RATE = 100
"""Submissions a second of the paced run."""

_MOST_PACED = 200
BULK, HTTP, PACED = "Kafka, all at once", "HTTP, step by step", f"Kafka, {RATE} a second"


async def by_kafka(plot: Plot) -> list[Shipment]:
    """Lead certificates from issue to confirmed import, as fast as they go."""
    count, narrator = plot.figures.certificates, plot.stage.narrator
    explanation = (
        "Real participants, generated goods: issued, validated, exported, arrived, confirmed; every step signed."
    )
    with narrator.chapter(f"{count:,} certificates through Kafka", explanation):
        shipments = await asyncio.to_thread(plot.generator.some, count)
        submissions = await asyncio.to_thread(seal_all, shipments, plot.stage.keyring)
        narrator.fact(_goods(shipments), f"{len(submissions):,} submissions signed")
        run = await bulk(plot.stage, submissions)
        plot.figures.runs[BULK] = run
        narrator.fact(
            "sent, decided, recorded and visible in GraphQL", f"{run.seconds:.1f} s, {run.rate:,.0f} a second"
        )
        narrator.fact("from sent to visible, in one burst: nearly all of it is waiting in the queue", run.told)
    return shipments


async def by_the_other_doors(plot: Plot) -> None:
    """Lead some more through HTTP, and some at the pace of a busy day, listening to what changes."""
    async with listening(plot.stage.settings) as listener:
        await _through_http(plot, listener)
        await _at_a_pace(plot, listener)


async def _through_http(plot: Plot, listener: Listener) -> None:
    narrator, shipments = plot.stage.narrator, plot.generator.some(max(4, plot.figures.certificates // 25))
    explanation = (
        "For systems without Kafka: each signed step is posted to the gateway and waits in the call for its answer."
    )
    with narrator.chapter(f"{len(shipments) * 5:,} submissions through the HTTP door", explanation):
        run = await by_http(plot.stage, shipments)
        plot.figures.runs[HTTP] = run
        narrator.fact(f"{len(shipments)} certificates side by side, posted and answered", f"{run.rate:,.0f} a second")
        narrator.fact("from posted to the outcome in hand", run.told)
        await listener.until([(shipments[-1].number, 5)])
        narrator.fact(
            "the subscription certificateChanged told of them as they changed", f"{len(listener.heard)} changes"
        )


async def _at_a_pace(plot: Plot, listener: Listener) -> None:
    narrator = plot.stage.narrator
    shipments = plot.generator.some(min(_MOST_PACED, max(10, plot.figures.certificates // 5)))
    explanation = "What one submission takes when none queues: the time from sent to pushed by the subscription."
    with narrator.chapter(f"A steady {RATE} submissions a second", explanation):
        run: Run = await paced(plot.stage, listener, shipments, RATE)
        plot.figures.runs[PACED] = run
        narrator.fact(f"{run.count:,} submissions of {len(shipments)} certificates", f"{run.rate:,.0f} a second")
        narrator.fact("from sent to visible", run.told)


def _goods(shipments: Sequence[Shipment]) -> str:
    carats = sum(one.issue.carats for one in shipments)
    value = sum(one.issue.value_usd for one in shipments)
    ways = {(one.issue.issuer, one.issue.destination) for one in shipments}
    return f"{carats:,} ct worth US$ {value:,} on {len(ways)} corridors"
