"""The command `kp-ops`: what an operator does to the platform, each for people, and with --json for machines."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from backbone.deadletters import DeadLetter
from backbone.mongo import AWAY
from contracts.topics import load
from deploy.ops import deadletters, parked
from deploy.ops.checks.finding import Finding
from deploy.ops.display import Display
from deploy.ops.doctor import examine, is_well
from deploy.ops.errors import OperatorError
from deploy.ops.parked import Queue
from deploy.ops.rebuild import Rebuilt, rebuild
from deploy.ops.settings import OpsSettings, read_settings
from deploy.ops.topics import Applied, Difference, compare_topics, ensure_topics, replicated

WELL, WRONG, FAILED = 0, 1, 2
_EXITS = "Exit codes: 0 well, 1 something is wrong, 2 the command could not do its work."
_WHERE = "Servers are named by KP_PROFILE, KP_KAFKA and KP_MONGO_URI; without them, the running local stack is taken."
_COLOURS = {"well": "green", "look": "yellow", "wrong": "red"}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they would show the password of MongoDB
    help=f"Run the platform. {_WHERE} {_EXITS}",
)
topics = typer.Typer(no_args_is_help=True, help="Hold Kafka's topics against contracts/topics.toml.")
dead = typer.Typer(no_args_is_help=True, help="Records that could not be taken: see why, and send them again.")
queues = typer.Typer(no_args_is_help=True, help="Aggregates whose next submission hit a bug: see why, decide again.")
app.add_typer(topics, name="topics")
app.add_typer(dead, name="dead-letters")
app.add_typer(queues, name="parked")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
Reason = Annotated[str, typer.Option(help="Only those with this code, such as E_KEY_UNKNOWN.")]
Replication = Annotated[
    int | None, typer.Option(envvar="KP_REPLICATION", help="Copies of every topic. [default: as the list says]")
]
Aggregate = Annotated[str, typer.Argument(help="Such as a certificate's number, as `parked list` shows it.")]
Work = Callable[[OpsSettings, Display], Awaitable[int]]


@topics.command("apply")
def apply_topics(replication: Replication = None, as_json: AsJson = False) -> None:
    """Create the topics that are missing, correct configs. Nothing is ever deleted, no key is ever moved."""

    async def work(settings: OpsSettings, display: Display) -> int:
        applied = await ensure_topics(settings, replicated(load(), replication))
        display.document({"corrected": applied.corrected, "left": applied.left}, *_applied(applied))
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


@dead.command("list")
def list_dead(
    reason: Reason = "",
    since: Annotated[datetime | None, typer.Option(help="Only those received at or after this instant, UTC.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the dead letters, oldest first. The topic keeps them for ever, also those that were sent again."""

    async def work(settings: OpsSettings, display: Display) -> int:
        letters = await deadletters.list_dead(settings, reason, since and since.replace(tzinfo=UTC))
        if as_json:
            display.document([deadletters.document(one) for one in letters])
        else:
            display.table(("id", "received", "reason", "message"), [_row(one) for one in letters])
        return WELL

    _run(as_json, work)


@dead.command("show")
def show_dead(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="As `dead-letters list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show one dead letter in full: why it is one, where it stood, its headers and its value."""

    async def work(settings: OpsSettings, display: Display) -> int:
        [letter] = await deadletters.find_dead(settings, [letter_id])
        display.document(deadletters.document(letter), *deadletters.lines(letter))
        return WELL

    _run(as_json, work)


@dead.command("redrive")
def redrive_dead(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="As `dead-letters list` shows.")] = None,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Publish dead letters to the topics they came from, byte for byte: those named, or all with a reason."""

    async def work(settings: OpsSettings, display: Display) -> int:
        if bool(ids) == bool(reason):
            raise OperatorError("E_NOT_CHOSEN", "ID", "Name the dead letters by their ids, or all of a --reason.")
        found = await (deadletters.find_dead(settings, ids) if ids else deadletters.list_dead(settings, reason))
        some = deadletters.distinct(found)
        _ask(f"Publish {len(some)} dead letter(s) to the topics they came from?", yes or not some)
        await deadletters.redrive(settings, some)
        display.document({"redriven": [one.id for one in some]}, f"{len(some)} published again.")
        return WELL

    _run(as_json, work)


@queues.command("list")
def list_parked(as_json: AsJson = False) -> None:
    """List the parked aggregates. Exit code 1 when there is one."""

    async def work(settings: OpsSettings, display: Display) -> int:
        found = await parked.list_parked(settings)
        if as_json:
            display.document([asdict(queue) for queue in found])
        else:
            display.table(("service", "aggregate", "waiting", "since", "why"), [_queue(one) for one in found])
        return WRONG if found else WELL

    _run(as_json, work)


@queues.command("show")
def show_parked(aggregate: Aggregate, as_json: AsJson = False) -> None:
    """Show the submissions of one aggregate that wait, in their order."""

    async def work(settings: OpsSettings, display: Display) -> int:
        found = await parked.find_parked(settings, aggregate)
        display.document([asdict(queue) for queue in found], *(line for queue in found for line in _waiting(queue)))
        return WELL

    _run(as_json, work)


@queues.command("redrive")
def redrive_parked(
    aggregate: Aggregate,
    patience: Annotated[float, typer.Option(help="Give up after so many seconds.")] = 60.0,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Have an aggregate's queue decided again, in its order. Exit code 1 when the bug is met again."""

    async def work(settings: OpsSettings, display: Display) -> int:
        found = await parked.find_parked(settings, aggregate)
        _ask(f"Publish the {sum(len(one.waiting) for one in found)} parked submission(s) of {aggregate}?", yes)
        left = [one for queue in found for one in await parked.redrive(settings, queue, patience)]
        told = (
            f"{aggregate}: {len(left)} still parked; the first: {left[0].error}" if left else "Nothing is parked now."
        )
        display.document({"aggregate": aggregate, "left": [asdict(one) for one in left]}, told)
        return WRONG if left else WELL

    _run(as_json, work)


@app.command("rebuild")
def rebuild_model(yes: Yes = False, as_json: AsJson = False) -> None:
    """Drop the gateway's read model, have it projected again, and compare. Exit code 1 when it differs."""

    async def work(settings: OpsSettings, display: Display) -> int:
        _ask(f"Drop {settings.database('gateway')}? Queries will miss things until it is projected again.", yes)
        with _progress(display) as bar:
            task = bar.add_task("hashing", total=None)
            done = await rebuild(settings, lambda n, of: bar.update(task, description="records", completed=n, total=of))
        display.document({**asdict(done), "equal": done.equal}, *_rebuilt(done))
        return WRONG if done.equal is False else WELL

    _run(as_json, work)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at every server, service, topic and clock, and say what to do. Takes five seconds at most."""

    async def work(settings: OpsSettings, display: Display) -> int:
        findings = await examine(settings)
        if as_json:
            display.document(findings)
        else:
            display.table(("what", "state", "what to do"), *_findings(findings))
        return WELL if is_well(findings) else WRONG

    _run(as_json, work)


def _applied(applied: Applied) -> list[str]:
    lines = [f"corrected  {_difference(one)}" for one in applied.corrected]
    lines += [f"left       {_difference(one)}" for one in applied.left]
    return lines or ["Every topic is as written."]


def _difference(one: Difference) -> str:
    return f"{one.topic}  {one.what}: {one.found}, wanted {one.wanted}. {one.remedy}".rstrip()


def _row(letter: DeadLetter) -> tuple[str, ...]:
    return letter.id, f"{deadletters.received(letter):%Y-%m-%d %H:%M:%S}Z", letter.reason, letter.message


def _queue(queue: Queue) -> tuple[str, ...]:
    first = queue.waiting[0]
    return (
        queue.service,
        queue.aggregate,
        str(len(queue.waiting)),
        f"{first.received_at:%Y-%m-%d %H:%M:%S}Z",
        first.error,
    )


def _waiting(queue: Queue) -> list[str]:
    lines = [f"{one.received_at:%Y-%m-%d %H:%M:%S}Z  {one.id}  {one.type}\n  {one.error}" for one in queue.waiting]
    return [f"{queue.service} {queue.aggregate}", *lines]


def _rebuilt(done: Rebuilt) -> list[str]:
    told = {
        True: "Equal: the read model is what the facts say.",
        False: "Different: the old one was not what the facts say, or the projection has changed since.",
        None: "Not comparable: something was projected meanwhile. Run it again in a quiet moment to compare.",
    }
    hashes = [f"before  {done.before.hash}", f"after   {done.after.hash}"]
    return [*hashes, f"{done.before.records} records in {done.seconds:.1f} s.", told[done.equal]]


def _findings(findings: Sequence[Finding]) -> tuple[list[tuple[str, ...]], list[str]]:
    rows = [(one.what, one.state, f"{one.told}\n{one.remedy}".rstrip()) for one in findings]
    return rows, [_COLOURS[one.state] for one in findings]


def _progress(display: Display) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=display.err, disable=display.as_json)


def _ask(question: str, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)


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
    except KafkaConnectionError as error:
        remedy = f"Kafka does not answer at {settings.kafka}: start it, or correct KP_KAFKA."
        raise OperatorError("E_KAFKA_AWAY", "KP_KAFKA", remedy) from error
    except KafkaError as error:
        raise OperatorError("E_KAFKA", "KP_KAFKA", f"{error}: see `kp-ops doctor`, then repeat.") from error
    except AWAY as error:
        remedy = f"MongoDB does not answer at {settings.mongo_address}: start it, or correct KP_MONGO_URI."
        raise OperatorError("E_MONGODB_AWAY", "KP_MONGO_URI", remedy) from error


if __name__ == "__main__":
    app(prog_name="kp-ops")
