"""CloudEvents 1.0.2 in its Kafka binding: binary mode out, binary and structured mode in."""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

SPEC_VERSION = "1.0"
STRUCTURED = "application/cloudevents+json"
JOSE = "application/jose"
JSON = "application/json"
MAX_ATTRIBUTE = 1024

_CORE = frozenset({"id", "type", "source", "subject", "time", "specversion", "datacontenttype"})
_PAYLOAD = frozenset({"data", "data_base64"})
Headers = list[tuple[str, bytes]]


class MalformedEvent(ValueError):
    """The record is not a CloudEvent; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """One event. `time` is RFC 3339 text as sent; `extensions` holds every other attribute but the trace."""

    id: str
    type: str
    source: str
    subject: str
    data: bytes
    content_type: str = JSON
    time: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict[str, str])
    traceparent: str = ""


def to_kafka(event: CloudEvent) -> Headers:
    """Build the binary-mode headers; the record's value is `event.data` as it is."""
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", event.source.encode()),
        ("ce_subject", event.subject.encode()),
        ("content-type", event.content_type.encode()),
    ]
    if event.time:
        headers.append(("ce_time", event.time.encode()))
    headers.extend((f"ce_{name}", value.encode()) for name, value in event.extensions.items())
    if event.traceparent:
        headers.append(("traceparent", event.traceparent.encode()))
    return headers


def from_kafka(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> CloudEvent:
    """Read a record in binary or structured mode; raises `MalformedEvent`."""
    texts = _texts(headers)
    if texts.get("content-type", "").startswith(STRUCTURED):
        return from_json(value or b"", texts.get("traceparent", ""))
    attributes = {name[3:]: text for name, text in texts.items() if name.startswith("ce_")}
    return _event(attributes, value or b"", texts.get("content-type", JSON), texts.get("traceparent", ""))


def _texts(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    try:
        return {name.lower(): (value or b"").decode() for name, value in headers}
    except UnicodeDecodeError as error:
        raise MalformedEvent("a header is not UTF-8") from error


def from_json(raw: bytes, traceparent: str = "") -> CloudEvent:
    """Read a structured-mode event (CloudEvents JSON format); raises `MalformedEvent`."""
    try:
        document: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent("the structured CloudEvent is not JSON") from error
    if not isinstance(document, dict):
        raise MalformedEvent("the structured CloudEvent is not a JSON object")
    fields = cast("dict[str, Any]", document)
    attributes = {name: value for name, value in fields.items() if isinstance(value, str) and name not in _PAYLOAD}
    content_type = attributes.get("datacontenttype", JSON)
    trace = attributes.pop("traceparent", traceparent)
    return _event(attributes, _data(fields, content_type), content_type, trace)


def _data(fields: dict[str, Any], content_type: str) -> bytes:
    data, encoded = fields.get("data"), fields.get("data_base64")
    if isinstance(encoded, str):
        try:
            return b64decode(encoded, validate=True)
        except ValueError as error:
            raise MalformedEvent("data_base64 is not base64") from error
    if isinstance(data, str) and not content_type.startswith(JSON):
        return data.encode()
    return orjson.dumps(data)


def to_json(event: CloudEvent) -> bytes:
    """Write structured mode; data that is JSON stays JSON, anything else is a string."""
    document: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "datacontenttype": event.content_type,
        **event.extensions,
    }
    if event.time:
        document["time"] = event.time
    if event.traceparent:
        document["traceparent"] = event.traceparent
    is_json = event.content_type.startswith(JSON)
    document["data"] = orjson.loads(event.data) if is_json else event.data.decode()
    return orjson.dumps(document)


def _event(attributes: dict[str, str], data: bytes, content_type: str, traceparent: str) -> CloudEvent:
    if attributes.get("specversion") != SPEC_VERSION:
        raise MalformedEvent("the record carries no CloudEvents 1.0 attributes")
    for name in ("id", "type", "source", "subject"):
        if not attributes.get(name):
            raise MalformedEvent(f"the attribute {name} is missing")
        if len(attributes[name]) > MAX_ATTRIBUTE:
            raise MalformedEvent(f"the attribute {name} is longer than {MAX_ATTRIBUTE} characters")
    return CloudEvent(
        id=attributes["id"],
        type=attributes["type"],
        source=attributes["source"],
        subject=attributes["subject"],
        data=data,
        content_type=content_type,
        time=attributes.get("time", ""),
        extensions={name: text for name, text in attributes.items() if name not in _CORE},
        traceparent=traceparent,
    )
