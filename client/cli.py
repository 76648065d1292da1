"""The command `kp`: make a key, submit, ask for an outcome, watch; each for people, and with --json for machines."""

import asyncio
import logging
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from client.display import Display
from client.document import Document, read_documents
from client.errors import ClientError, Mistake, Unreachable
from client.http_door import HttpDoor
from client.kafka_door import KafkaDoor
from client.keys import SigningKey
from client.outcome import Outcome
from client.settings import Settings
from client.submission import Sealed, build
from client.watch import watch as follow

ACCEPTED, REJECTED, MISTAKE, NOT_KNOWN = 0, 1, 2, 3
_CHUNK = 1000
_EXITS = "Exit codes: 0 accepted, 1 rejected, 2 a mistake of one's own, 3 not reachable or still pending."
T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help=f"Speak to the platform as a participant. {_EXITS}")
keys = typer.Typer(no_args_is_help=True, help="Make and show the key that an authority signs with.")
app.add_typer(keys, name="keys")


class Via(StrEnum):
    """The two doors."""

    kafka = "kafka"
    http = "http"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for machines.")]
Gateway = Annotated[str, typer.Option(envvar="KP_GATEWAY", help="Address of the gateway.")]
Kafka = Annotated[str, typer.Option(envvar="KP_KAFKA", help="Kafka's bootstrap servers.")]
Namespace = Annotated[str, typer.Option(envvar="KP_NAMESPACE", help="What stands in front of every topic's name.")]
Wait = Annotated[str, typer.Option(help="How long to wait for the answer: 500ms, 5s, 2m; 0s not at all.")]
_DEFAULTS = Settings()


@keys.command("new")
def new_key(
    authority: Annotated[str, typer.Argument(help="The authority's id, such as AO-MIREMPET.")],
    out: Annotated[Path | None, typer.Option(help="File for the private key. [default: AUTHORITY.jwk.json]")] = None,
    name: Annotated[str, typer.Option(help="Name of the key. [default: today's date]")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key, keep its private half in a file, and print what the Secretariat must register of it."""

    def work(display: Display) -> int:
        now = datetime.now(UTC).replace(microsecond=0)
        key = SigningKey.make(authority, name or f"{now:%Y-%m-%d}")
        path = out or Path(f"{authority}.jwk.json")
        key.save(path)
        _show_key(display, key, now, f"The private key {key.kid} is in {path}. Never send that file to anybody.")
        return ACCEPTED

    _run(as_json, work)


@keys.command("show")
def show_key(
    file: Annotated[Path, typer.Argument(help="A private key file.")],
    as_json: AsJson = False,
) -> None:
    """Print again what the Secretariat must register of a key: its public half."""

    def work(display: Display) -> int:
        key = SigningKey.load(file)
        now = datetime.now(UTC).replace(microsecond=0)
        _show_key(display, key, now, f"{key.kid} signs for {key.authority} of {key.participant}.")
        return ACCEPTED

    _run(as_json, work)


def _show_key(display: Display, key: SigningKey, now: datetime, sentence: str) -> None:
    registration = key.registration(now)
    told = "The data of participant.register-key.v1, which makes it count:"
    display.record(registration.model_dump(mode="json"), sentence, told, registration.model_dump_json(indent=2))


@app.command()
def submit(
    key: Annotated[Path, typer.Option(help="Private key file, as `kp keys new` makes it.")],
    file: Annotated[Path | None, typer.Argument(help="JSON file; without it, standard input.")] = None,
    type_name: Annotated[str | None, typer.Option("--type", help="Such as certificate.issue.v1.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Certificate number or participant code, if data lacks it.")
    ] = None,
    via: Annotated[Via, typer.Option(help="The door.")] = Via.http,
    wait: Wait = "5s",
    gateway: Gateway = _DEFAULTS.gateway,
    kafka: Kafka = _DEFAULTS.kafka,
    namespace: Namespace = _DEFAULTS.namespace,
    as_json: AsJson = False,
) -> None:
    """Sign and submit one document, or many: one a line.

    A document is the data of the submission, or {"type": …, "subject": …, "data": {…}} where lines differ in them.
    All are held against their contract before the first is sent. Without waiting (--wait 0s), handed over is success.
    """

    def work(display: Display) -> int:
        seconds, signing = read_seconds(wait), SigningKey.load(key)
        documents = read_documents(_read_input(file), type_name, subject)
        door = _Door(Settings(kafka, gateway, namespace), via, seconds)
        outcomes = asyncio.run(door.submit(signing, documents, quiet=as_json or len(documents) == 1))
        display.outcomes(outcomes)
        return ACCEPTED if seconds == 0 else exit_code(outcomes)

    _run(as_json, work)


@app.command()
def outcome(
    submission_id: Annotated[str, typer.Argument(metavar="ID", help="The submission's id.")],
    wait: Wait = "0s",
    gateway: Gateway = _DEFAULTS.gateway,
    as_json: AsJson = False,
) -> None:
    """Ask what became of a submission."""

    async def ask() -> Outcome:
        async with HttpDoor(Settings(gateway=gateway)) as door:
            return await door.outcome(submission_id, read_seconds(wait))

    def work(display: Display) -> int:
        answer = asyncio.run(ask())
        display.outcomes([answer])
        return exit_code([answer])

    _run(as_json, work)


@app.command()
def watch(
    participant: Annotated[str | None, typer.Option(help="Only certificates from or to it, such as AO.")] = None,
    gateway: Gateway = _DEFAULTS.gateway,
    as_json: AsJson = False,
) -> None:
    """Show certificates as they change, until interrupted."""

    async def show(display: Display) -> None:
        async for change in follow(Settings(gateway=gateway), participant):
            display.change(change)

    def work(display: Display) -> int:
        asyncio.run(show(display))
        return ACCEPTED

    _run(as_json, work)


class _Door:
    """One of the two doors, and the wait for the answers, which always come through the gateway."""

    def __init__(self, settings: Settings, via: Via, wait: float) -> None:
        self._settings, self._via, self._wait = settings, via, wait

    async def submit(self, key: SigningKey, documents: Sequence[Document], quiet: bool) -> list[Outcome]:
        sealed = [build(key, document.data, document.subject) for document in documents]
        await self._send(sealed, quiet)
        if self._wait == 0:
            return [Outcome(id=one.id) for one in sealed]
        async with HttpDoor(self._settings) as door:
            return await door.wait_for([one.id for one in sealed], self._wait)

    async def _send(self, sealed: Sequence[Sealed], quiet: bool) -> None:
        opened = KafkaDoor(self._settings) if self._via is Via.kafka else HttpDoor(self._settings)
        with Progress(console=Console(stderr=True), disable=quiet) as progress:
            task = progress.add_task(f"via {self._via}", total=len(sealed))
            async with opened as door:
                for at in range(0, len(sealed), _CHUNK):
                    await door.send(sealed[at : at + _CHUNK])
                    progress.update(task, completed=min(at + _CHUNK, len(sealed)))


def read_seconds(text: str) -> float:
    """Read a length of time such as `500ms`, `5s` or `2m`, in seconds; raises `Mistake` (`E_WAIT`)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", text)
    if match is None:
        raise Mistake("E_WAIT", "--wait", "Give a length of time such as 500ms, 5s or 2m.")
    return float(match[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[match[2] or "s"]


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Say in one number how it went: one refused outweighs one pending, which outweighs the accepted."""
    states = {one.status for one in outcomes}
    if states & {"REJECTED", "DEAD"}:
        return REJECTED
    return NOT_KNOWN if "PENDING" in states else ACCEPTED


def _read_input(file: Path | None) -> bytes:
    try:
        return file.read_bytes() if file and str(file) != "-" else sys.stdin.buffer.read()
    except OSError as error:
        raise Mistake("E_FILE", str(file), f"Name a file that can be read ({error.strerror}).") from error


def _run(as_json: bool, work: Callable[[Display], int]) -> None:
    display = Display(as_json)
    # The Kafka client repeats in its log, many times a second, what is said here once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        code = work(display)
    except Unreachable as error:
        display.error(error)
        code = NOT_KNOWN
    except ClientError as error:
        display.error(error)
        code = MISTAKE
    except KeyboardInterrupt:
        code = NOT_KNOWN
    raise typer.Exit(code)
