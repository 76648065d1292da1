"""Shows what a command found: to people as text and tables, to machines as one JSON document."""

from collections.abc import Sequence

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.ops.errors import OperatorError


class Display:
    """Where answers go: standard output for what was asked, standard error for the rest."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.err = Console(stderr=True, soft_wrap=True, highlight=False)
        self._out = Console(highlight=False)

    def document(self, document: object, *lines: str) -> None:
        """Show one document: its JSON, or the lines that say the same."""
        if self.as_json:
            self._out.print(orjson.dumps(document).decode(), markup=False, soft_wrap=True)
        elif lines:
            self._out.print("\n".join(lines), markup=False, soft_wrap=True)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str] = ()) -> None:
        """Show rows under headings to people; the first column is never folded, `colours` has one for each row."""
        table = Table(*headings, box=None, pad_edge=False, header_style="bold")
        table.columns[0].min_width = max((len(row[0]) for row in rows), default=0)
        for index, row in enumerate(rows):
            table.add_row(*map(escape, row), style=colours[index] if colours else None)
        self._out.print(table)

    def note(self, line: str) -> None:
        """Say something beside the answer."""
        self.err.print(line, style="dim", markup=False)

    def error(self, error: OperatorError) -> None:
        """Show why a command cannot go on, and the remedy."""
        if self.as_json:
            document = {"error": {"code": error.code, "path": error.path, "remedy": error.remedy}}
            self.err.print(orjson.dumps(document).decode(), markup=False)
        else:
            self.err.print(f"[red]{escape(error.code)}[/] {escape(error.path)}\n  {escape(error.remedy)}")
