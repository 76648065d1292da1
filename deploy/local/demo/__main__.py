"""`python -m deploy.local.demo`: shows the platform at work, from nothing, and leaves it running."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from client.errors import ClientError
from deploy.local.demo import opening
from deploy.local.demo.narrator import Narrator, console
from deploy.local.demo.story import Options, tell
from deploy.local.refusal import Refusal
from deploy.local.stack import Stack

_DEFAULTS = Options()
_REFUSED, _INTERRUPTED = 2, 130


def main(
    certificates: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many go through Kafka in one burst.")
    ] = _DEFAULTS.certificates,
    seed: Annotated[int, typer.Option(help="The same seed makes the same goods.")] = _DEFAULTS.seed,
    file: Annotated[Path | None, typer.Option("--json", help="A file for the figures.")] = None,
) -> None:
    """Start everything, trade, ask, measure; it is all left running."""
    narrator = Narrator(console())
    try:
        stack = Stack.from_environment()
        opening.house(narrator, stack)
        document = asyncio.run(tell(narrator, stack, Options(certificates, seed), datetime.now(UTC)))
        if file:
            file.write_text(json.dumps(document, indent=2) + "\n")
    except (Refusal, ClientError) as error:
        _say(str(error))
        sys.exit(_REFUSED)
    except KeyboardInterrupt:
        _say("Interrupted: what was started keeps running, and `make down` ends it.")
        sys.exit(_INTERRUPTED)


def _say(sentence: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"\n{sentence}", style="red", markup=False)


if __name__ == "__main__":
    typer.run(main)
