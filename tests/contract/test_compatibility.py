"""Inside `.v1` a submission may only take more, and a fact may only gain what readers were told to expect."""

import subprocess
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import pytest
from pydantic import Field

from contracts.catalogue import FactType, SubmissionType
from contracts.compatibility import FOLDER, NoHistory, bases, breaks, committed, main
from contracts.json_schema import Schema, fact_schema, submission_schema
from contracts.values import OPEN, Carats, State, Text, Wire

Colour = Literal["RED", "GREEN"]
NullableText = Text | None


class Part(State):
    """A part."""

    weight: Carats


class Before(State):
    """A message as it was."""

    name: Text
    colour: Colour
    shade: Annotated[Colour, OPEN]
    number: int = Field(ge=1, le=10)
    parts: list[Part] = Field(min_length=1)
    note: str | None = None
    way: str = "LAND"


def variant(**fields: Any) -> type[State]:
    """Make the message as it might become: `fields` are added, replaced, or with None taken away."""
    kept = {name: (info.annotation, info) for name, info in Before.model_fields.items()}
    wanted = {name: value for name, value in {**kept, **fields}.items() if value is not None}
    namespace = {name: value[1] for name, value in wanted.items() if value[1] is not ...}
    annotations = {name: value[0] for name, value in wanted.items()}
    return type("Before", (State,), {"__annotations__": annotations, "__module__": __name__, **namespace})


def submission(model: type[Wire]) -> dict[str, Schema]:
    kind = SubmissionType("thing.say.v1", "things.submissions", model, "thing.said.v1")
    return {kind.name: submission_schema(kind)}


def fact(model: type[State]) -> dict[str, Schema]:
    kind = FactType("certificate.issued.v1", "things.facts", model, Part, "PUBLIC")
    return {kind.name: fact_schema(kind)}


def codes(found: list[str]) -> list[str]:
    return sorted({line.partition(" ")[0] for line in found})


HARMLESS = {
    "an optional field is added": {"extra": (str | None, None)},
    "a value is added to an extensible list": {"shade": (Annotated[Literal["RED", "GREEN", "BLUE"], OPEN], ...)},
}
WIDER = {
    "a value is added to a closed list": ("E_ENUM", {"colour": (Literal["RED", "GREEN", "BLUE"], ...)}),
    "a limit is raised": ("E_LIMIT", {"number": (int, Field(ge=1, le=11))}),
    "a limit is dropped": ("E_LIMIT", {"number": (int, Field(ge=1))}),
    "a required field may be absent": ("E_FIELD_OPTIONAL", {"name": (Text, "")}),
    "null becomes possible": ("E_TYPE", {"name": (NullableText, ...)}),
}
NARROWER = {
    "an optional field is removed": ("E_FIELD_REMOVED", {"note": None}),
    "a required field is removed": ("E_FIELD_REMOVED", {"name": None}),
    "a required field is added": ("E_FIELD_REQUIRED", {"extra": (str, ...)}),
    "an optional field becomes required": ("E_FIELD_REQUIRED", {"note": (str | None, ...)}),
    "a value is taken out of a list": ("E_ENUM", {"colour": (Literal["RED"], ...)}),
    "a value is taken out of an extensible list": ("E_ENUM", {"shade": (Annotated[Literal["RED"], OPEN], ...)}),
    "a limit is lowered": ("E_LIMIT", {"number": (int, Field(ge=1, le=9))}),
    "a floor is raised": ("E_LIMIT", {"number": (int, Field(ge=2, le=10))}),
    "a longer list is asked for": ("E_LIMIT", {"parts": (list[Part], Field(min_length=2))}),
    "a pattern is added": ("E_PATTERN", {"way": (Annotated[str, Field(pattern="^[A-Z]+$")], "LAND")}),
    "the type changes": ("E_TYPE", {"number": (str, ...)}),
    "null is taken away": ("E_TYPE", {"note": (str, "")}),
    "a default means something else": ("E_DEFAULT", {"way": (str, "SEA")}),
    "a free text becomes a list": ("E_ENUM", {"way": (Literal["LAND", "SEA"], "LAND")}),
}


def test_the_same_schema_is_compatible_with_itself() -> None:
    assert breaks(submission(Before), submission(variant())) == breaks(fact(Before), fact(variant())) == []


@pytest.mark.parametrize("change", HARMLESS)
def test_a_harmless_addition_is_allowed_in_both_directions(change: str) -> None:
    after = variant(**HARMLESS[change])
    assert breaks(submission(Before), submission(after)) == breaks(fact(Before), fact(after)) == []


@pytest.mark.parametrize("change", WIDER)
def test_a_submission_may_take_more_but_a_fact_may_not_say_more(change: str) -> None:
    code, fields = WIDER[change]
    assert breaks(submission(Before), submission(variant(**fields))) == []
    assert codes(breaks(fact(Before), fact(variant(**fields)))) == [code]


@pytest.mark.parametrize("change", NARROWER)
def test_neither_a_submission_nor_a_fact_may_become_narrower(change: str) -> None:
    code, fields = NARROWER[change]
    assert code in codes(breaks(submission(Before), submission(variant(**fields))))
    assert code in codes(breaks(fact(Before), fact(variant(**fields))))


def test_a_change_deep_inside_is_named_by_its_path_with_the_remedy() -> None:
    class Heavy(State):
        """A part."""

        weight: Text

    found = breaks(submission(Before), submission(variant(parts=(list[Heavy], Field(min_length=1)))))
    assert all(" data.parts[].weight: " in line for line in found)
    assert all(line.endswith("Take it back, or add thing.say.v2 beside it.") for line in found)


def test_renaming_a_class_is_no_change_on_the_wire() -> None:
    class Renamed(Before):
        """A message as it was."""

    assert breaks(submission(Before), submission(Renamed)) == breaks(fact(Before), fact(Renamed)) == []


def test_a_message_may_neither_go_nor_move_to_another_topic() -> None:
    moved = {name: {**schema, "x-topic": "elsewhere"} for name, schema in fact(Before).items()}
    assert codes(breaks(fact(Before), {})) == ["E_MESSAGE_REMOVED"]
    assert codes(breaks(fact(Before), moved)) == ["E_MOVED"]


def git(root: Path, *words: str) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", root, *named, *words], check=True, capture_output=True)


def commit(root: Path, schemas: dict[str, Schema]) -> None:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for name, schema in schemas.items():
        (root / FOLDER / f"{name}.schema.json").write_bytes(orjson.dumps(schema))
    git(root, "add", "-A")
    git(root, "commit", "-m", "schemas")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository in which a break was generated and committed."""
    git(tmp_path, "init", "--initial-branch=main")
    commit(tmp_path, submission(Before))
    commit(tmp_path, submission(variant(note=None)))
    return tmp_path


def broken(root: Path) -> list[str]:
    return [line for ref in bases(root) for line in breaks(committed(ref, root), submission(variant(note=None)))]


def test_a_break_is_seen_after_it_was_committed(clone: Path) -> None:
    assert codes(broken(clone)) == ["E_FIELD_REMOVED"]


def test_a_break_since_the_newest_release_is_seen_however_many_commits_ago(clone: Path) -> None:
    git(clone, "tag", "v1.0.0", "HEAD^")
    for number in range(3):
        git(clone, "commit", "--allow-empty", "-m", str(number))
    assert codes(broken(clone)) == ["E_FIELD_REMOVED"]


def test_a_break_on_a_branch_is_seen_from_where_it_left_main(clone: Path) -> None:
    git(clone, "update-ref", "refs/remotes/origin/main", "HEAD^")
    for number in range(3):
        git(clone, "commit", "--allow-empty", "-m", str(number))
    assert codes(broken(clone)) == ["E_FIELD_REMOVED"]


def test_a_commit_without_schemas_promises_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    git(tmp_path, "commit", "--allow-empty", "-m", "first")
    assert [committed(ref, tmp_path) for ref in bases(tmp_path)] == [{}]


def test_a_folder_without_history_is_compared_with_nothing(tmp_path: Path) -> None:
    assert bases(tmp_path) == []


def test_a_commit_that_is_not_here_is_answered_with_the_remedy(clone: Path) -> None:
    with pytest.raises(NoHistory, match="git fetch --unshallow"):
        committed("v9.9.9", clone)


def test_this_tree_keeps_what_was_committed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0, capsys.readouterr().out
