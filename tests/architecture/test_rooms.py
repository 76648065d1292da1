"""Who may know whom: the walls between the rooms of the house."""

import re
import sys
from collections.abc import Iterator

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.tree import ROOMS, ROOT, Module, modules, none_of, top

DRIVERS = {"motor", "pymongo", "bson", "gridfs"}
MAY_DRIVE = re.compile(
    r"backbone/mongo\.py|services/\w+/queries(/\w+)?\.py|deploy/local/\w+\.py|tests/stack/\w+\.py|tests/load/floor\.py"
)
DOMAIN = re.compile(r"(services/\w+)/domain(\.py|/.+)")
DOMAIN_WORD = re.compile(
    r"(?i)\b(certificates?|diamonds?|carats?|parcels?|kimberley|shipments?|corridors?|consignments?|participants?"
    r"|participations?|secretariat|gaborone|embargo|suspended|suspensions?|plenary|production|seals?)\b"
)


def test_the_packages_import_each_other_only_as_the_contracts_of_import_linter_allow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def impure(module: Module) -> Iterator[str]:
    found = DOMAIN.fullmatch(module.name)
    own = f"{found[1].replace('/', '.')}.domain" if found else ""
    for line, name in module.imports:
        if top(name) not in sys.stdlib_module_names | {"contracts"} and not f"{name}.".startswith(f"{own}."):
            yield f"{module.at(line)} {name}"


def test_a_domain_imports_the_standard_library_the_contracts_and_itself() -> None:
    domains = [module for module in modules("services") if DOMAIN.fullmatch(module.name)]
    assert domains
    none_of(fault for module in domains for fault in impure(module))


def test_the_mongodb_driver_is_known_to_the_backbone_s_mongo_and_to_query_modules_alone() -> None:
    strangers = [module for module in modules() if not MAY_DRIVE.fullmatch(module.name)]
    found = [module.at(line) for module in strangers for line, name in module.imports if top(name) in DRIVERS]
    none_of(found)


def test_the_backbone_knows_no_domain_word() -> None:
    found = [
        f"{module.at(number)} {word[0]}"
        for module in modules("backbone")
        for number, line in enumerate(module.lines, 1)
        if (word := DOMAIN_WORD.search(line.replace("_", " ")))
    ]
    none_of(found)


def test_the_backbone_has_at_most_ten_modules_of_at_most_200_lines() -> None:
    found = [module for module in modules("backbone") if not module.name.endswith("__init__.py")]
    assert len(found) <= 10
    none_of(module.name for module in found if len(module.lines) > 200)


def reach(start: set[str], imports: dict[str, set[str]]) -> set[str]:
    """Follow imports inside the backbone to everything that is used through them."""
    found = set(start)
    while more := {name for one in found for name in imports.get(one, ())} - found:
        found |= more
    return found


def used_by(module: Module) -> str:
    return "/".join(module.name.split("/")[:2]).removesuffix(".py")


def test_every_module_of_the_backbone_has_two_users() -> None:
    own = {module.name.removesuffix(".py").replace("/", "."): module for module in modules("backbone")}
    inside = {name: {one for _, one in module.imports} & set(own) for name, module in own.items()}
    users: dict[str, set[str]] = {}
    for module in modules("services", "deploy"):
        known = {name for _, name in module.imports} & set(own)
        users.setdefault(used_by(module), set()).update(reach(known, inside))
    counts = {name: sum(name in known for known in users.values()) for name in own if name != "backbone.__init__"}
    none_of(name for name, count in counts.items() if count < 2)


def test_every_room_is_one_of_the_house() -> None:
    found = {path.parent.name for path in ROOT.glob("*/*.py") if not path.parent.name.startswith(".")}
    assert found <= {*ROOMS, "build", "dist"}
