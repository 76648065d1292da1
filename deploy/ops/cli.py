"""The command `kp-ops`: what an operator does to the platform, each for people, and with --json for machines."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from backbone.mongo import AWAY
from contracts.topics import load
from deploy.ops.display import Display
from deploy.ops.errors import OperatorError
from deploy.ops.settings import OpsSettings, read_settings
from deploy.ops.topics import Applied, Difference, compare_topics, ensure_topics, replicated

WELL, WRONG, FAILED = 0, 1, 2

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Run the platform.")
topics = typer.Typer(no_args_is_help=True, help="Hold Kafka's topics against contracts/topics.toml.")
app.add_typer(topics, name="topics")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Replication = Annotated[
    int | None, typer.Option(envvar="KP_REPLICATION", help="Copies of every topic. [default: as the list says]")
]
Work = Callable[[OpsSettings, Display], Awaitable[int]]


@topics.command("apply")
def apply_topics(replication: Replication = None, as_json: AsJson = False) -> None:
    """Create the topics that are missing, add partitions, correct configs. Nothing is ever deleted."""

    async def work(settings: OpsSettings, display: Display) -> int:
        applied = await ensure_topics(settings, replicated(load(), replication))
        display.document({"corrected": applied.corrected, "left": applied.left}, *_told(applied))
        return WRONG if applied.left else WELL

    _run(as_json, work)


@topics.command("diff")
def diff_topics(replication: Replication = None, as_json: AsJson = False) -> None:
    """Show how the broker's topics differ from the list. Exit code 1 when they do."""

    async def work(settings: OpsSettings, display: Display) -> int:
        differences = await compare_topics(settings, replicated(load(), replication))
        display.document(differences, *(map(_difference, differences) if differences else ["No difference."]))
        return WRONG if differences else WELL

    _run(as_json, work)


def _told(applied: Applied) -> list[str]:
    lines = [f"corrected  {_difference(one)}" for one in applied.corrected]
    lines += [f"left       {_difference(one)}" for one in applied.left]
    return lines or ["Every topic is as written."]


def _difference(one: Difference) -> str:
    return f"{one.topic}  {one.what}: {one.found}, wanted {one.wanted}. {one.remedy}".rstrip()


def _run(as_json: bool, work: Work) -> None:
    # The clients log every refused connection; here the command says it once, with the remedy.
    logging.disable(logging.CRITICAL)
    display = Display(as_json)
    try:
        code = asyncio.run(_work(work, display))
    except OperatorError as error:
        display.error(error)
        code = FAILED
    raise typer.Exit(code)


async def _work(work: Work, display: Display) -> int:
    settings = read_settings(display.note)
    try:
        return await work(settings, display)
    except KafkaError as error:
        remedy = f"Kafka does not answer at {settings.kafka}: start it, or correct KP_KAFKA ({error!r})."
        raise OperatorError("E_KAFKA_AWAY", "KP_KAFKA", remedy) from error
    except AWAY as error:
        remedy = f"MongoDB does not answer at {settings.mongo_uri}: start it, or correct KP_MONGO_URI."
        raise OperatorError("E_MONGODB_AWAY", "KP_MONGO_URI", remedy) from error


if __name__ == "__main__":
    app(prog_name="kp-ops")
