"""The chapters of questions: what GraphQL knows now, and one import confirmation followed through every process."""

from decimal import Decimal

from opentelemetry import trace

from deploy.local.demo import questions, tracing
from deploy.local.demo.certificates import Shipment
from deploy.local.demo.measuring import listening
from deploy.local.demo.plot import Plot
from deploy.local.demo.stage import Stage
from deploy.local.demo.tracing import Tracing
from deploy.local.refusal import Refusal


async def questions_and_answers(plot: Plot, shipments: list[Shipment]) -> None:
    """Ask six questions of the read model."""
    stage, number = plot.stage, shipments[0].number
    explanation = f"Each is one GraphQL query; ask your own at {stage.settings.gateway}/explorer."
    with stage.narrator.chapter("Questions", explanation):
        await _participants(stage)
        first_id = await _history(stage, number)
        await _totals(stage)
        await _led_to(stage, first_id)
        rows = await questions.verification(stage.graphql, [number, "XX-000001"])
        stage.narrator.fact("verifyCertificate: what anybody may know of a number")
        stage.narrator.table(("number", "", "state", ""), rows)
        await _dead_letters(stage)


async def _participants(stage: Stage) -> None:
    stage.narrator.fact("participants(asOf): how the list stands, and how it stood")
    rows = await questions.by_state(stage.graphql, stage.today)
    stage.narrator.table(("as of", "participants", "active", "others"), rows, right=(1, 2))


async def _history(stage: Stage, number: str) -> str:
    certificate, rows = await questions.signed_history(stage.graphql, number)
    way = f"{certificate['issuer']} → {certificate['destination']}"
    worth = f"{Decimal(certificate['carats']):,} ct, US$ {Decimal(certificate['valueUsd']):,}"
    stage.narrator.fact(f"certificate({number}) {way}: {certificate['state']}, with its whole signed history", worth)
    stage.narrator.table(("", "fact", "received", "said by", "signature"), [row[:5] for row in rows])
    return rows[-1][5]


async def _totals(stage: Stage) -> None:
    for period in questions.last_quarters(stage.today):
        rows, corridors, carats, value = await questions.totals(stage.graphql, period)
        told = f"corridorTotals({period}, EXPORT), derived from the certificates: {corridors} corridors"
        stage.narrator.fact(told, f"{carats:,} ct, US$ {value:,}")
        stage.narrator.table(("corridor", "certificates", "carats", "US$"), rows, right=(1, 2, 3))


async def _led_to(stage: Stage, submission_id: str) -> None:
    answer = await questions.led_to(stage.graphql, submission_id)
    stage.narrator.fact(f"submission({submission_id}): what it led to", answer["status"])
    rows = [(one["type"], one["subject"], f"version {one['sequence']}") for one in answer["facts"]]
    stage.narrator.table(("fact", "of", ""), rows)


async def _dead_letters(stage: Stage) -> None:
    letters = await questions.dead_letters(stage.graphql)
    stage.narrator.fact(
        "deadLetters: what could not be taken, kept byte for byte with its reason", f"{len(letters)} newest"
    )
    rows = [(one["reason"], one["id"], one["message"]) for one in letters[:5]]
    stage.narrator.table(("reason", "stood at", "message"), rows)


async def one_trace(plot: Plot) -> None:
    """Confirm one import with its trace kept, and draw the way it took."""
    explanation = (
        "The confirmation of one import, from the participant's own process to visible, as OpenTelemetry saw it."
    )
    with plot.stage.narrator.chapter("One trace", explanation):
        if plot.tracing is None:
            plot.stage.narrator.aside(
                "Traces do not go to the stack's own Zipkin (OTEL_TRACES_EXPORTER), so none is drawn."
            )
            return
        [shipment] = plot.generator.some(1)
        trace_id = await _confirm(plot.stage, plot.tracing, shipment)
        spans = await tracing.read(plot.tracing, trace_id)
        if not spans:
            raise Refusal(f"Zipkin knows nothing of the trace {trace_id}: look into .local/log/zipkin.log.")
        plot.stage.narrator.tree(tracing.draw(spans, f"[bold]{shipment.number}[/] import confirmed"))
        passed = " → ".join(tracing.services(spans))
        plot.stage.narrator.fact(passed, f"{len(spans)} spans")
        plot.stage.narrator.fact("the same in Zipkin", f"{plot.tracing.zipkin}/zipkin/traces/{trace_id}")


async def _confirm(stage: Stage, kept: Tracing, shipment: Shipment) -> str:
    steps = shipment.seal(stage.keyring)
    async with listening(stage.settings) as listener:
        await stage.record("the way there", steps[:4])
        with kept.tracer.start_as_current_span("confirm import, until it is visible") as span:
            await stage.kafka.send(steps[4:])
            await listener.until([(shipment.number, 5)])
    return trace.format_trace_id(span.get_span_context().trace_id)
