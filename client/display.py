"""Shows outcomes and changes: to people as text, to machines as one JSON object a line."""

from collections import Counter
from collections.abc import Sequence

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from client.document import Invalid
from client.errors import ClientError
from client.outcome import Outcome
from client.watch import Change

_COLOURS = {"ACCEPTED": "green", "REJECTED": "red", "DEAD": "red", "PENDING": "yellow"}
_SHOWN = 10


class Display:
    """Where answers go: standard output for what was asked, standard error for what went wrong."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._out = Console(soft_wrap=True, highlight=False, emoji=False)
        self._err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)

    def record(self, document: dict[str, object], *lines: str) -> None:
        """Show one document: its JSON, or the lines that say the same."""
        if self.as_json:
            typer.echo(orjson.dumps(document))
        else:
            self._out.print("\n".join(lines))

    def outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Show every outcome to a machine; to people one in full, of many the counts and the first that need care."""
        if self.as_json:
            for one in outcomes:
                typer.echo(one.model_dump_json(exclude_none=True))
            return
        shown = list(outcomes)
        if len(shown) > 1:
            counts = Counter(one.status for one in outcomes)
            self._out.print(", ".join(f"[{_COLOURS[s]}]{number} {s}[/]" for s, number in counts.items()))
            shown = [one for one in outcomes if one.status != "ACCEPTED"][:_SHOWN]
        for one in shown:
            self._out.print("\n".join(_lines(one)))

    def change(self, change: Change) -> None:
        """Show one change of a certificate."""
        line = f"{change.number}  {change.state}  version {change.version}  {change.issuer} → {change.destination}"
        self.record(change.model_dump(mode="json"), escape(line))

    def error(self, error: ClientError) -> None:
        """Show what went wrong and the remedy, on standard error."""
        found = [(f.code, f.path, f.message) for f in error.findings] if isinstance(error, Invalid) else []
        for code, path, remedy in found or [(error.code, error.path, error.remedy)]:
            if self.as_json:
                document = {"error": {"code": code, "path": path, "remedy": remedy}}
                typer.echo(orjson.dumps(document), err=True)
            else:
                self._err.print(f"[red]{escape(code)}[/] {escape(path)}\n  {escape(remedy)}")


def _lines(outcome: Outcome) -> list[str]:
    head = f"[{_COLOURS[outcome.status]}]{outcome.status}[/]  {escape(outcome.id)}"
    facts = [f"  {f.type}  {f.subject}  version {f.sequence}  {f.time:%Y-%m-%d %H:%M:%S}Z" for f in outcome.facts]
    findings = [f"  {f.level} {f.code} {f.path}\n    {f.message}" for f in outcome.findings]
    dead = [f"  {letter.reason}\n    {letter.message}" for letter in outcome.dead_letters]
    return [head, *(escape(line) for line in (*facts, *findings, *dead))]
