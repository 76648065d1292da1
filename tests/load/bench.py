"""`python -m tests.load.bench`: measures what the platform carries, on the local stack, and writes a page about it."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from backbone.settings import Settings
from client.submission import Sealed
from contracts.submission import GABORONE
from deploy.local import anchor
from deploy.local.layout import REPOSITORY
from deploy.local.refusal import Refusal
from deploy.local.stack import Stack
from tests.load import deciding, latency, machine, page, projection, queries
from tests.load.course import Course
from tests.load.house import living
from tests.load.latency import Pace
from tests.load.race import Stalled
from tests.load.register import Register
from tests.load.report import Section, show
from tests.load.workload import STEPS, Plan, in_order, lives

PAGE = REPOSITORY / "docs" / "performance.md"
# The whole life of every certificate lies behind the day on which the log receives it.
ISSUED_BEFORE = timedelta(10)
_REFUSED, _INTERRUPTED, _WIDTH = 2, 130, 120

Report = Callable[[Section], None]


class Part(StrEnum):
    """One of the things that are measured."""

    CERTIFICATES = "certificates"
    PROJECTION = "projection"
    LATENCY = "latency"
    QUERIES = "queries"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; smaller sizes try the benchmark out and measure nothing."""

    submissions: int = 40_000
    rounds: int = 3
    in_flight: int = 500
    ask_seconds: float = 5
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Work:
    """The submissions of a run: in the usual order, in the least favourable one, and others to be sent at a pace."""

    usual: Sequence[Sealed]
    unfavourable: Sequence[Sealed]
    paced: Sequence[Sealed]


def prepare(register: Register, issued_on: date, sizes: Sizes) -> Work:
    """Make and sign everything before anything is measured."""
    certificates, paced = sizes.submissions // STEPS, -(-sizes.pace.most // STEPS)
    stock = lives(register, Plan(certificates, issued_on))
    fresh = lives(register, Plan(paced, issued_on, first=certificates + 1))
    return Work(in_order(stock, sizes.in_flight), in_order(stock, certificates), in_order(fresh, sizes.pace.rate))


async def measure(course: Course, work: Work, sizes: Sizes, parts: Sequence[Part], report: Report) -> None:
    """Measure the parts that are asked for, and report each as soon as it is."""
    if {Part.CERTIFICATES, Part.PROJECTION} & set(parts):
        await _race(course, work, sizes, parts, report)
    if {Part.LATENCY, Part.QUERIES} & set(parts):
        async with course.opened("house") as own, living(own, work.usual) as house:
            if Part.LATENCY in parts:
                report(latency.told(await latency.measure(house, work.paced, sizes.pace)))
            if Part.QUERIES in parts:
                report(queries.told(await queries.measure(house, own, sizes.rounds, sizes.ask_seconds)))


async def _race(course: Course, work: Work, sizes: Sizes, parts: Sequence[Part], report: Report) -> None:
    decided: list[deciding.Heat] = []
    projected: list[projection.Heat] = []
    for number in range(sizes.rounds):
        # Facts are needed to be projected, also when it is of no interest how fast they came.
        contestants = deciding.rotated(number) if Part.CERTIFICATES in parts else [deciding.OURS]
        async with course.opened(f"round-{number + 1}") as own:
            decided.append(await deciding.run(own, work.usual, contestants, str(number + 1)))
            if Part.PROJECTION in parts:
                order = projection.rotated(number)
                projected.append(await projection.run(own, len(work.usual), order, str(number + 1)))
    if Part.CERTIFICATES in parts:
        async with course.opened("unfavourable") as own:
            heat = await deciding.run(own, work.unfavourable, deciding.rotated(0), "least favourable order")
        report(deciding.told(decided, heat))
    if projected:
        report(projection.told(projected))


@contextmanager
def servers(stack: Stack) -> Iterator[Settings]:
    """Settings for a namespace of the benchmark's own; servers that do not run yet run as long as the block lasts."""
    was_running = stack.supervisor.is_running()
    environment = stack.environment()
    settings = Settings(
        profile="local-insecure",
        kafka=environment["KP_KAFKA"],
        mongo_uri=environment["KP_MONGO_URI"],
        otel_endpoint=environment.get("KP_OTEL_ENDPOINT", ""),
        namespace=f"{environment['KP_NAMESPACE'][:5]}-{os.getpid()}",
        trust_anchor=Path(environment["KP_TRUST_ANCHOR"]),
    )
    _require_local(settings)
    try:
        stack.start_servers()
        anchor.ensure(stack.root)
        yield settings
    finally:
        if not was_running:
            stack.stop()


def _require_local(settings: Settings) -> None:
    missing = {"KP_KAFKA", "KP_MONGO_URI"} - machine.local_ports(settings).keys()
    if missing:
        raise Refusal(f"The load goes to this machine only: let {' and '.join(sorted(missing))} name 127.0.0.1.")


def make_course(stack: Stack, settings: Settings, register: Register, tell: Callable[[str], None]) -> Course:
    """Make the course on servers that run."""
    meter = machine.Meter(machine.listeners(list(machine.local_ports(settings).values())))
    tracing = {"OTEL_TRACES_EXPORTER": stack.environment()["OTEL_TRACES_EXPORTER"]}
    return Course(settings, register, stack.layout.log, meter, tracing, tell)


def run(stack: Stack, settings: Settings, sizes: Sizes, parts: Sequence[Part], console: Console) -> list[Section]:
    """Run the parts and show each as soon as it is measured."""
    issued_on = datetime.now(GABORONE).date() - ISSUED_BEFORE
    register = Register(os.urandom(16), issued_on.year)
    _tell(console, f"signing {sizes.submissions} submissions")
    work, sections = prepare(register, issued_on, sizes), list[Section]()

    def report(section: Section) -> None:
        show(console, section)
        sections.append(section)

    with console.status("measuring") as status:

        def tell(text: str) -> None:
            status.update(text)
            _tell(console, text)

        asyncio.run(measure(make_course(stack, settings, register, tell), work, sizes, parts, report))
    return sections


def _tell(console: Console, text: str) -> None:
    console.print(f"{datetime.now():%H:%M:%S}  {text}", style="dim")


def _end(sentence: str, code: int) -> NoReturn:
    Console(stderr=True, highlight=False, soft_wrap=True).print(sentence, style="red", markup=False)
    sys.exit(code)


def made_console() -> Console:
    """A console on which every table fits, also when a log is written."""
    console = Console(highlight=False)
    console.width = max(console.width, _WIDTH)
    return console


def main(
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part; may be said several times.")] = None,
    submissions: Annotated[int, typer.Option(min=1000, help="How many in a round.")] = 40_000,
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds.")] = 3,
    seconds: Annotated[int, typer.Option(min=1, help="How long submissions are sent at a pace.")] = 60,
    file: Annotated[Path | None, typer.Option("--page", help="Where the page goes; none for a part.")] = None,
) -> None:
    """Measure; servers that do not run yet are started, and ended afterwards."""
    began, console = datetime.now(UTC), made_console()
    stack, sizes = Stack.from_environment(), Sizes(submissions, rounds, pace=Pace(seconds=seconds))
    try:
        with servers(stack) as settings:
            sections = run(stack, settings, sizes, only or list(Part), console)
    except (Refusal, Stalled) as error:
        _end(str(error), _REFUSED)
    except KeyboardInterrupt:
        _end("Interrupted: what was made for the measurement is gone, and nothing was written.", _INTERRUPTED)
    target = file or (PAGE if not only and sizes == Sizes() else None)
    if target:
        about = {**machine.described(), "servers": ", ".join(f"{name} {v}" for name, v in stack.versions().items())}
        page.write(target, began, about, sections)
        console.print(f"\nwritten: {target}")


if __name__ == "__main__":
    typer.run(main)
