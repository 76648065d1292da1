"""How things are named and explained: names without noise, a sentence for everything public, no idle waiting."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, Function, Module, modules, none_of

NOISE = re.compile(r"(?:^|_)(?:manager|helper|util|base)s?(?:_|$)")
HEADINGS = {"owns", "hears", "says", "invariants"}
SLEEPERS = {"time.sleep", "asyncio.sleep", "anyio.sleep"}
REGISTRY = re.compile(
    r"(?i)pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|maven\.org|maven\.apache|artifactory|jfrog|nexus/repository"
    r"|crates\.io|proxy\.golang|(?:extra-)?index-url|--registry\b"
)


def words(name: str) -> str:
    """Write a name as words with underscores: `StatusInterval` is `status_interval`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_no_class_and_no_module_is_called_manager_helper_util_or_base() -> None:
    stems = [(module.name, part) for module in modules() for part in module.name.removesuffix(".py").split("/")]
    classes = [(module.at(node.lineno), node.name) for module in modules() for node in module.classes]
    none_of(place for place, name in stems + classes if NOISE.search(words(name)))


def test_every_module_begins_with_a_docstring() -> None:
    written = [module for module in modules() if module.text.strip()]
    none_of(module.name for module in written if not ast.get_docstring(module.tree))


def public(body: list[ast.stmt]) -> Iterator[Function]:
    """Find the functions that others call: of the module, and of its public classes; not what a protocol asks for."""
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_") and not is_declared(node):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)


def explained(function: Function) -> bool:
    """Say whether a docstring explains it, or the description that its decorator publishes."""
    decorators = [one for one in function.decorator_list if isinstance(one, ast.Call)]
    published = any(word.arg == "description" for one in decorators for word in one.keywords)
    return published or ast.get_docstring(function) is not None


def is_declared(function: Function) -> bool:
    last = function.body[-1]
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is ...


def test_every_public_function_has_a_docstring() -> None:
    found = [(m, f) for m in modules() if m.room != "tests" for f in public(m.tree.body)]
    none_of(f"{m.at(f.lineno)} {f.name}" for m, f in found if not explained(f))


def test_every_service_says_what_it_owns_hears_and_says_and_its_invariants() -> None:
    folders = sorted(path.parent for path in (ROOT / "services").glob("*/__init__.py"))
    assert folders
    found = [f"{one.name}: {word}" for one in folders for word in HEADINGS - headings(one / "README.md")]
    none_of(found)


def headings(path: Path) -> set[str]:
    text = path.read_text("utf-8") if path.exists() else ""
    return {match[1].lower() for match in re.finditer(r"^(?:#+ +|\*\*)(\w+)", text, re.MULTILINE)}


def unexplained(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SLEEPERS:
            last = module.lines[(node.end_lineno or node.lineno) - 1]
            if not re.search(r"\)\s*#\s+\w", last):
                yield module.at(node.lineno)


def test_whoever_sleeps_says_in_the_same_line_why() -> None:
    none_of(place for module in modules() for place in unexplained(module))


def test_no_file_names_a_package_registry() -> None:
    kept = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in kept.stdout.decode().splitlines() if "tests/architecture" not in name]
    texts = ((path, path.read_text("utf-8", errors="replace")) for path in paths if path.is_file())
    none_of(path.relative_to(ROOT).as_posix() for path, text in texts if REGISTRY.search(text))


def test_every_file_that_the_glossary_names_is_there() -> None:
    named = re.findall(r"`([a-z_]+/[\w/]+\.\w+)`", (ROOT / "docs/glossary.md").read_text("utf-8"))
    assert named
    none_of(name for name in named if not (ROOT / name).is_file())
