"""The HTTP door against a stand-in gateway: what is sent, how answers are read, and what is worth trying again."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import orjson
import pytest
from opentelemetry import trace

from client import tracing
from client.errors import Mistake, Unreachable
from client.http_door import HttpDoor
from client.keys import SigningKey
from client.settings import Settings
from client.submission import Sealed, build
from contracts.certificates import ArriveCertificate

KEY = SigningKey.make("AE-DUBAI", "1")
FACT = {
    "id": "x/1",
    "type": "certificate.arrived.v1",
    "subject": "AO123",
    "sequence": 4,
    "time": "2026-03-07T08:00:00+00:00",
    "findings": [],
}
FINDING = {"code": "E_DATE_FUTURE", "level": "SEVERE", "path": "data.arrivedOn", "message": "Wait.", "details": {}}
Answer = Callable[[httpx.Request], httpx.Response]


def sealed(number: str = "AO123") -> Sealed:
    return build(KEY, ArriveCertificate(arrived_on=date(2026, 3, 7)), number)


def door(answer: Answer) -> HttpDoor:
    return HttpDoor(Settings(gateway="http://gateway"), httpx.MockTransport(answer))


def always(status: int, document: Any = None) -> Answer:
    return lambda _: httpx.Response(status, json=document) if document is not None else httpx.Response(status)


async def test_a_submission_is_posted_as_its_token_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another test may have set OpenTelemetry up for the whole process.
    monkeypatch.setattr(tracing, "_tracer", trace.NoOpTracerProvider().get_tracer("none"))
    seen: list[httpx.Request] = []
    one = sealed()
    async with door(lambda request: seen.append(request) or httpx.Response(202, json={"status": "PENDING"})) as open_:
        outcome = await open_.submit(one)
    [request] = seen
    assert (request.method, request.url) == ("POST", "http://gateway/submissions")
    assert request.headers["content-type"] == "application/jose"
    assert "traceparent" not in request.headers
    assert request.content == one.event.data
    assert (outcome.id, outcome.status) == (one.id, "PENDING")


async def test_a_wait_is_said_in_seconds_and_no_longer_than_the_gateway_allows() -> None:
    waits: list[str] = []
    answer = httpx.Response(202, json={"status": "PENDING"})
    async with door(lambda request: waits.append(request.url.params["wait"]) or answer) as open_:
        await open_.submit(sealed(), wait=0.5)
        await open_.submit(sealed(), wait=90)
    assert waits == ["0.500s", "30.000s"]


async def test_an_accepted_submission_names_its_facts_past_fields_it_does_not_know() -> None:
    document = {"id": "x", "status": "ACCEPTED", "facts": [FACT], "rejection": None, "deadLetters": [], "more": 1}
    async with door(always(200, document)) as open_:
        outcome = await open_.submit(sealed(), wait=1)
    assert outcome.status == "ACCEPTED"
    assert [(fact.type, fact.sequence) for fact in outcome.facts] == [("certificate.arrived.v1", 4)]


async def test_a_rejection_is_an_outcome_with_every_finding() -> None:
    members = {"status": 422, "facts": [], "rejection": {"findings": [FINDING]}, "deadLetters": []}
    problem = {"code": "E_DATE_FUTURE", "detail": "no", "findings": [FINDING], **members}
    async with door(always(422, problem)) as open_:
        outcome = await open_.submit(sealed(), wait=1)
    assert outcome.status == "REJECTED"
    assert [(one.code, one.path) for one in outcome.findings] == [("E_DATE_FUTURE", "data.arrivedOn")]


async def test_a_dead_letter_is_an_outcome_with_its_reason() -> None:
    letter = {"place": "t/0/1", "reason": "E_SIGNATURE", "message": "no"}
    problem = {"code": "E_SIGNATURE", "findings": [letter], "rejection": None, "deadLetters": [letter]}
    async with door(always(422, problem)) as open_:
        outcome = await open_.submit(sealed(), wait=1)
    assert (outcome.status, outcome.dead_letters[0].reason) == ("DEAD", "E_SIGNATURE")


async def test_a_submission_nobody_knows_is_pending() -> None:
    async with door(always(404, {"code": "E_NO_OUTCOME"})) as open_:
        assert (await open_.outcome("x")).status == "PENDING"


async def test_an_id_of_any_form_is_asked_for_as_it_is() -> None:
    paths: list[str] = []
    answer = httpx.Response(404, json={"code": "E_NO_OUTCOME"})
    async with door(lambda request: paths.append(request.url.raw_path.decode()) or answer) as open_:
        await open_.outcome("expire:AO 1:2026/05?")
    assert paths == ["/submissions/expire:AO%201:2026/05%3F"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_busy_gateway_is_worth_trying_again(status: int) -> None:
    problem = {"code": "E_KAFKA_AWAY", "detail": "Away.", "remedy": "Send the same bytes again."}
    async with door(always(status, problem)) as open_:
        with pytest.raises(Unreachable, match=r"Away\. Send the same bytes again") as away:
            await open_.submit(sealed())
    assert away.value.code == "E_KAFKA_AWAY"


@pytest.mark.parametrize("status", [400, 403, 404, 413, 415, 422])
async def test_a_refused_call_is_a_mistake_with_the_gateways_code(status: int) -> None:
    async with door(always(status, {"code": "E_SIGNATURE", "detail": "No.", "remedy": "Sign what you send."})) as open_:
        with pytest.raises(Mistake, match="Sign what you send") as refused:
            await open_.submit(sealed())
    assert refused.value.code == "E_SIGNATURE"


async def test_an_answer_that_is_no_problem_document_still_has_a_code() -> None:
    async with door(lambda _: httpx.Response(418, text="teapot")) as open_:
        with pytest.raises(Mistake) as refused:
            await open_.submit(sealed())
    assert refused.value.code == "E_HTTP_418"


async def test_a_gateway_that_is_not_there_is_unreachable() -> None:
    async with HttpDoor(Settings(gateway="http://127.0.0.1:1")) as open_:
        with pytest.raises(Unreachable) as away:
            await open_.submit(sealed())
    assert (away.value.code, away.value.path) == ("E_GATEWAY_AWAY", "KP_GATEWAY")


async def test_those_of_one_certificate_are_sent_in_their_order_and_answered_in_the_callers() -> None:
    many = [sealed(number) for number in ("AO1", "AO2", "AO1", "AO3", "AO1")]
    arrived: list[bytes] = []
    answer = httpx.Response(202, json={"status": "PENDING"})
    async with door(lambda request: arrived.append(request.content) or answer) as open_:
        outcomes = await open_.send(many)
    assert [outcome.id for outcome in outcomes] == [one.id for one in many]
    assert [token for token in arrived if token in {many[i].event.data for i in (0, 2, 4)}] == [
        many[i].event.data for i in (0, 2, 4)
    ]
    assert sorted(arrived) == sorted(one.event.data for one in many)


def _graphql(known: Callable[[str], str]) -> tuple[Answer, list[list[str]]]:
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        ids: list[str] = orjson.loads(request.content)["variables"]["ids"]
        asked.append(ids)
        rows = [{"id": one, "status": known(one), "facts": [], "rejection": None, "deadLetters": []} for one in ids]
        return httpx.Response(200, json={"data": {"submissions": rows}})

    return answer, asked


async def test_many_outcomes_are_asked_for_in_pages_and_come_in_the_order_of_their_ids() -> None:
    answer, asked = _graphql(lambda _: "ACCEPTED")
    ids = [f"id-{number}" for number in range(250)]
    async with door(answer) as open_:
        outcomes = await open_.wait_for(ids, timeout=5)
    assert [outcome.id for outcome in outcomes] == ids
    assert sorted(len(page) for page in asked) == [50, 100, 100]


async def test_only_what_is_pending_is_asked_for_again() -> None:
    rounds = {"a": iter(["ACCEPTED"]), "b": iter(["PENDING", "REJECTED"])}
    answer, asked = _graphql(lambda one: next(rounds[one]))
    async with door(answer) as open_:
        outcomes = await open_.wait_for(["a", "b"], timeout=5)
    assert [outcome.status for outcome in outcomes] == ["ACCEPTED", "REJECTED"]
    assert asked == [["a", "b"], ["b"]]


async def test_what_is_not_answered_in_time_stays_pending() -> None:
    answer, _ = _graphql(lambda _: "PENDING")
    async with door(answer) as open_:
        assert [one.status for one in await open_.wait_for(["a"], timeout=0)] == ["PENDING"]


async def test_an_error_of_the_query_is_a_mistake_with_its_code() -> None:
    errors = {"errors": [{"message": "Too much.", "extensions": {"code": "E_COST"}}], "data": None}
    async with door(always(200, errors)) as open_:
        with pytest.raises(Mistake) as refused:
            await open_.wait_for(["a"], timeout=0)
    assert (refused.value.code, refused.value.remedy) == ("E_COST", "Too much.")
