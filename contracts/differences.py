"""What differs between two JSON Schemas of one message, and whether the newer one is narrower or wider there.

It knows the keywords that `contracts/json_schema.py` writes. What it cannot prove harmless it calls narrower.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from contracts.json_schema import EXTENSIBLE, Schema

_FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_STRUCTURE = ("$ref", "$defs", "anyOf", "items", "properties", "required", "additionalProperties")
_VALUES = ("enum", "const", EXTENSIBLE)
_WORDS = ("$schema", "$id", "title", "description", "type", "default")
_PLACES = ("x-topic", "x-becomes", "x-classification")
_JUDGED = frozenset((*_FLOORS, *_CEILINGS, *_STRUCTURE, *_VALUES, *_WORDS))


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: a stable code, the path of the field, and what it was and is.

    `narrower`: something that was allowed is no longer; otherwise something new is.
    """

    code: str
    path: str
    narrower: bool
    what: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two schemas of one message, each with the `$defs` that its references point into."""

    old: Schema
    new: Schema

    def differences(self) -> list[Difference]:
        """List what differs, but for additions that harm nobody: optional fields, values of an extensible list."""
        return list(self._compare(self.old, self.new, ""))

    def _compare(self, old: Schema, new: Schema, path: str) -> Iterator[Difference]:
        before, after = _alternatives(old, self.old), _alternatives(new, self.new)
        for name in [*before, *(name for name in after if name not in before)]:
            if name in before and name in after:
                yield from self._alternative(before[name], after[name], path)
            else:
                yield Difference("E_TYPE", path, name in before, f"{_said(before)} became {_said(after)}")
        if "default" in old and "default" in new and old["default"] != new["default"]:
            yield Difference("E_DEFAULT", path, True, f"default {old['default']!r} became {new['default']!r}")

    def _alternative(self, old: Schema, new: Schema, path: str) -> Iterator[Difference]:
        yield from _limits(old, new, path)
        yield from _values(old, new, path)
        yield from _unproven(old, new, path)
        if "items" in old and "items" in new:
            yield from self._compare(old["items"], new["items"], f"{path}[]")
        yield from self._fields(old, new, path)

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[Difference]:
        before, after = _properties(old), _properties(new)
        for name, schema in before.items():
            if name in after:
                yield from self._compare(schema, after[name], _join(path, name))
            else:
                yield Difference("E_FIELD_REMOVED", _join(path, name), True, "the field is gone")
        for name in _without(new.get("required", ()), old.get("required", ())):
            yield Difference("E_FIELD_REQUIRED", _join(path, name), True, "the field is required now")
        for name in _without(old.get("required", ()), new.get("required", ())):
            if name in after:
                yield Difference("E_FIELD_OPTIONAL", _join(path, name), False, "the field may be absent now")
        yield from self._others(old.get("additionalProperties", True), new.get("additionalProperties", True), path)

    def _others(self, old: Any, new: Any, path: str) -> Iterator[Difference]:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._compare(cast("Schema", old), cast("Schema", new), f"{path}.*")
        elif old != new:
            yield Difference("E_FIELDS_CLOSED", path, old is not False, "unlisted fields are treated otherwise now")


def _alternatives(schema: Schema, root: Schema) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for one in schema.get("anyOf", [schema]):
        resolved = _resolved(one, root)
        name = resolved.get("type", "anything")
        found[f"{name} {resolved.get('title')}" if name in found else name] = resolved
    return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    return root["$defs"][schema["$ref"].rpartition("/")[2]]


def _limits(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    for keywords, sign in ((_FLOORS, 1), (_CEILINGS, -1)):
        for keyword in keywords:
            before, after = old.get(keyword), new.get(keyword)
            if before != after:
                narrower = after is not None and (before is None or (after - before) * sign > 0)
                yield Difference("E_LIMIT", path, narrower, f"{keyword} {before} became {after}")


def _values(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    before, after = _listed(old), _listed(new)
    for value in _without(before, after):
        if new.keys() & set(_VALUES):
            yield Difference("E_ENUM", path, True, f"the value {value!r} is gone")
    closed = EXTENSIBLE not in old and EXTENSIBLE not in new
    for value in _without(after, before):
        if closed and before:
            yield Difference("E_ENUM", path, False, f"the value {value!r} is new")
    if _openness(old) != _openness(new):
        yield Difference("E_ENUM", path, _openness(new) < _openness(old), "the list of values is closed otherwise now")


def _listed(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else schema.get("enum") or schema.get(EXTENSIBLE) or []


def _openness(schema: Schema) -> int:
    return 0 if "const" in schema or "enum" in schema else 1 if EXTENSIBLE in schema else 2


def _unproven(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    for keyword in sorted((old.keys() | new.keys()) - _JUDGED):
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        if keyword in _PLACES:
            yield Difference("E_MOVED", path, True, f"{keyword} {before} became {after}")
        elif not keyword.startswith("x-"):
            yield Difference("E_PATTERN", path, after is not None, f"{keyword} {before} became {after}")


def _properties(schema: Schema) -> dict[str, Schema]:
    return schema.get("properties", {})


def _without(some: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    known = list(others)
    return [one for one in some if one not in known]


def _said(alternatives: Iterable[str]) -> str:
    return " or ".join(alternatives)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
