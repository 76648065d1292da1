"""What a file or standard input holds: the data of one submission, or of many, one a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import orjson
from pydantic import ValidationError

from client.errors import Mistake
from contracts.catalogue import SUBMISSIONS
from contracts.outcome import Finding, from_validation
from contracts.values import Wire

_ENVELOPE = frozenset({"type", "subject", "data"})


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one submission, held against its contract, and the aggregate it is about where that was said."""

    data: Wire
    subject: str | None


class Invalid(Mistake):
    """Documents that their contract does not allow; `findings` lists every violation of every one of them."""

    def __init__(self, findings: list[Finding]) -> None:
        first = findings[0]
        super().__init__(first.code, first.path, first.message)
        self.findings = findings


def read_documents(text: bytes, kind: str | None = None, subject: str | None = None) -> list[Document]:
    """Read one JSON document, or one a line; each is the data itself or `{"type", "subject", "data"}`.

    `kind` and `subject` stand for what a document does not say. Raises `Mistake`, and `Invalid` before any is used.
    """
    numbered = list(_split(text))
    documents: list[Document] = []
    findings: list[Finding] = []
    for place, document in numbered:
        try:
            documents.append(_read(place, document, kind, subject))
        except ValidationError as error:
            findings.extend(_placed(place, finding) for finding in from_validation(error).findings)
    if findings:
        raise Invalid(findings)
    return documents


def _split(text: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        yield "", _object("", orjson.loads(text))
        return
    except orjson.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not _is_json(lines[0]):
            raise Mistake("E_NOT_JSON", f"line {error.lineno}", f"Correct the JSON: {error.msg}.") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield f"line {number}", _line(number, line)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _line(number: int, line: bytes) -> dict[str, Any]:
    try:
        return _object(f"line {number}", orjson.loads(line))
    except orjson.JSONDecodeError as error:
        raise Mistake("E_NOT_JSON", f"line {number}", f"Correct the JSON: {error.msg}.") from error


def _object(place: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Mistake("E_NOT_OBJECT", place, "Give a JSON object; many submissions stand one a line.")
    return cast("dict[str, Any]", value)


def _read(place: str, document: dict[str, Any], kind: str | None, subject: str | None) -> Document:
    if "data" in document and document.keys() <= _ENVELOPE:
        kind, subject = document.get("type", kind), document.get("subject", subject)
        document = _object(place, document["data"])
    known = SUBMISSIONS.get(kind or "")
    if known is None:
        raise Mistake("E_TYPE_UNKNOWN", place or "--type", f"Say one of: {', '.join(sorted(SUBMISSIONS))}.")
    return Document(known.data.model_validate(document), subject)


def _placed(place: str, finding: Finding) -> Finding:
    return finding.model_copy(update={"path": f"{place} {finding.path}"}) if place else finding
