"""The contracts as JSON Schema, draft 2020-12: only the form that travels, which is camelCase with decimals as text."""

from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from contracts.catalogue import FACTS, REJECTIONS, SUBMISSIONS, FactType, SubmissionType
from contracts.outcome import Finding
from contracts.values import Wire

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EXTENSIBLE = "x-extensible-enum"
_MARK = "x-extensible"
_TOKEN = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
Schema = dict[str, Any]


class WireForm(GenerateJsonSchema):
    """Describes what is written, without what is kept inside and without noise."""

    def field_is_present(self, field: Any) -> bool:
        """Leave out what is never written."""
        return not field.get("serialization_exclude")

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave out titles that only repeat the name of the field."""
        return False


def wire_schemas() -> dict[str, Schema]:
    """Describe every submission (its claims) and every fact (its value) by its type name."""
    facts = {**FACTS, **{kind.name: kind for kind in REJECTIONS.values()}}
    submissions = {name: submission_schema(kind) for name, kind in SUBMISSIONS.items()}
    return submissions | {name: fact_schema(kind) for name, kind in facts.items()}


def submission_schema(kind: SubmissionType) -> Schema:
    """Describe the signed claims of a submission; `data` is closed: an unknown field is refused, not lost."""
    (data,), definitions = _describe(kind.data)
    claims = {
        "iss": {"type": "string", "minLength": 1, "description": "The authority that says it; equals ce_source."},
        "jti": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "Equals ce_id; a UUIDv7."},
        "sub": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "Equals ce_subject and the key."},
        "typ": {"type": "string", "const": kind.name, "description": "Equals ce_type."},
        "iat": {"type": "integer", "description": "When it was signed, as the sender says; seconds since 1970, UTC."},
        "data": data,
    }
    return {
        **_head(kind.name, kind.data),
        "x-topic": kind.topic,
        "x-becomes": kind.becomes,
        **_all(claims, definitions),
    }


def fact_schema(kind: FactType) -> Schema:
    """Describe the value of a fact; every object is open: a later `.v1` may add fields, which readers pass over."""
    (data, change, finding), definitions = _describe(kind.state, kind.change, Finding)
    seal = "The submission behind it as it was signed, a compact JWS; empty when no submission caused the fact."
    value = {
        "data": data,
        "change": change,
        "findings": {"type": "array", "items": finding},
        "signed": {"type": "string", "pattern": f"^(?:{_TOKEN})?$", "description": seal},
    }
    topics = {"x-topic": kind.topic} if kind.name in FACTS else {}
    marks = {**topics, "x-classification": kind.classification}
    return {**_head(kind.name, kind.change), **marks, **_opened(_all(value, definitions))}


def _describe(*models: type[Wire]) -> tuple[list[Schema], Schema]:
    inputs = [(model, "validation") for model in models]
    found, whole = models_json_schema(cast("Any", inputs), schema_generator=WireForm)
    return [found[model, "validation"] for model in models], whole["$defs"]


def _head(name: str, told_by: type[Wire]) -> Schema:
    schema_id = f"urn:kp:schema:{name}"
    return {"$schema": DIALECT, "$id": schema_id, "title": name, "description": (told_by.__doc__ or "").strip()}


def _all(properties: Schema, definitions: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties, "$defs": definitions}


def _opened(node: Any) -> Any:
    if isinstance(node, list):
        return [_opened(one) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    schema = {key: _opened(value) for key, value in cast("Schema", node).items()}
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    if schema.pop(_MARK, False):
        values = schema.pop("enum", None) or [schema.pop("const")]
        schema[EXTENSIBLE] = values
    return schema
