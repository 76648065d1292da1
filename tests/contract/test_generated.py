"""What is generated of the contracts is current, valid by other people's validators, and true by our own rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter, ValidationError

from backbone.deadletters import publish_dead
from backbone.envelope import Dead
from contracts import jws, topics
from contracts.asyncapi import document
from contracts.catalogue import FACTS, REJECTED, REJECTIONS, SUBMISSIONS, FactType
from contracts.domain import Domain
from contracts.examples import RECORDED, STEPS, bodies, headers
from contracts.examples.certificates import MISCOUNTED
from contracts.examples.participants import ANGOLA
from contracts.examples.step import PUBLIC_X
from contracts.facts import compose_refusal, read
from contracts.generate import FOLDER, drift, files, write
from contracts.json_schema import WireForm, wire_schemas
from contracts.outcome import Accepted, Finding, Rejection
from contracts.registry import Registry
from contracts.values import Carats, Difference, ReportedUsd
from reference import decisions
from services.certificates.domain import DOMAIN as CERTIFICATES
from services.participants.domain import DOMAIN as PARTICIPANTS
from services.statistics.domain import DOMAIN as STATISTICS

ALL_FACTS = {**FACTS, REJECTED: REJECTIONS["certificates"]}
NAMES = sorted({*SUBMISSIONS, *ALL_FACTS})
DOMAINS: dict[str, Domain[Any]] = {one.service: one for one in (CERTIFICATES, PARTICIPANTS, STATISTICS)}
SCHEMAS, BODIES = wire_schemas(), bodies()


def faults(schema: Any, instance: Any) -> list[str]:
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(instance)]


def test_the_committed_files_are_what_the_code_says() -> None:
    assert drift() == []


def test_a_file_that_is_wrong_missing_or_left_over_is_named(tmp_path: Any) -> None:
    write(tmp_path)
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "schemas/certificate.issue.v1.schema.json").unlink()
    (tmp_path / "schemas/gone.v1.schema.json").write_text("{}")
    assert [line.partition(" ")[0] for line in drift(tmp_path)] == [
        "asyncapi.json",
        "schemas/certificate.issue.v1.schema.json",
        "schemas/gone.v1.schema.json",
    ]


def test_every_message_has_a_schema_and_an_example() -> None:
    assert sorted(SCHEMAS) == sorted(BODIES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_by_its_own_dialect(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", NAMES)
def test_an_example_satisfies_its_schema(name: str) -> None:
    assert faults(SCHEMAS[name], BODIES[name]) == []


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_an_example_submission_is_what_its_model_writes(name: str) -> None:
    data = SUBMISSIONS[name].data.model_validate(BODIES[name]["data"])
    assert data.model_dump(mode="json", exclude_none=True) == BODIES[name]["data"]


@pytest.mark.parametrize("name", ALL_FACTS)
def test_an_example_fact_is_what_its_models_write(name: str) -> None:
    kind, body = ALL_FACTS[name], BODIES[name]
    assert kind.state.model_validate(body["data"]).model_dump(mode="json") == body["data"]
    assert _change(kind, body).model_dump(mode="json") == body["change"]
    assert TypeAdapter(list[Finding]).validate_python(body["findings"]) is not None


def _change(kind: FactType, body: Any) -> BaseModel:
    unwritten = {name: body["data"] for name, field in kind.change.model_fields.items() if field.exclude}
    return kind.change.model_validate({**body["change"], **unwritten})


@pytest.mark.parametrize("name", STEPS)
def test_an_example_is_sealed_under_the_key_of_rfc_8037(name: str) -> None:
    token = jws.parse(BODIES[SUBMISSIONS[name].becomes]["signed"].encode())
    assert jws.verified(token, jws.public_key(PUBLIC_X))
    assert orjson.loads(token.payload) == BODIES[name]


@dataclass
class Known:
    """A register in which Angola and the United Arab Emirates may trade."""

    registry: Registry


@pytest.fixture(scope="module")
def known() -> Known:
    registry = Registry()
    registry.record(1, ANGOLA)
    registry.record(1, ANGOLA.model_copy(update={"code": "AE", "kpc_prefixes": ["AE"]}))
    return Known(registry)


@pytest.mark.parametrize("name", STEPS)
def test_the_rules_make_of_an_example_submission_the_example_fact(name: str, known: Known) -> None:
    step = STEPS[name]
    domain = DOMAINS[step.sent.kind.topic.partition(".")[0]]
    cause, claims = step.sent.cause, step.sent.claims
    decision = domain.judge(step.before, claims, step.sent.signer, cause.received_at, known)
    assert isinstance(decision, Accepted), decision
    _, (fact,), _ = domain.apply(step.before, step.version - 1, decision, cause)
    recorded = RECORDED[step.sent.kind.becomes]
    assert read(fact.headers, fact.value) == read(recorded.headers, recorded.value)


def test_the_rules_refuse_the_miscounted_certificate_in_the_words_of_the_example(known: Known) -> None:
    cause, claims = MISCOUNTED.cause, MISCOUNTED.claims
    decision = CERTIFICATES.judge(None, claims, cause.signer, cause.received_at, known)
    assert isinstance(decision, Rejection)
    assert compose_refusal("certificates", cause, claims, decision.findings) == RECORDED[REJECTED]


def test_a_decision_in_an_example_is_one_of_the_reference() -> None:
    known = {one.ref: (one.body.value, one.kind.value, one.adopted_on.isoformat()) for one in decisions()}
    cited = [one["data"]["decision"] for one in BODIES.values() if "decision" in one["data"]]
    assert len(cited) == 3
    for one in cited:
        assert known[one["ref"]] == (one["body"], one["kind"], one["adoptedOn"])


@pytest.mark.parametrize("kind", [Carats, ReportedUsd, Difference], ids=["Carats", "ReportedUsd", "Difference"])
@given(data=st.data())
def test_what_a_decimal_s_pattern_admits_is_read_and_written_to_the_same_text(kind: Any, data: st.DataObject) -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(kind)
    pattern = adapter.json_schema(schema_generator=WireForm)["pattern"]
    text = data.draw(st.from_regex(pattern, fullmatch=True))
    assert adapter.dump_python(adapter.validate_python(text), mode="json") == text


def test_no_number_with_a_fraction_crosses_the_wire() -> None:
    assert '"type": "number"' not in "".join(files().values())


@pytest.mark.parametrize("said", ["0.00", "1", "1.5", "01.00", "-1.00", "1e3", "1234567890123.00", 12.5, "NaN"])
def test_a_weight_in_any_other_form_is_refused_and_against_the_schema(said: object) -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Carats)
    assert faults(adapter.json_schema(schema_generator=WireForm), said) != []
    with pytest.raises(ValidationError):
        adapter.validate_python(said)


def test_an_unknown_field_is_against_a_submission_s_schema_and_passed_over_in_a_fact() -> None:
    submission, fact = BODIES["certificate.export.v1"], BODIES["certificate.exported.v1"]
    assert faults(SCHEMAS["certificate.export.v1"], {**submission, "data": {**submission["data"], "prot": "LAD"}}) != []
    assert faults(SCHEMAS["certificate.exported.v1"], {**fact, "data": {**fact["data"], "later": 1}}) == []


def test_a_state_not_known_yet_passes_a_fact_s_schema_where_the_list_is_extensible() -> None:
    fact = BODIES["certificate.exported.v1"]
    assert faults(SCHEMAS["certificate.exported.v1"], {**fact, "data": {**fact["data"], "state": "LOST"}}) == []


def references(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        yield from (found for value in node.values() for found in references(value))
    elif isinstance(node, list):
        yield from (found for value in node for found in references(value))


def test_every_reference_of_the_asyncapi_leads_somewhere() -> None:
    root, generated = document(), {str(path) for path in files()}
    for reference in references(root):
        target, _, pointer = reference.partition("#")
        if target:
            assert target in generated, reference
            continue
        node: Any = root
        for part in pointer.split("/")[1:]:
            node = node[part]


@pytest.mark.parametrize("name", NAMES)
def test_the_headers_of_an_example_satisfy_the_asyncapi(name: str) -> None:
    root = document()
    schema = {**root["components"]["messages"][name]["headers"], "components": root["components"]}
    assert faults(schema, {key: raw.decode() for key, raw in headers()[name]}) == []
    assert faults(schema, {}) != []


def test_the_asyncapi_has_every_topic_and_an_operation_for_each_writer_and_reader() -> None:
    root, specs = document(), topics.load()
    assert list(root["channels"]) == [spec.name for spec in specs]
    assert len(root["operations"]) == sum(len(spec.writers) + len(spec.readers) for spec in specs)


class Kept:
    """Takes what would be published."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    async def publish_raw(self, records: Any) -> None:
        self.records.extend(records)


async def test_the_asyncapi_names_the_headers_that_a_dead_letter_bears() -> None:
    record: Any = ConsumerRecord("kp.x", 0, 1, 2, 0, b"key", b"value", None, 0, 0, [])
    kept: Any = Kept()
    await publish_dead(kept, [Dead(record, "E_ENVELOPE", "why")])
    described = document()["components"]["messages"]["dead-letter"]["headers"]["required"]
    assert [name for name, _ in kept.records[0][3]] == described


def test_no_generated_file_lies_outside_the_contracts() -> None:
    assert all((FOLDER / path).resolve().is_relative_to(FOLDER) for path in files())
