"""Facts: how one is written from what caused it, the same bytes every time, and how it is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from contracts.catalogue import REJECTIONS, FactType, Refusal
from contracts.cloudevents import CloudEvent, Headers, to_kafka
from contracts.outcome import Finding
from contracts.submission import Claims, Signer
from contracts.values import State, Wire


@dataclass(frozen=True, slots=True)
class OutgoingFact:
    """A fact ready for the log; `topic` is without namespace."""

    topic: str
    key: str
    value: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Cause:
    """What a fact says of the submission behind it; `received_at` is the log's time."""

    submission_id: str
    subject: str
    signer: Signer
    received_at: datetime
    signed: bytes = b""
    correlation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as a projection reads it. `sequence` is the version of the aggregate; 0 for a rejection."""

    id: str
    type: str
    subject: str
    sequence: int
    time: datetime
    submission_id: str
    actor: str
    classification: str
    traceparent: str
    data: dict[str, Any]
    change: dict[str, Any]
    signed: str
    findings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def compose(
    kind: FactType, cause: Cause, version: int, state: bytes, change: Wire, findings: Sequence[Finding]
) -> OutgoingFact:
    """Write a fact from its cause and the state after it (JSON)."""
    headers = _headers(kind, cause, f"{cause.submission_id}/{version}", version)
    value = _value(state, change.model_dump_json().encode(), findings, cause.signed)
    return OutgoingFact(kind.topic, cause.subject, value, headers)


def compose_refusal(
    service: str, cause: Cause, claims: Claims, findings: Sequence[Finding], suffix: str = ""
) -> OutgoingFact:
    """Write the `submission.rejected.v1` that answers a submission."""
    kind, by = REJECTIONS[service], cause.signer
    refusal = Refusal(
        submission_id=cause.submission_id,
        type=claims.type,
        subject=claims.subject,
        participant=by.participant,
        authority=by.authority,
        findings=list(findings),
    )
    headers = _headers(kind, cause, f"{cause.submission_id}/rejected{suffix}", 0)
    return OutgoingFact(kind.topic, cause.subject, _value(_json(refusal), b"{}", findings, cause.signed), headers)


def compose_derived(kind: FactType, subject: str, version: int, state: State, time: datetime) -> OutgoingFact:
    """Write a fact that no submission caused: a sum that a projection keeps."""
    nobody = Signer("", kind.topic.partition(".")[0], "", frozenset())
    cause = Cause("", subject, nobody, time)
    headers = _headers(kind, cause, f"{subject}/{version}", version)
    return OutgoingFact(kind.topic, subject, _value(_json(state), b"{}", (), b""), headers)


def _headers(kind: FactType, cause: Cause, fact_id: str, version: int) -> Headers:
    submission_id = cause.submission_id.encode()
    headers: Headers = [
        *_same_for_all(kind),
        ("ce_id", fact_id.encode()),
        ("ce_subject", cause.subject.encode()),
        ("ce_time", _instant(cause.received_at)),
        ("ce_sequence", b"%d" % version),
        ("ce_causationid", submission_id),
        ("ce_correlationid", cause.correlation_id.encode() or submission_id),
        ("ce_kpactor", cause.signer.authority.encode()),
    ]
    if cause.traceparent:
        headers.append(("traceparent", cause.traceparent.encode()))
    return headers


@lru_cache(maxsize=256)
def _same_for_all(kind: FactType) -> Headers:
    event = CloudEvent("", kind.name, f"/{kind.topic.partition('.')[0]}", "", b"")
    said = [(name, value) for name, value in to_kafka(event) if value]
    return [*said, ("ce_kpclassification", kind.classification.encode())]


@lru_cache(maxsize=4096)
def _instant(at: datetime) -> bytes:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def _json(state: State) -> bytes:
    return state.model_dump_json().encode()


def _value(state: bytes, change: bytes, findings: Sequence[Finding], signed: bytes) -> bytes:
    found = orjson.dumps([finding.model_dump() for finding in findings]) if findings else b"[]"
    return b"".join((b'{"data":', state, b',"change":', change, b',"findings":', found, b',"signed":"', signed, b'"}'))


def read(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Fact:
    """Read a record of a facts topic, in binary mode as `compose` writes it; raises on anything else.

    Only the platform's services write there, so no other spelling is looked for: projections spend their time here.
    """
    said, body = dict(headers), orjson.loads(value or b"")
    return Fact(
        id=said["ce_id"].decode(),
        type=said["ce_type"].decode(),
        subject=said["ce_subject"].decode(),
        sequence=int(said["ce_sequence"]),
        time=datetime.fromisoformat(said["ce_time"].decode()),
        submission_id=said["ce_causationid"].decode(),
        actor=said["ce_kpactor"].decode(),
        classification=said["ce_kpclassification"].decode(),
        traceparent=said.get("traceparent", b"").decode(),
        data=body["data"],
        change=body["change"],
        signed=body["signed"],
        findings=body["findings"],
    )


def pack(facts: Sequence[OutgoingFact]) -> list[dict[str, Any]]:
    """Keep facts in a document, byte for byte, so that they can be published again."""
    return [{"topic": f.topic, "key": f.key, "value": f.value, "headers": dict(f.headers)} for f in facts]


def unpack(documents: Sequence[dict[str, Any]]) -> list[OutgoingFact]:
    """Take facts out of a document as they were."""
    return [OutgoingFact(d["topic"], d["key"], d["value"], list(d["headers"].items())) for d in documents]
