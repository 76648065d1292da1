"""The platform's topics and messages as AsyncAPI 3.0; payloads are the files under `schemas/`."""

from typing import Any

from contracts import topics
from contracts.catalogue import FACTS, REJECTED, REJECTIONS, SUBMISSIONS, FactType, SubmissionType
from contracts.cloudevents import JOSE, JSON, Headers
from contracts.examples import headers
from contracts.topics import TopicSpec

_BINDINGS = "0.5.0"
_ENDS = "Kept for ever: the log is the record, and whoever comes later reads it from the first message on."
_ABOUT = """\
Everything that crosses a boundary of the platform. A *submission* asks that something be recorded, signed by an
authority; a *fact* is what has been recorded. Both are CloudEvents 1.0.2 in Kafka's binary mode; structured mode is
taken on input too. Inside `.v1` only optional fields are added; readers pass over fields, and values of an
`x-extensible-enum`, that they do not know.
"""
_SEAL = """\
The value is a JWS in compact serialisation (RFC 7515) by an Ed25519 key (RFC 8037) that is registered for an authority.
The key id says who signs and for which participant; claims that differ from the headers or from the Kafka key are
refused.
"""
Node = dict[str, Any]


def document() -> Node:
    """Build the document; its only outside references are relative ones to `schemas/`."""
    specs = topics.load()
    return {
        "asyncapi": "3.0.0",
        "id": "urn:kp:platform",
        "info": {"title": "Kimberley Process platform", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": JSON,
        "channels": {spec.name: _channel(spec) for spec in specs},
        "operations": {name: operation for spec in specs for name, operation in _operations(spec).items()},
        "components": {"messages": _messages(), "schemas": _schemas(), "parameters": {"namespace": _NAMESPACE}},
    }


_NAMESPACE = {
    "default": "kp",
    "description": "What topic names begin with; `kp` in production, one of its own for each run of the tests.",
}


def _channel(spec: TopicSpec) -> Node:
    return {
        "address": f"{{namespace}}.{spec.name}",
        "description": f"Key: {spec.key}. {_ENDS}",
        "parameters": {"namespace": {"$ref": "#/components/parameters/namespace"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _carried(spec.name)},
        "bindings": {
            "kafka": {
                "partitions": spec.partitions,
                "replicas": spec.replication,
                "topicConfiguration": {name: _number(value) for name, value in spec.config.items()},
                "bindingVersion": _BINDINGS,
            }
        },
    }


def _number(value: str) -> str | int:
    return int(value) if value.lstrip("-").isdecimal() else value


def _carried(topic: str) -> list[str]:
    kinds: list[SubmissionType | FactType] = [*SUBMISSIONS.values(), *FACTS.values(), *REJECTIONS.values()]
    return [kind.name for kind in kinds if kind.topic == topic] or ["dead-letter"]


def _operations(spec: TopicSpec) -> dict[str, Node]:
    ways = [("send", who) for who in spec.writers] + [("receive", who) for who in spec.readers]
    return {f"{who}.{action}.{spec.name}": _operation(spec, action, who) for action, who in ways}


def _operation(spec: TopicSpec, action: str, who: str) -> Node:
    return {"action": action, "channel": {"$ref": f"#/channels/{spec.name}"}, "tags": [{"name": who}]}


def _messages() -> dict[str, Node]:
    said = {kind.name: _submission(kind) for kind in SUBMISSIONS.values()}
    recorded = {kind.name: _fact(kind) for kind in (*FACTS.values(), REJECTIONS["certificates"])}
    return said | recorded | {"dead-letter": _DEAD_LETTER}


def _submission(kind: SubmissionType) -> Node:
    return {
        **_message(kind.name, JOSE, "SubmissionHeaders", {}),
        "summary": f"Asks; what is recorded when it is taken is {kind.becomes}.",
        "payload": {"$ref": "#/components/schemas/Sealed"},
        "x-jose-header": {"$ref": "#/components/schemas/JoseHeader"},
        "x-jws-claims": {"$ref": f"schemas/{kind.name}.schema.json"},
    }


def _fact(kind: FactType) -> Node:
    refused = "The answer to a submission that changed nothing."
    return {
        **_message(kind.name, JSON, "FactHeaders", {"ce_kpclassification": {"const": kind.classification}}),
        "summary": refused if kind.name == REJECTED else "Has been recorded; carries the whole state after the change.",
        "payload": {"$ref": f"schemas/{kind.name}.schema.json"},
    }


def _message(name: str, content_type: str, common: str, own: Node) -> Node:
    fixed = {"ce_type": {"const": name}, **own}
    example = _texts(headers()[name])
    return {
        "name": name,
        "title": name,
        "contentType": content_type,
        "headers": {"type": "object", "allOf": [{"$ref": f"#/components/schemas/{common}"}, {"properties": fixed}]},
        "bindings": {"kafka": {"key": {"type": "string", "description": "ce_subject"}, "bindingVersion": _BINDINGS}},
        "examples": [{"name": "headers", "summary": f"Its body: schemas/{name}.example.json", "headers": example}],
    }


def _texts(pairs: Headers) -> dict[str, str]:
    return {name: raw.decode() for name, raw in pairs}


def _text(description: str, **more: Any) -> Node:
    return {"type": "string", "description": description, **more}


def _object(properties: Node, *optional: str) -> Node:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _schemas() -> dict[str, Node]:
    extensions = {
        "ce_sequence": _text("The version of the aggregate, counted from 1; 0 for a rejection.", pattern="^[0-9]+$"),
        "ce_causationid": _text("The id of the submission behind it; empty when there is none."),
        "ce_correlationid": _text("What the sender called the whole of which this is a part; else the causation id."),
        "ce_kpactor": _text("The authority that said it; empty when a service derived it."),
        "ce_kpclassification": _text("Who may see it.", enum=["PUBLIC", "KP_ONLY", "RESTRICTED"]),
    }
    sender, recorder = "The authority that says it, as `iss`.", "The service that recorded it, as in `/certificates`."
    algorithm = _text("Two names of one algorithm (RFC 8037, RFC 9864).", enum=["EdDSA", "Ed25519"])
    return {
        "SubmissionHeaders": _object(_core(JOSE, sender), "ce_time", "traceparent"),
        "FactHeaders": _object(_core(JSON, recorder) | extensions, "traceparent"),
        "JoseHeader": _object({"alg": algorithm, "kid": _text("The key, as registered.")}),
        "Sealed": _text(_SEAL, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"),
    }


def _core(content_type: str, source: str) -> Node:
    return {
        "ce_specversion": _text("CloudEvents.", const="1.0"),
        "ce_id": _text("A UUIDv7, as `jti`; a fact's is that of its submission and the version.", maxLength=1024),
        "ce_type": _text("The type, as `typ`.", maxLength=1024),
        "ce_source": _text(source, maxLength=1024),
        "ce_subject": _text("The aggregate, as `sub` and the Kafka key.", maxLength=1024),
        "ce_time": _text("RFC 3339, UTC; a fact's is when the log received its submission.", format="date-time"),
        "content-type": {"type": "string", "const": content_type},
        "traceparent": _text("W3C Trace Context; the sender decides what is sampled."),
    }


_DEAD_LETTER: Node = {
    "name": "dead-letter",
    "title": "dead-letter",
    "summary": "A record that could not be taken, byte for byte, behind its own headers those that say why.",
    "headers": _object(
        {
            "kp_dead_reason": _text("A stable code such as E_SIGNATURE."),
            "kp_dead_message": _text("What was wrong, in a sentence."),
            "kp_dead_topic": _text("Where the record stood: the topic."),
            "kp_dead_partition": _text("The partition."),
            "kp_dead_offset": _text("The offset."),
            "kp_dead_received": _text("When the log received it; milliseconds since 1970, UTC."),
            "kp_dead_claimed_id": _text("The id that the record claims; empty when it was not readable."),
        }
    ),
    "payload": {"description": "The bytes as they came."},
}
