"""The source tree as the laws see it: every Python file of ours, parsed once."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("backbone", "client", "contracts", "deploy", "reference", "services", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef
_DIRECTIVES = ("# pyright:", "# noqa", "# type:", "#!")


@dataclass(frozen=True)
class Module:
    """One Python file; `name` is its path from the root, such as `backbone/kafka.py`."""

    name: str
    text: str

    @property
    def room(self) -> str:
        """The folder at the top in which it stands."""
        return self.name.partition("/")[0]

    @cached_property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def functions(self) -> Iterator[Function]:
        """Every function and method, the inner ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """The modules that it imports, each with the line; `from a import b` counts as both `a` and `a.b`."""
        found: list[tuple[int, str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [(node.lineno, name) for name in (node.module, *_members(node))]
        return found

    @property
    def comments(self) -> Iterator[str]:
        """Its comments, without those that speak to a tool."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        found = (token.string for token in tokens if token.type == tokenize.COMMENT)
        return (comment for comment in found if not comment.startswith(_DIRECTIVES))

    def at(self, line: int) -> str:
        """Name a place in it, as an editor does."""
        return f"{self.name}:{line}"


def _members(node: ast.ImportFrom) -> list[str]:
    return [f"{node.module}.{alias.name}" for alias in node.names]


@cache
def modules(*rooms: str) -> tuple[Module, ...]:
    """Read the modules of some rooms, or of all."""
    paths = (path for room in rooms or ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return tuple(Module(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths)


def none_of(found: Iterable[str]) -> None:
    """Fail with every place that breaks a law, one a line."""
    places = sorted(set(found))
    if places:
        raise AssertionError("\n".join(["this breaks the law:", *places]))


def length(function: Function) -> int:
    """Count the lines of a function from `def` to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def top(imported: str) -> str:
    """Name the top-level package of an import."""
    return imported.partition(".")[0]
