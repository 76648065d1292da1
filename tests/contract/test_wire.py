"""The wire, byte for byte: what `docs/connect.md` spells out, recomputed; and what a real log then holds."""

import ast
import importlib
import shutil
import subprocess
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from graphql import build_schema, parse, validate
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey

from backbone.envelope import Arrival, read_submission
from backbone.settings import Settings
from client import http_door, watch
from client.document import read_documents
from client.errors import Mistake
from client.kafka_door import KafkaDoor
from client.keys import SigningKey
from client.settings import Settings as ClientSettings
from client.submission import Sealed, build
from contracts import topics
from contracts.certificates import ExportCertificate
from contracts.cloudevents import from_json, to_json, to_kafka
from contracts.participants import RegisterKey
from tests.contract.connect import BLOCKS, DOCUMENT, HEADERS, TOPICS, heredoc, unhex

_BATCH_HEADER = 61
_SCHEMA = Path(__file__).parents[2] / "contracts" / "schema.graphql"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    path = tmp_path_factory.mktemp("connect") / "test-key.json"
    path.write_text(BLOCKS["test-key"])
    return SigningKey.load(path)


@pytest.fixture(scope="module")
def sealed(key: SigningKey) -> Sealed:
    claims = orjson.loads(BLOCKS["claims"])
    data = ExportCertificate.model_validate(claims["data"])
    at = datetime.fromtimestamp(claims["iat"], UTC)
    return build(key, data, claims["sub"], submission_id=claims["jti"], issued_at=at)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_the_test_key_is_the_one_that_rfc_8037_publishes() -> None:
    assert orjson.loads(BLOCKS["test-key"])["d"] == "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
    assert "TEST-KEY" in orjson.loads(BLOCKS["test-key"])["kid"]


def test_the_client_builds_the_token_of_the_document(sealed: Sealed) -> None:
    assert sealed.event.data.decode() == BLOCKS["token"]


def test_the_token_is_what_the_standard_library_and_the_signature_algorithm_make(key: SigningKey) -> None:
    head, body = _base64url(BLOCKS["header"].encode()), _base64url(BLOCKS["claims"].encode())
    signature = _base64url(key.private.sign(f"{head}.{body}".encode()))
    assert (head, body) == (BLOCKS["header-base64url"], BLOCKS["claims-base64url"])
    assert signature == BLOCKS["signature-base64url"]
    assert BLOCKS["token"] == f"{head}.{body}.{signature}"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_another_jose_library_makes_the_token_of_the_document() -> None:
    theirs = OKPKey.import_key(orjson.loads(BLOCKS["test-key"]))
    header = orjson.loads(BLOCKS["header"])
    assert joserfc_jws.serialize_compact(header, BLOCKS["claims"], theirs, ["EdDSA"]) == BLOCKS["token"]


def test_the_headers_of_the_document_are_the_headers_of_the_client(sealed: Sealed) -> None:
    assert to_kafka(sealed.event) == HEADERS
    assert f"| key | `{sealed.event.subject}` |" in DOCUMENT.read_text("utf-8")


def test_the_record_of_the_document_is_what_a_kafka_client_encodes(sealed: Sealed) -> None:
    batch = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000,
    )
    batch.append(0, 0, sealed.event.subject.encode(), sealed.event.data, [*HEADERS])
    assert bytes(batch.build())[_BATCH_HEADER:] == unhex(BLOCKS["record"])


def test_the_text_beside_the_record_is_its_bytes() -> None:
    for number, line in enumerate(BLOCKS["record"].splitlines()):
        raw = bytes.fromhex(line[6:53])
        assert line[:6] == f"{number * 16:04x}  "
        assert line[55:] == "".join(chr(byte) if 32 <= byte < 127 else "." for byte in raw)


def test_the_structured_form_of_the_document_is_the_same_event(sealed: Sealed) -> None:
    assert to_json(sealed.event).decode() == BLOCKS["structured"]
    assert from_json(BLOCKS["structured"].encode()) == sealed.event


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_alone_makes_the_token_of_the_document(tmp_path: Path) -> None:
    printed = _shell(BLOCKS["openssl-key"], tmp_path)
    _shell(BLOCKS["openssl-sign"], tmp_path)
    assert printed == orjson.loads(BLOCKS["test-key"])["x"]
    assert (tmp_path / "submission.jws").read_text() == BLOCKS["token"]


def _shell(script: str, folder: Path) -> str:
    done = subprocess.run(["sh", "-euc", script], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_the_register_of_the_example_keeps_its_contracts() -> None:
    kinds = [type(document.data).__name__ for document in read_documents(heredoc("register").encode())]
    assert kinds == ["AdmitParticipant", "AdmitParticipant", "RegisterAuthority", "AllocateSerialRange"]


def test_the_certificate_of_the_example_keeps_its_contract_and_is_the_one_that_is_exported(sealed: Sealed) -> None:
    [document] = read_documents(heredoc("issue").encode(), "certificate.issue.v1")
    assert build(SigningKey.make("XA-EXAMPLE", "1"), document.data).event.subject == sealed.event.subject


def test_what_registers_the_test_key_is_its_public_half(key: SigningKey) -> None:
    line = BLOCKS["register-test-key"].partition("echo '")[2].partition("'")[0]
    registration = RegisterKey.model_validate_json(line)
    assert registration == key.registration(registration.valid_from)


def test_the_program_of_the_document_imports_what_there_is() -> None:
    for node in ast.walk(ast.parse(BLOCKS["library"])):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(str(node.module))
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def test_the_topics_of_the_document_are_those_that_take_submissions() -> None:
    assert {spec.name for spec in topics.load() if spec.name.endswith(".submissions")} == TOPICS


def test_the_queries_of_document_and_client_are_the_same_and_the_gateway_serves_them() -> None:
    assert BLOCKS["outcomes"] == http_door.OUTCOMES
    schema = build_schema(_SCHEMA.read_text("utf-8"))
    assert validate(schema, parse(http_door.OUTCOMES)) == []
    assert validate(schema, parse(watch.CHANGES)) == []


async def test_the_log_holds_what_the_door_was_given_and_a_service_reads_it(settings: Settings, sealed: Sealed) -> None:
    at = ClientSettings(kafka=settings.kafka, namespace=settings.namespace)
    await _create(settings, at.topic(sealed.topic))
    async with KafkaDoor(at) as door:
        first, again = await door.send([sealed, sealed])
    consumer = AIOKafkaConsumer(at.topic(sealed.topic), bootstrap_servers=at.kafka, auto_offset_reset="earliest")
    async with consumer:
        record = await consumer.getone()
    assert (record.key, record.value) == (b"XA123", BLOCKS["token"].encode())
    assert list(record.headers) == HEADERS
    assert (first.id, first.partition, first.offset) == (sealed.id, record.partition, record.offset)
    assert (again.partition, again.offset) == (first.partition, first.offset + 1)
    arrival = read_submission(record)
    assert isinstance(arrival, Arrival)
    assert arrival.event == sealed.event


async def test_a_namespace_without_topics_is_a_mistake_with_a_remedy(settings: Settings, sealed: Sealed) -> None:
    async with KafkaDoor(ClientSettings(kafka=settings.kafka, namespace="nowhere"), patience=1.0) as door:
        with pytest.raises(Mistake) as refused:
            await door.send([sealed])
    assert (refused.value.code, refused.value.path) == ("E_TOPIC_UNKNOWN", "KP_NAMESPACE")


async def test_a_submission_that_the_log_would_not_take_is_a_mistake(settings: Settings, key: SigningKey) -> None:
    at = ClientSettings(kafka=settings.kafka, namespace=f"{settings.namespace}-large")
    one = build(key, ExportCertificate(exported_on=date(2026, 3, 5), port="x"), "XA1", submission_id="x" * 1_100_000)
    await _create(settings, at.topic(one.topic))
    async with KafkaDoor(at) as door:
        with pytest.raises(Mistake) as refused:
            await door.send([one])
    assert refused.value.code == "E_TOO_LARGE"


async def _create(settings: Settings, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=1)])
    finally:
        await admin.close()
