"""Writes what outsiders read of the contracts: `python -m contracts.generate`, or `--check` whether it is current."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.asyncapi import document
from contracts.examples import bodies
from contracts.json_schema import wire_schemas

FOLDER = Path(__file__).resolve().parent


def files() -> dict[Path, str]:
    """Give every generated file, relative to `contracts/`, with its text; the same on every machine."""
    schemas = {f"schemas/{name}.schema.json": schema for name, schema in wire_schemas().items()}
    examples = {f"schemas/{name}.example.json": body for name, body in bodies().items()}
    return {Path(name): _text(node) for name, node in {**schemas, **examples, "asyncapi.json": document()}.items()}


def _text(node: Mapping[str, Any]) -> str:
    return json.dumps(node, indent=2, ensure_ascii=False) + "\n"


def drift(folder: Path = FOLDER) -> list[str]:
    """List, one sentence each, the files that are missing, not what the code says, or left over."""
    wanted, present = files(), {path.relative_to(folder) for path in (folder / "schemas").glob("*.json")}
    changed = [path for path, text in wanted.items() if _read(folder / path) != text]
    said = [f"{path} is not what the code says." for path in changed]
    return sorted([*said, *(f"{path} is left over: no message has that name." for path in present - set(wanted))])


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def write(folder: Path = FOLDER) -> None:
    """Write every file, and remove those that no message has any more."""
    wanted = files()
    (folder / "schemas").mkdir(exist_ok=True)
    for path in (folder / "schemas").glob("*.json"):
        if path.relative_to(folder) not in wanted:
            path.unlink()
    for path, text in wanted.items():
        (folder / path).write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; with `--check` write nothing and give 1 when one has drifted."""
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not current")
    if not parser.parse_args(arguments).check:
        write()
        return 0
    drifted = drift()
    print(
        "\n".join([*drifted, "Run 'make contracts' and commit the result."] if drifted else ["Contracts are current."])
    )
    return 1 if drifted else 0


if __name__ == "__main__":
    raise SystemExit(main())
