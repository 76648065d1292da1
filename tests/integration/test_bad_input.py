"""Whatever is sent to the certificates service gets the answer that design §4 names, and the good goes on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from backbone.health import deciding_service
from backbone.settings import Settings
from client.kafka_door import KafkaDoor
from client.keys import SigningKey
from client.settings import Settings as ClientSettings
from client.submission import Sealed, build
from contracts import jws
from contracts.certificates import ArriveCertificate, ExportCertificate, ValidateCertificate
from contracts.cloudevents import STRUCTURED, to_json, to_kafka
from deploy.local import anchor
from deploy.local.stack import Stack
from deploy.ops.topics import ensure_topics
from services.certificates.domain import DOMAIN as CERTIFICATES
from services.participants.domain import DOMAIN as PARTICIPANTS
from tests.recorder import Recorder
from tests.unit.worked import ARRIVE, EXPORT, VALIDATE, W1
from tests.world import MOMENT, World

TOPIC = "certificates.submissions"
SUSPENDED = {"issuer": "CF", "origin": "CF", "issuedOn": "2014-03-01", "expiresOn": "2014-04-01"}


class Platform:
    """Two running services, a door to them, and everything they say."""

    def __init__(self, world: World, door: KafkaDoor, producer: Any, recorder: Recorder, settings: Settings) -> None:
        self.world, self.door, self.recorder = world, door, recorder
        self.producer, self.topic = producer, settings.topic(TOPIC)

    async def send(self, *submissions: Sealed) -> None:
        """Send submissions by the client and wait for an answer to each."""
        await self.door.send(submissions)
        await self.recorder.until(
            lambda: all(self.recorder.of(one.id) for one in submissions),
            f"answers to {[s.event.type for s in submissions]}",
        )

    async def send_raw(self, value: bytes, key: bytes, headers: list[tuple[str, bytes]]) -> Any:
        """Send a record that no client would send, and wait for its dead letter."""
        placed = await self.producer.send_and_wait(self.topic, value, key, headers=headers)
        place = f"{placed.topic}/{placed.partition}/{placed.offset}"
        await self.recorder.until(lambda: any(one.id == place for one in self.recorder.dead), f"dead letter of {place}")
        return next(one for one in self.recorder.dead if one.id == place)


@pytest.fixture(scope="module")
async def platform(stack: Stack, settings: Settings) -> AsyncIterator[Platform]:
    anchor.ensure(stack.root)
    await ensure_topics(settings)
    client = ClientSettings(kafka=settings.kafka, namespace=settings.namespace)
    async with AsyncExitStack() as running:
        for domain in (PARTICIPANTS, CERTIFICATES):
            await running.enter_async_context(deciding_service(settings, domain).life())
        recorder = await running.enter_async_context(Recorder(settings))
        door = await running.enter_async_context(KafkaDoor(client))
        producer = await running.enter_async_context(AIOKafkaProducer(bootstrap_servers=settings.kafka))
        world = World.load(anchor.secretariat_key(stack.root))
        made = Platform(world, door, producer, recorder, settings)
        await made.send(*world.founding())
        yield made


def headers(sealed: Sealed, **changed: bytes) -> list[tuple[str, bytes]]:
    return [(name, changed.get(name.removeprefix("ce_"), value)) for name, value in to_kafka(sealed.event)]


async def test_a_whole_life_sent_at_once_becomes_five_facts_in_order(platform: Platform) -> None:
    life = platform.world.life("AO000101")
    await platform.send(*life)
    assert [platform.recorder.of(one.id)[0].sequence for one in life] == [1, 2, 3, 4, 5]
    assert platform.recorder.of(life[-1].id)[0].data["state"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("number", "changes", "by", "code"),
    [
        ("AO000102", {}, "AE", "E_FORBIDDEN_AUTHORITY"),
        ("AO000103", {"issuer": "AE"}, "AO", "E_FORBIDDEN_AUTHORITY"),
        ("AO99999999", {}, "AO", "E_NUMBER_RANGE"),
        ("AO000104", {"carats": "1250.01"}, "AO", "E_SUM_MISMATCH"),
        ("CF000005", SUSPENDED, "CF", "E_PARTICIPANT_SUSPENDED"),
    ],
    ids=[
        "key of another participant",
        "another issuer claimed",
        "outside the range",
        "lines do not add up",
        "suspended",
    ],
)
async def test_a_certificate_against_a_rule_is_refused_by_its_code(
    platform: Platform, number: str, changes: dict[str, Any], by: str, code: str
) -> None:
    sealed = platform.world.issue(number, by, **changes)
    await platform.send(sealed)
    assert code in platform.recorder.codes(sealed.id)


async def test_a_used_number_is_refused_in_any_printed_form(platform: Platform) -> None:
    await platform.send(platform.world.issue("AO000105"))
    again = platform.world.issue("ao-105")
    await platform.send(again)
    assert platform.recorder.codes(again.id) == ["E_CERT_NUMBER_DUPLICATE"]


async def test_an_export_after_expiry_and_an_arrival_told_by_the_wrong_country_are_refused(platform: Platform) -> None:
    world, number = platform.world, "AO000106"
    late = world.step(ExportCertificate, {**EXPORT, "exportedOn": "2026-05-02"}, number, "AO")
    wrong = world.step(ArriveCertificate, ARRIVE, number, "CF")
    await platform.send(
        world.issue(number),
        world.step(ValidateCertificate, VALIDATE, number, "AO"),
        late,
        world.step(ExportCertificate, EXPORT, number, "AO"),
        wrong,
    )
    assert platform.recorder.codes(late.id) == ["E_EXPIRED"]
    assert platform.recorder.codes(wrong.id) == ["E_FORBIDDEN_AUTHORITY"]


async def test_the_same_submission_twice_is_answered_twice_with_the_same_bytes(platform: Platform) -> None:
    sealed = platform.world.issue("AO000107")
    await platform.send(sealed)
    await platform.door.send([sealed])
    await platform.recorder.until(lambda: len(platform.recorder.of(sealed.id)) == 2, "the same answer again")
    first, second = ((record.value, record.headers) for record in platform.recorder.records if record.key == b"AO107")
    assert first == second


async def test_the_same_id_over_other_bytes_is_refused_and_the_first_answer_stands(platform: Platform) -> None:
    sealed = platform.world.issue("AO000108")
    await platform.send(sealed)
    data = ValidateCertificate.model_validate(VALIDATE)
    other = build(platform.world.keys["AO"], data, "AO000108", submission_id=sealed.id)
    await platform.door.send([other])
    await platform.recorder.until(lambda: platform.recorder.codes(sealed.id) != [], "a refusal of the reused id")
    assert platform.recorder.codes(sealed.id) == ["E_ID_REUSED"]
    assert platform.recorder.of(sealed.id)[0].type == "certificate.issued.v1"


async def test_structured_mode_is_taken_like_binary_mode(platform: Platform) -> None:
    sealed = platform.world.issue("AO000109")
    structured = [("content-type", STRUCTURED.encode())]
    await platform.producer.send_and_wait(platform.topic, to_json(sealed.event), b"AO109", headers=structured)
    await platform.recorder.until(lambda: bool(platform.recorder.of(sealed.id)), "the fact")
    assert platform.recorder.of(sealed.id)[0].type == "certificate.issued.v1"


async def test_a_wrong_signature_is_a_dead_letter_with_the_original_bytes(platform: Platform) -> None:
    sealed = platform.world.issue("AO000110")
    signing_input, _, _ = sealed.event.data.rpartition(b".")
    forged = signing_input + b"." + jws.b64encode(bytes(64))
    dead = await platform.send_raw(forged, b"AO110", headers(sealed))
    assert (dead.reason, dead.claimed_id) == ("E_SIGNATURE", sealed.id)
    assert (dead.value, dead.headers) == (forged, headers(sealed))
    assert platform.recorder.of(sealed.id) == []


async def test_an_unknown_key_is_a_dead_letter(platform: Platform) -> None:
    stranger = replace(platform.world, keys={"AO": SigningKey.make("AO-A", "never-registered")})
    sealed = stranger.issue("AO000111")
    assert (await platform.send_raw(sealed.event.data, b"AO111", headers(sealed))).reason == "E_KEY_UNKNOWN"


@pytest.mark.parametrize("changed", [{"id": b"another"}, {"type": b"certificate.validate.v1"}, {"subject": b"AO1"}])
async def test_claims_that_differ_from_the_headers_are_dead_and_the_known_sender_is_told(
    platform: Platform, changed: dict[str, bytes]
) -> None:
    sealed = platform.world.issue("AO000112")
    dead = await platform.send_raw(sealed.event.data, b"AO112", headers(sealed, **changed))
    told = f"dead/{dead.id}"
    await platform.recorder.until(lambda: bool(platform.recorder.of(told)), "a refusal for the known sender")
    assert (dead.reason, platform.recorder.codes(told)) == ("E_CLAIMS_MISMATCH", ["E_CLAIMS_MISMATCH"])


async def test_a_statement_copied_into_a_false_envelope_does_not_take_the_true_ones_answer(platform: Platform) -> None:
    sealed = platform.world.issue("AO000113")
    await platform.send_raw(sealed.event.data, b"AO1", headers(sealed))
    await platform.send(sealed)
    assert [fact.type for fact in platform.recorder.of(sealed.id)] == ["certificate.issued.v1"]


@pytest.mark.parametrize(
    ("value", "with_headers"),
    [
        (b"\x00\xff garbage", []),
        (b"", [("ce_specversion", b"1.0")]),
        (b"a.b", "jose"),
        (b"", "jose"),
        (b"{}", [("content-type", STRUCTURED.encode())]),
        (b"[" * 200_000, [("content-type", STRUCTURED.encode())]),
        (b"x", [("ce_note", b"\xff\xfe")]),
    ],
    ids=["bytes", "attributes missing", "two parts", "nothing", "empty structured", "deep JSON", "header not UTF-8"],
)
async def test_what_is_no_envelope_is_a_dead_letter_and_the_batch_goes_on(
    platform: Platform, value: bytes, with_headers: Any
) -> None:
    sealed = platform.world.issue("AO000123", carats=W1["carats"])
    given = headers(sealed) if with_headers == "jose" else with_headers
    assert (await platform.send_raw(value, b"AO123", given)).reason == "E_ENVELOPE"


async def test_a_submission_on_the_wrong_topic_is_refused(platform: Platform) -> None:
    sealed = build(platform.world.secretariat, platform.world.keys["AO"].registration(MOMENT), "AO")
    record = headers(sealed)
    await platform.producer.send_and_wait(platform.topic, sealed.event.data, b"AO", headers=record)
    await platform.recorder.until(lambda: bool(platform.recorder.of(sealed.id)), "a refusal")
    assert platform.recorder.codes(sealed.id) == ["E_TYPE_UNKNOWN"]
