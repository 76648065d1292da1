"""How the story looks: numbered chapters, one line for each fact with what was measured, tables; calm in a log too."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

_WIDTH = 116
_INDENT = 4


def console() -> Console:
    """The console of a reader: as wide as is pleasant, the same in a terminal and in a log."""
    made = Console(highlight=False, emoji=False)
    made.width = min(made.width, _WIDTH) if made.is_terminal else _WIDTH
    return made


@dataclass
class Narrator:
    """Tells the story on a console; `seconds` keeps how long each chapter took, by its title."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def chapter(self, title: str, explanation: str) -> Iterator[None]:
        """Begin a numbered chapter with one sentence of what it is about; its end tells the time it took."""
        began = time.monotonic()
        self.console.print(f"\n[bold cyan]{len(self.seconds) + 1:>2}  {escape(title)}[/]")
        self.aside(explanation)
        self.seconds[title] = 0.0
        yield
        self.seconds[title] = time.monotonic() - began
        self.console.print(Text(f"{self.seconds[title]:.1f} s", style="dim"), justify="right")

    def fact(self, text: str, measured: str = "") -> None:
        """Tell one thing that is now true, and on the right what was measured of it."""
        line = Table.grid(expand=bool(measured), padding=(0, 1), pad_edge=False)
        line.add_column(width=_INDENT - 1, justify="right")
        line.add_column(ratio=1 if measured else None)
        if measured:
            line.add_column(justify="right", no_wrap=True)
        line.add_row("[green]✓[/]", escape(text), *([f"[bold]{escape(measured)}[/]"] if measured else []))
        self.console.print(line)

    def aside(self, text: str) -> None:
        """Tell something that is not a result."""
        self._indented(Text(text, style="dim"))

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """Show a table; `right` names the columns of numbers."""
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for index, heading in enumerate(headings):
            table.add_column(heading, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self._indented(table)

    def tree(self, tree: Tree) -> None:
        """Show a tree."""
        self._indented(tree)

    def _indented(self, what: RenderableType) -> None:
        self.console.print(Padding(what, (0, 0, 0, _INDENT), expand=False))

    @contextmanager
    def working(self, text: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a bar while something takes long; give the function that says how far it has come."""
        columns = (TextColumn(f"{' ' * _INDENT}{{task.description}}"), BarColumn(), MofNCompleteColumn())
        hidden = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=hidden) as progress:
            task = progress.add_task(text, total=total)
            yield lambda done: progress.update(task, completed=done)
