"""`python -m deploy.local up|down|status`: the local stack for a person at a terminal."""

import sys
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local.refusal import Refusal
from deploy.local.stack import Row, Stack

app = typer.Typer(help="The local stack: Kafka, MongoDB, Zipkin and the services.", no_args_is_help=True)
console = Console(highlight=False)


def refusing(command: Callable[..., None]) -> Callable[..., None]:
    """Let a Refusal end the command as one sentence and exit code 2."""

    @wraps(command)
    def guarded(*args: object, **named: object) -> None:
        try:
            command(*args, **named)
        except Refusal as refusal:
            Console(stderr=True, highlight=False, soft_wrap=True).print(str(refusal), style="red", markup=False)
            sys.exit(2)

    return guarded


@app.command()
@refusing
def up(servers_only: Annotated[bool, typer.Option(help="Leave our own services out.")] = False) -> None:
    """Start what does not run yet, and wait until it is ready."""
    stack = Stack.from_environment()
    start = stack.start_servers if servers_only else stack.up
    start(console.print)
    _show(stack.status())


@app.command()
@refusing
def down() -> None:
    """End what `up` has started, and nothing else."""
    stack = Stack.from_environment()
    was_running = stack.supervisor.is_running()
    stack.stop()
    console.print("The local stack has ended." if was_running else "The local stack was not running.")


@app.command()
@refusing
def status() -> None:
    """List what runs, where, and how much memory it takes."""
    _show(Stack.from_environment().status())


def _show(rows: list[Row]) -> None:
    table = Table("", "state", "address", "process", "up", "memory", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row.title, *_cells(row))
    console.print(table)


def _cells(row: Row) -> tuple[str, ...]:
    if row.pid is None:
        return (row.state, "", "", "", "")
    up = str(timedelta(seconds=round(row.uptime_seconds)))
    return (row.state, f"127.0.0.1:{row.port}", str(row.pid), up, f"{row.rss_bytes / 1e6:.0f} MB")


if __name__ == "__main__":
    app(prog_name="python -m deploy.local")
