"""What the HTTP door refuses, and what it hands on, without a server behind it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from contracts.cloudevents import JOSE, STRUCTURED, CloudEvent, to_json
from contracts.registry import Registry, read_anchors
from contracts.submission import Claims
from services.gateway.door import Door
from services.gateway.problem import HANDLERS, MAX_BODY
from tests.unit.told import SECRETARIAT, anchors, sealed, with_key

CLAIMS = Claims(SECRETARIAT.authority, "01890000-1", "AO", "participant.admit.v1", 0, {"code": "AO"})
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Log:
    """Stands where the publisher stands and keeps what would have been published."""

    records: list[Any] = field(default_factory=list[Any])
    trouble: Exception | None = None

    async def publish_raw(self, records: list[Any]) -> None:
        if self.trouble:
            raise self.trouble
        self.records += records


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def http(log: Log) -> AsyncIterator[httpx.AsyncClient]:
    registry = Registry(read_anchors(anchors()))

    async def catch_up(_: float) -> None:
        registry.record(1, with_key("AO"))

    register: Any = SimpleNamespace(registry=registry, catch_up=catch_up)
    published: Any = log
    outcomes: Any = None
    door = Door(published, register, outcomes, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    served = Starlette(routes=door.routes(), exception_handlers=HANDLERS)
    transport = httpx.ASGITransport(served, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kp") as client:
        yield client


async def post(http: httpx.AsyncClient, body: bytes, kind: str = JOSE, **headers: str) -> httpx.Response:
    return await http.post("/submissions", content=body, headers={"content-type": kind, **headers})


async def test_a_signed_submission_is_published_under_the_envelope_its_claims_say(
    http: httpx.AsyncClient, log: Log
) -> None:
    answer = await post(http, sealed(CLAIMS), traceparent=TRACE)
    [(topic, key, value, headers)] = log.records
    assert (answer.status_code, answer.headers["location"]) == (202, "/submissions/01890000-1")
    assert answer.json()["status"] == "PENDING"
    assert (topic, key, value) == ("participants.submissions", b"AO", sealed(CLAIMS))
    expected = {"ce_id": b"01890000-1", "ce_type": b"participant.admit.v1", "ce_source": b"KPS-GABORONE"}
    assert dict(headers).items() >= {**expected, "ce_subject": b"AO", "traceparent": TRACE.encode()}.items()


async def test_a_structured_event_keeps_its_own_trace_time_and_correlation(http: httpx.AsyncClient, log: Log) -> None:
    more = {"correlationid": "c-1"}
    event = CloudEvent(
        CLAIMS.id, CLAIMS.type, CLAIMS.issuer, CLAIMS.subject, sealed(CLAIMS), JOSE, "2026-11-22T00:00:00Z", more, TRACE
    )
    answer = await post(http, to_json(event), STRUCTURED)
    [(_, _, value, headers)] = log.records
    assert (answer.status_code, value) == (202, sealed(CLAIMS))
    assert dict(headers).items() >= {"ce_correlationid": b"c-1", "traceparent": TRACE.encode()}.items()


async def test_a_key_that_was_registered_a_moment_ago_is_known(http: httpx.AsyncClient, log: Log) -> None:
    claims = Claims("AO-A", "s-2", "AO", "participant.admit.v1", 0, {})
    assert (await post(http, sealed(claims, "AO-A/1"))).status_code == 202


STRANGER = Ed25519PrivateKey.generate()
ELSEWHERE = Claims("KPS-ELSEWHERE", "s-3", "AO", "participant.admit.v1", 0, {})
UNKNOWN = Claims(SECRETARIAT.authority, "s-4", "AO", "participant.applaud.v1", 0, {})
OTHER_ID = CloudEvent("other", CLAIMS.type, CLAIMS.issuer, CLAIMS.subject, sealed(CLAIMS), JOSE)
REFUSED = [
    ("words", JOSE, 400, "E_ENVELOPE", b"hello"),
    ("no claims", JOSE, 400, "E_ENVELOPE", sealed(CLAIMS).split(b".")[0] + b".e30.AA"),
    ("no event", STRUCTURED, 400, "E_ENVELOPE", b"{}"),
    ("plain event", STRUCTURED, 400, "E_ENVELOPE", to_json(CloudEvent("i", "t", "s", "u", b"{}"))),
    ("media type", "application/json", 415, "E_MEDIA_TYPE", b"{}"),
    ("no media type", "", 415, "E_MEDIA_TYPE", b"{}"),
    ("unknown key", JOSE, 403, "E_KEY_UNKNOWN", sealed(CLAIMS, "XX-A/1")),
    ("false signature", JOSE, 403, "E_SIGNATURE", sealed(CLAIMS, key=STRANGER)),
    ("authority", JOSE, 400, "E_CLAIMS_MISMATCH", sealed(ELSEWHERE)),
    ("other id", STRUCTURED, 400, "E_CLAIMS_MISMATCH", to_json(OTHER_ID)),
    ("unknown type", JOSE, 422, "E_TYPE_UNKNOWN", sealed(UNKNOWN)),
    ("too large", JOSE, 413, "E_TOO_LARGE", b"x" * (MAX_BODY + 1)),
]


@pytest.mark.parametrize(("kind", "status", "code", "body"), [one[1:] for one in REFUSED], ids=[o[0] for o in REFUSED])
async def test_what_is_refused_is_not_published_and_the_problem_says_the_remedy(
    http: httpx.AsyncClient, log: Log, kind: str, status: int, code: str, body: bytes
) -> None:
    answer = await post(http, body, kind)
    problem = answer.json()
    assert (answer.status_code, problem["code"], log.records) == (status, code, [])
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["remedy"].endswith(".")
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("wait", ["2", "31s", "-1s", "s", "1e9s"])
async def test_a_wait_is_in_seconds_and_at_most_thirty(http: httpx.AsyncClient, log: Log, wait: str) -> None:
    answer = await http.post("/submissions", params={"wait": wait}, content=sealed(CLAIMS))
    assert (answer.status_code, answer.json()["code"], log.records) == (400, "E_WAIT", [])


async def test_without_kafka_the_sender_is_told_to_come_again(http: httpx.AsyncClient, log: Log) -> None:
    log.trouble = KafkaConnectionError("away")
    answer = await post(http, sealed(CLAIMS))
    assert (answer.status_code, answer.json()["code"]) == (503, "E_KAFKA_AWAY")
    assert int(answer.headers["retry-after"]) > 0


async def test_what_the_log_finds_too_large_is_too_large(http: httpx.AsyncClient, log: Log) -> None:
    log.trouble = MessageSizeTooLargeError()
    assert (await post(http, sealed(CLAIMS))).status_code == 413


async def test_a_bug_is_said_as_a_problem_without_a_trace(http: httpx.AsyncClient, log: Log) -> None:
    log.trouble = ZeroDivisionError("secret")
    answer = await post(http, sealed(CLAIMS))
    assert (answer.status_code, answer.json()["code"]) == (500, "E_INTERNAL")
    assert "secret" not in answer.text


async def test_a_wrong_method_and_a_wrong_path_are_problems_too(http: httpx.AsyncClient) -> None:
    wrong_method, wrong_path = await http.get("/submissions"), await http.get("/nothing")
    assert (wrong_method.status_code, orjson.loads(wrong_method.content)["code"]) == (405, "E_METHOD")
    assert (wrong_path.status_code, orjson.loads(wrong_path.content)["code"]) == (404, "E_NOT_FOUND")
