"""What a submission leads to: events when it is accepted, findings when it is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field, ValidationError

from contracts.values import FIELD_CODES, Wire

Level = Literal["SEVERE", "WARNING", "INFO"]
Classification = Literal["PUBLIC", "KP_ONLY", "RESTRICTED"]


class Finding(Wire):
    """One thing found in a submission: a stable code, where, how grave, and what to do about it."""

    code: str
    level: Level = "SEVERE"
    path: str = ""
    message: str
    details: dict[str, str] = Field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one aggregate; the backbone makes a fact of it."""

    type: str
    change: Wire


@dataclass(frozen=True, slots=True)
class Accepted:
    """The submission takes effect. Warnings among `findings` are recorded with it."""

    events: Sequence[Event]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """The submission changes nothing; `findings` says why, all violations at once."""

    findings: tuple[Finding, ...] = field(default_factory=tuple)


Decision = Accepted | Rejection


def refuse(code: str, path: str, message: str, **details: str) -> Finding:
    """Build a SEVERE finding; `message` is one sentence that says the remedy."""
    return Finding(code=code, path=path, message=message, details=details)


def warn(code: str, path: str, message: str) -> Finding:
    """Build a WARNING: accepted and recorded."""
    return Finding(code=code, level="WARNING", path=path, message=message)


TYPE_UNKNOWN = Rejection((refuse("E_TYPE_UNKNOWN", "type", "Send a type that this topic's contract lists."),))
ID_REUSED = Rejection(
    (
        refuse(
            "E_ID_REUSED",
            "id",
            "This id stands for another submission already; send this one under a new id.",
        ),
    )
)


def from_validation(error: ValidationError) -> Rejection:
    """Turn violated limits of a contract into findings with the domain's codes (domain.md §7.2)."""
    return Rejection(tuple(_findings(error)))


def _findings(error: ValidationError) -> Iterator[Finding]:
    for item in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in ("data", *item["loc"]))
        yield refuse(_code(item), path, _remedy(item, path))


def _code(item: Any) -> str:
    if item["type"] == "missing":
        return "E_DECISION_REQUIRED" if item["loc"][-1] == "decision" else "E_FIELD_MISSING"
    if item["type"] == "extra_forbidden":
        return "E_FIELD_UNKNOWN"
    names = [part for part in item["loc"] if isinstance(part, str)]
    return FIELD_CODES.get(names[-1] if names else "", "E_FIELD_INVALID")


def _remedy(item: Any, path: str) -> str:
    if item["type"] == "missing":
        return f"Add the field {path}."
    if item["type"] == "extra_forbidden":
        return f"Remove {path}, or correct its spelling: the contract has no such field."
    return f"Correct {path}: {item['msg'][0].lower()}{item['msg'][1:]}."
