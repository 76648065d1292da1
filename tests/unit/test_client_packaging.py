"""The wheel `kp-client` stands on its own: what it needs beside itself is written in its `pyproject.toml`."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OURS = frozenset({"client", "contracts"})


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module


def _reached() -> set[str]:
    """Every name that the modules of the client import, and those of the contracts that they reach."""
    waiting, seen = [*(ROOT / "client").glob("*.py")], set[str]()
    while waiting:
        for name in set(_imported(waiting.pop())) - seen:
            seen.add(name)
            path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            waiting.extend([path] if path.exists() else [])
    return {name.partition(".")[0] for name in seen}


def test_the_client_imports_contracts_and_nothing_else_of_ours() -> None:
    rooms = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert _reached() & rooms == OURS


def test_every_package_that_the_client_imports_is_among_the_wheels_dependencies() -> None:
    project = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(one).name) for one in project["dependencies"]}
    distributions = packages_distributions()
    foreign = _reached() - OURS - sys.stdlib_module_names
    providers = {name: {canonicalize_name(one) for one in distributions[name]} for name in foreign}
    assert {name for name, provided_by in providers.items() if not declared & provided_by} == set()
