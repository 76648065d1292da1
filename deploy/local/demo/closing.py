"""The last chapter: the figures, the log's account, and how to look around."""

from typing import Any

from deploy.local.demo.figures import account, memory
from deploy.local.demo.ledger import Balance
from deploy.local.demo.narrator import Narrator
from deploy.local.demo.plot import Plot
from deploy.local.demo.stage import Stage
from deploy.local.refusal import Refusal


async def figures(plot: Plot) -> dict[str, Any]:
    """Tell what was measured; the same as plain JSON."""
    narrator, rows = plot.stage.narrator, plot.stage.stack.status()
    explanation = "All of it measured in this run, on this machine, with every server and this client on it."
    with narrator.chapter("The figures", explanation):
        narrator.fact("speed, and the time from sent to visible in GraphQL")
        headings = ("", "submissions", "in", "a second", "p50", "p99")
        narrator.table(headings, plot.figures.speed(), right=(1, 2, 3, 4, 5))
        balance = await plot.ledger.balance(plot.begin)
        _tell_balance(narrator, balance)
        narrator.fact("memory of each process")
        narrator.table(("", "at", "process", "memory"), memory(rows), right=(2, 3))
    return plot.figures.document(balance, rows, narrator.seconds)


def _tell_balance(narrator: Narrator, balance: Balance) -> None:
    narrator.fact(
        "the log itself, read again: every record that went in has its answer",
        f"{balance.records_in.total():,} in, {balance.answers.total():,} out",
    )
    headings = ("", "records in", "facts", "refusals", "dead letters", "answers out")
    narrator.table(headings, account(balance), right=(1, 2, 3, 4, 5))
    narrator.aside(
        f"Beside them: refusals told to known senders of dead letters, {balance.told.total()}; "
        f"facts that say sums, which no submission asks for, {balance.derived:,}."
    )
    if balance.lost or balance.twice:
        raise Refusal(f"{balance.lost} records were lost and {balance.twice} took effect twice: look into .local/log.")
    narrator.fact("records in = answers out", "0 lost, 0 twice")


def farewell(stage: Stage, zipkin: str | None) -> None:
    """Say that everything goes on running, how to look around, and how to stop."""
    total = sum(stage.narrator.seconds.values())
    stage.narrator.console.print(f"\n[bold green]Everything is left running.[/] The story took {total:.0f} s.")
    rows = [
        ("ask by GraphQL", f"{stage.settings.gateway}/explorer"),
        ("see traces", f"{zipkin}/zipkin/" if zipkin else "–"),
        ("follow changes", ".venv/bin/kp watch --participant AE"),
        ("what runs", "make status"),
        ("once more", "make demo"),
        ("stop", "make down"),
    ]
    stage.narrator.table(("", ""), rows)
