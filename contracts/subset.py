"""Whether every value that one JSON Schema admits is admitted by another; the arithmetic behind compatibility.

It knows the keywords that `contracts/json_schema.py` writes. What it cannot prove it refuses: better a question too many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from contracts.json_schema import EXTENSIBLE, Schema

_FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SAME_OR_ABSENT = ("type", "pattern", "format")
_KNOWN = frozenset(
    (*_FLOORS, *_CEILINGS, *_SAME_OR_ABSENT, EXTENSIBLE, "$ref", "anyOf", "enum", "const", "default", "items")
    + ("properties", "required", "additionalProperties", "title", "description", "x-extensible")
)


@dataclass(frozen=True, slots=True)
class Excess:
    """Where the inner schema admits what the outer does not: a stable code, the path of the field, and what it is."""

    code: str
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Subset:
    """Compares two schemas, each with the `$defs` its references point into."""

    inner: Schema
    outer: Schema

    def excess(self) -> list[Excess]:
        """List all that the inner schema admits and the outer does not; empty when it is a subset."""
        return list(self._compare(self.inner, self.outer, ""))

    def _compare(self, inner: Schema, outer: Schema, path: str) -> Iterator[Excess]:
        inner, outer = _resolved(inner, self.inner), _resolved(outer, self.outer)
        choices = _choices(inner), _choices(outer)
        if choices[0] or choices[1]:
            yield from self._alternatives(choices[0] or [inner], choices[1] or [outer], path)
            return
        for keyword in sorted((set(inner) | set(outer)) - _KNOWN - {"$schema", "$id", "$defs"}):
            if not keyword.startswith("x-"):
                yield Excess("E_KEYWORD", path, f"nothing is known of the keyword {keyword}")
        yield from _scalars(inner, outer, path)
        yield from self._array(inner, outer, path)
        yield from self._object(inner, outer, path)

    def _alternatives(self, inner: list[Schema], outer: list[Schema], path: str) -> Iterator[Excess]:
        for one in inner:
            tries = [list(self._compare(one, other, path)) for other in outer]
            yield from min(tries, key=lambda found: (_foreign(found), len(found)))

    def _array(self, inner: Schema, outer: Schema, path: str) -> Iterator[Excess]:
        if "items" in outer:
            yield from self._compare(inner.get("items", {}), outer["items"], f"{path}[]")

    def _object(self, inner: Schema, outer: Schema, path: str) -> Iterator[Excess]:
        here, there = inner.get("properties", {}), outer.get("properties", {})
        for name in outer.get("required", ()):
            if name not in inner.get("required", ()):
                yield Excess("E_FIELD_REQUIRED", _join(path, name), "it is required on one side and may be absent on the other")
        for name, schema in here.items():
            if name in there:
                yield from self._compare(schema, there[name], _join(path, name))
            elif outer.get("additionalProperties") is False:
                yield Excess("E_FIELD_REMOVED", _join(path, name), "there is no such field any more")
        yield from self._others(inner, outer, path)

    def _others(self, inner: Schema, outer: Schema, path: str) -> Iterator[Excess]:
        there = outer.get("additionalProperties")
        if isinstance(there, dict):
            here = inner.get("additionalProperties", {})
            yield from self._compare(cast("Schema", here) if isinstance(here, dict) else {}, cast("Schema", there), f"{path}.*")


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    target = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _choices(schema: Schema) -> list[Schema]:
    return cast("list[Schema]", schema.get("anyOf", []))


def _foreign(found: list[Excess]) -> bool:
    return any(one.code == "E_TYPE" for one in found)


def _scalars(inner: Schema, outer: Schema, path: str) -> Iterator[Excess]:
    for keyword in _SAME_OR_ABSENT:
        if keyword in outer and inner.get(keyword) != outer[keyword]:
            code = "E_TYPE" if keyword == "type" else "E_PATTERN"
            yield Excess(code, path, f"{keyword} {inner.get(keyword, 'absent')} against {outer[keyword]}")
    yield from _values(inner, outer, path)
    for keyword in (*_FLOORS, *_CEILINGS):
        if keyword in outer and not _within(keyword, inner.get(keyword), outer[keyword]):
            yield Excess("E_LIMIT", path, f"{keyword} {inner.get(keyword, 'absent')} against {outer[keyword]}")


def _within(keyword: str, inner: Any, outer: Any) -> bool:
    if inner is None:
        return False
    return inner >= outer if keyword in _FLOORS else inner <= outer


def _values(inner: Schema, outer: Schema, path: str) -> Iterator[Excess]:
    here, there = _listed(inner), _listed(outer)
    if there is None:
        return
    if here is None:
        yield Excess("E_ENUM", path, "a list of values stands on one side only")
        return
    for value in here:
        if value not in there:
            yield Excess("E_ENUM", path, f"the value {value!r} stands on one side only")


def _listed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
