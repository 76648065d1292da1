"""Refuses a change inside `.v1` that somebody outside would notice: `python -m contracts.compatibility`.

The schemas that the code says now are held against those committed before, so that a break which was generated and
committed is seen as well. The rule, by direction:

* **Submissions** are written by outsiders. We may only take more: an optional field, a wider limit, one more value.
* **Facts** are read by outsiders, from the first one on. What is written from now on must keep the old promise (nothing
  wider), and what the log already holds must keep the new one (nothing narrower, no new required field). So only an
  optional field may be added, and a value to a list that was published as extensible (`x-extensible-enum`).
* A message may not go, nor move to another topic or classification. Anything else is `.v2` beside it.

Compared with the newest release tag, with where this branch left `origin/main`, and with the commit before HEAD.
"""

import argparse
import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from contracts.differences import Comparison, Difference
from contracts.json_schema import Schema, wire_schemas

FOLDER = "contracts/schemas"
ROOT = Path(__file__).resolve().parent.parent
_SUFFIX = ".schema.json"


class NoHistory(Exception):
    """There is nothing to compare with; the message says what is missing and how to get it."""


def breaks(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[str]:
    """List, one sentence each, every change that is not compatible; both map type names to schemas."""
    return [_told(name, one) for name, schema in sorted(old.items()) for one in _refused(schema, new.get(name))]


def _refused(old: Schema, new: Schema | None) -> Iterator[Difference]:
    if new is None:
        yield Difference("E_MESSAGE_REMOVED", "", True, "the message is gone")
        return
    is_submission = "x-becomes" in old
    yield from (one for one in Comparison(old, new).differences() if one.narrower or not is_submission)


def _told(name: str, one: Difference) -> str:
    stem, _, number = name.rpartition(".v")
    remedy = f"Take it back, or add {stem}.v{int(number) + 1} beside it."
    return f"{one.code} {name} {one.path or '(message)'}: {one.what}. {remedy}"


def committed(ref: str, root: Path = ROOT) -> dict[str, Schema]:
    """Read the schemas of a commit; empty when it had none. Raises `NoHistory` for an unknown `ref`."""
    _git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    try:
        packed = _git(root, "archive", "--format=tar", ref, FOLDER)
    except NoHistory:
        return {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        files = [(Path(one.name).name, archive.extractfile(one)) for one in archive if one.name.endswith(_SUFFIX)]
        return {name.removesuffix(_SUFFIX): orjson.loads(file.read()) for name, file in files if file}


def bases(root: Path = ROOT) -> list[str]:
    """Name the commits to compare with, newest release first, without repetition."""
    found = [
        *_ask(root, "describe", "--tags", "--abbrev=0", "--match=v*"),
        *_ask(root, "merge-base", "HEAD", "origin/main"),
        *_ask(root, "rev-parse", "--verify", "--quiet", "HEAD^"),
        *_ask(root, "rev-parse", "--verify", "--quiet", "HEAD"),
    ]
    return list({_git(root, "rev-parse", f"{ref}^{{commit}}"): ref for ref in reversed(found)}.values())[::-1]


def _ask(root: Path, *words: str) -> list[str]:
    try:
        return [_git(root, *words).decode().strip()]
    except NoHistory:
        return []


def _git(root: Path, *words: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", root, *words], capture_output=True, check=True).stdout
    except FileNotFoundError as error:
        raise NoHistory("git is not installed; install it to compare with what was committed.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode().strip() or " ".join(words)
        raise NoHistory(f"git has no such history ({said}); fetch all of it with 'git fetch --unshallow'.") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and tell; 1 when a change is not compatible, or when a commit that was asked for is not there."""
    parser = argparse.ArgumentParser(prog="python -m contracts.compatibility", description=__doc__)
    parser.add_argument("--against", action="append", metavar="COMMIT", help="compare with this commit instead")
    against = parser.parse_args(arguments).against
    new = wire_schemas()
    try:
        earlier = {ref: committed(ref) for ref in against or bases()}
    except NoHistory as error:
        print(error)
        return 1
    compared = {ref: schemas for ref, schemas in earlier.items() if schemas}
    found = sorted({line for schemas in compared.values() for line in breaks(schemas, new)})
    print("\n".join(found) or _verdict(compared))
    return 1 if found else 0


def _verdict(compared: Mapping[str, Mapping[str, Schema]]) -> str:
    if not compared:
        return "Nothing to compare with: no commit that is here holds schemas."
    return f"Compatible with {', '.join(ref[:12] for ref in compared)}."


if __name__ == "__main__":
    raise SystemExit(main())
