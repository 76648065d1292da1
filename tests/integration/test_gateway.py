"""The gateway on real servers: facts in, every question answered, and the door's whole way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import anyio
import httpx
import orjson
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from backbone.deadletters import publish_dead
from backbone.envelope import Dead, Record
from backbone.health import application
from backbone.kafka import Publisher
from backbone.mongo import Store
from backbone.projecting import OFFSETS, state_hash
from backbone.settings import Settings
from contracts.cloudevents import JOSE, CloudEvent, to_kafka
from contracts.facts import OutgoingFact
from contracts.participants import MemberState
from contracts.submission import Claims
from deploy.ops.topics import ensure_topics
from services.gateway.app import build
from services.gateway.projection import COLLECTIONS
from services.gateway.settings import GatewaySettings
from tests.unit.told import (
    SECRETARIAT,
    anchors,
    certificate_facts,
    corridor_fact,
    participant_fact,
    refusal_fact,
    return_fact,
    sealed,
    with_key,
)
from tests.unit.worked import NOW, participant

AGGREGATES = ("participants", "certificates", "returns", "corridors")


@dataclass
class Gateway:
    """The running gateway and the roads to it."""

    settings: GatewaySettings
    publisher: Publisher
    store: Store
    http: httpx.AsyncClient

    async def tell(self, *facts: OutgoingFact) -> None:
        """Publish facts and wait until the last one that a submission caused can be asked for."""
        await self.publisher.publish(facts)
        await self.outcome(dict(facts[-1].headers)["ce_causationid"].decode())

    async def outcome(self, submission_id: str) -> dict[str, Any]:
        answer = await self.http.get(f"/submissions/{submission_id}", params={"wait": "30s"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask by GraphQL; fails on errors."""
        answer = (await self.http.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def refusal(self, query: str) -> str:
        """The code of the one error that a query meets."""
        [error] = (await self.http.post("/graphql", json={"query": query})).json()["errors"]
        assert error["extensions"]["remedy"].endswith(".")
        return error["extensions"]["code"]


@pytest.fixture(scope="module")
async def gateway(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    anchor = tmp_path_factory.mktemp("keys") / "anchor.json"
    anchor.write_bytes(anchors())
    more = {"trust_anchor": anchor, "instance": "gateway-tested"}
    ours = GatewaySettings.model_validate({**settings.model_dump(), **more})
    await ensure_topics(ours)
    service = build(ours, lambda: NOW + timedelta(hours=1))
    server = uvicorn.Server(uvicorn.Config(application(service), port=0, log_config=None, lifespan="on"))
    running = asyncio.create_task(server.serve())

    async def is_serving() -> bool:
        return server.started or running.done()

    await until(is_serving)
    port = server.servers[0].sockets[0].getsockname()[1]
    publisher, store = Publisher(ours), Store(ours, ours.database("gateway"))
    await publisher.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=40, trust_env=False) as http:
        yield Gateway(ours, publisher, store, http)
    await publisher.stop()
    store.close()
    server.should_exit = True
    await running


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Look again until something holds; `TimeoutError` when it never does."""
    with anyio.fail_after(seconds):
        while not await holds():  # noqa: ASYNC110  what is looked at changes in the servers
            await anyio.sleep(0.02)  # between two looks


@pytest.fixture(scope="module")
async def world(gateway: Gateway) -> None:
    """Two certificates (confirmed, issued), three participants, returns and totals, all visible."""
    members = [MemberState(code="BE", effective_from=NOW.date().replace(year=2003))]
    europe = participant("EU", kind="REIO", member_states=members)
    await gateway.tell(*map(participant_fact, (europe, participant("AE"), with_key("AO"))))
    await gateway.tell(*certificate_facts("AO 000123"))
    await gateway.tell(*certificate_facts("AO 000124", steps=1, issuedOn="2026-03-09", expiresOn="2026-05-08"))
    returns = [return_fact("CD", "2022-H1", "0.10", "1.00"), return_fact("CD", "2022-H2", "0.20", "3.00")]
    await gateway.publisher.publish([corridor_fact("AO", "AE", 0, "0.10"), corridor_fact("AO", "AE", 7, "0.20")])
    await gateway.tell(*returns, return_fact("AO", "2022-H1", "999999999999.99", "2.00"))
    for one in returns:
        await gateway.outcome(dict(one.headers)["ce_causationid"].decode())

    async def are_totalled() -> bool:
        return len(await gateway.store.find("corridors", {})) == 2

    await until(are_totalled)


pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.timeout(180)]
CERTIFICATE = """query($number: ID!) { certificate(number: $number) {
  id number state version carats issuedOn confirmation { measuredCarats match } parties { exporter { name } }
  history { sequence type at actor submissionId signed } } }"""


@pytest.mark.parametrize("number", ["AO000123", "ao-123", "AO 000123"])
async def test_a_certificate_is_found_by_any_printed_form_with_its_signed_history(
    gateway: Gateway, number: str
) -> None:
    found = (await gateway.ask(CERTIFICATE, number=number))["certificate"]
    assert (found["number"], found["state"], found["version"]) == ("AO000123", "CONFIRMED", 5)
    assert (found["carats"], found["confirmation"]["measuredCarats"]) == ("1250.00", "1249.10")
    assert [entry["sequence"] for entry in found["history"]] == [1, 2, 3, 4, 5]
    assert found["history"][4]["type"] == "certificate.import-confirmed.v1"
    assert found["history"][0]["signed"].encode() in certificate_facts("AO 000123")[0].value
    assert found["history"][0]["at"] == "2026-11-22T09:00:00.000Z"


async def test_an_unknown_number_is_null_and_verifies_as_unknown(gateway: Gateway) -> None:
    query = '{ certificate(number: "AO 9") { id } verifyCertificate(number: "ao 9") { number known state } }'
    unknown = {"number": "AO9", "known": False, "state": None}
    assert await gateway.ask(query) == {"certificate": None, "verifyCertificate": unknown}


PAGE = """query($first: Int!, $after: String, $state: [CertificateState!], $from: Date, $to: Date) {
  certificates(issuer: "AO", destination: "AE", state: $state, issuedFrom: $from, issuedTo: $to,
               first: $first, after: $after) {
    edges { cursor node { id history { sequence } } } pageInfo { hasNextPage endCursor } } }"""


async def test_pages_follow_each_other_from_the_newest_without_gap_or_repetition(gateway: Gateway) -> None:
    first = (await gateway.ask(PAGE, first=1))["certificates"]
    second = (await gateway.ask(PAGE, first=1, after=first["pageInfo"]["endCursor"]))["certificates"]
    assert [page["edges"][0]["node"]["id"] for page in (first, second)] == ["AO124", "AO123"]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]
    assert len(second["edges"][0]["node"]["history"]) == 5


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"state": ["ISSUED"]}, ["AO124"]),
        ({"state": []}, []),
        ({"from": "2026-03-09"}, ["AO124"]),
        ({"to": "2026-03-02"}, ["AO123"]),
        ({"from": "2026-03-02", "to": "2026-03-09"}, ["AO124", "AO123"]),
    ],
)
async def test_filters_are_inclusive_dates_and_any_of_the_states(
    gateway: Gateway, filters: dict[str, Any], ids: list[str]
) -> None:
    page = (await gateway.ask(PAGE, first=50, **filters))["certificates"]
    assert [edge["node"]["id"] for edge in page["edges"]] == ids


async def test_a_country_is_answered_for_by_its_participant_on_the_date(gateway: Gateway) -> None:
    query = """{ be: participant(code: "BE") { code } early: participant(code: "BE", asOf: "2002-01-01") { code }
      ao: participant(code: "AO") { stateAsOf { status decision { ref } } authorities { keys { kid } }
        serialRanges { first last } }
      participants(state: [ACTIVE]) { edges { node { code asOf } } }
      canTrade(code: "BE", flow: EXPORT, date: "2026-01-01") { code allowed reason decision { ref } } }"""
    found = await gateway.ask(query)
    assert (found["be"], found["early"]) == ({"code": "EU"}, None)
    assert found["ao"]["stateAsOf"]["status"] == "ACTIVE"
    assert found["ao"]["authorities"][0]["keys"] == [{"kid": "AO-A/1"}]
    assert found["ao"]["serialRanges"][0] == {"first": "1", "last": "99999999"}
    assert [e["node"]["code"] for e in found["participants"]["edges"]] == ["AE", "AO", "EU"]
    assert (found["canTrade"]["code"], found["canTrade"]["allowed"]) == ("EU", True)


async def test_sums_are_exact_over_returns_and_over_the_partitions_of_a_corridor(gateway: Gateway) -> None:
    query = """{ cd: productionTotals(year: 2022, code: "CD") { carats valueUsd participants returns }
      all: productionTotals(year: 2022) { carats participants } none: productionTotals(year: 1999) { carats }
      productionReturns(code: "CD", year: 2022) { edges { node { id carats version } } }
      corridorTotals(exporter: "AO", flow: EXPORT) { edges { node { importer certificates carats valueUsd } } } }"""
    found = await gateway.ask(query)
    assert found["cd"] == {"carats": "0.30", "valueUsd": "4.00", "participants": 1, "returns": 2}
    assert found["all"] == {"carats": "1000000000000.29", "participants": 2}
    assert found["none"] == {"carats": "0.00"}
    periods = [edge["node"]["id"] for edge in found["productionReturns"]["edges"]]
    assert periods == ["CD|PRODUCTION|2022-H1", "CD|PRODUCTION|2022-H2"]
    sums = {"importer": "AE", "certificates": 6, "carats": "0.30", "valueUsd": "0.20"}
    assert [edge["node"] for edge in found["corridorTotals"]["edges"]] == [sums]


async def test_freshness_says_how_old_the_newest_fact_of_each_service_is(gateway: Gateway) -> None:
    rows = (await gateway.ask("{ freshness { service ageSeconds } }"))["freshness"]
    assert {row["service"]: row["ageSeconds"] for row in rows} == dict.fromkeys(
        ("certificates", "participants", "statistics"), 3600.0
    )


async def test_redelivered_and_disordered_facts_change_nothing(gateway: Gateway) -> None:
    before = await state_hash(gateway.store, AGGREGATES), await gateway.ask(CERTIFICATE, number="AO123")
    facts = certificate_facts("AO 000123")
    await gateway.tell(*reversed(facts), *facts, facts[0], refusal_fact("after-all-of-them"))
    assert (await state_hash(gateway.store, AGGREGATES), await gateway.ask(CERTIFICATE, number="AO123")) == before


async def test_a_dropped_read_model_is_built_again_and_is_the_same(gateway: Gateway) -> None:
    before, places = await state_hash(gateway.store, COLLECTIONS), await read_places(gateway)
    for collection in (*COLLECTIONS, OFFSETS):
        await gateway.store.drop_collection(collection)

    async def is_rebuilt() -> bool:
        return await read_places(gateway) == places

    await until(is_rebuilt)
    assert await state_hash(gateway.store, COLLECTIONS) == before


async def read_places(gateway: Gateway) -> list[Any]:
    return await gateway.store.find(OFFSETS, {}, None, [("_id", 1)])


async def test_a_dead_letter_is_listed_under_the_id_it_claims_and_a_later_fact_wins(gateway: Gateway) -> None:
    headers = to_kafka(CloudEvent("AO125-1", "certificate.issue.v1", "AO-A", "AO125", b"", JOSE))
    where = "x.certificates.submissions"
    record = Record(where, 3, 14, 1_790_000_000_000, 1, b"AO125", b"\xffjunk", None, 5, 5, tuple(headers))
    await publish_dead(gateway.publisher, [Dead(record, "E_ENVELOPE", "not a JWS", "AO125-1")])
    assert (await gateway.outcome("AO125-1"))["status"] == "DEAD"
    await gateway.publisher.publish(certificate_facts("AO 000125", steps=1))

    async def is_accepted() -> bool:
        return (await gateway.outcome("AO125-1"))["status"] == "ACCEPTED"

    await until(is_accepted)
    query = """{ deadLetters { edges { node { id reason submissionId original receivedAt } } }
      submissions(ids: ["nobody", "AO125-1"]) { id status facts { type time } deadLetters { reason } } }"""
    found = await gateway.ask(query)
    assert found["deadLetters"]["edges"][0]["node"] == {
        "id": f"{where}/3/14",
        "reason": "E_ENVELOPE",
        "submissionId": "AO125-1",
        "original": "/2p1bms=",
        "receivedAt": "2026-09-21T14:13:20.000Z",
    }
    assert [one["status"] for one in found["submissions"]] == ["PENDING", "ACCEPTED"]
    assert found["submissions"][1]["deadLetters"] == [{"reason": "E_ENVELOPE"}]


async def posted(gateway: Gateway, claims: Claims, wait: str) -> httpx.Response:
    return await gateway.http.post(
        "/submissions", params={"wait": wait}, content=sealed(claims), headers={"content-type": JOSE}
    )


async def test_the_door_answers_with_the_outcome_when_it_comes_in_time_and_else_says_where_to_ask(
    gateway: Gateway,
) -> None:
    claims = Claims(SECRETARIAT.authority, "late", "AO126", "certificate.issue.v1", 0, {})
    pending = await posted(gateway, claims, "0.1s")
    assert (pending.status_code, pending.headers["location"]) == (202, "/submissions/late")
    unknown = await gateway.http.get("/submissions/late")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "E_NO_OUTCOME")

    waiting = asyncio.create_task(posted(gateway, claims, "30s"))
    await gateway.publisher.publish([refusal_fact("late", "AO126", signed=sealed(claims))])
    refused = await waiting
    problem = refused.json()
    assert (refused.status_code, problem["status"], problem["code"]) == (422, 422, "E_CARATS")
    assert problem["findings"][0]["path"] == "data.carats"
    assert (await gateway.outcome("late"))["rejection"]["findings"][0]["code"] == "E_CARATS"


QUERIES_REFUSED = [
    ("{ certificates(first: 201) { edges { cursor } } }", "E_PAGE_SIZE"),
    ('{ certificates(after: "?") { edges { cursor } } }', "E_CURSOR"),
    ("{ certificates { nonsense } }", "E_QUERY"),
    ("{", "E_QUERY"),
    ("{ " + " ".join(f"a{n}: freshness {{ service }}" for n in range(16)) + " }", "E_QUERY"),
    ("{ __schema { types " + "{ fields { type " * 6 + "{ name }" + " } }" * 6 + " } }", "E_QUERY"),
]


@pytest.mark.parametrize(("query", "code"), QUERIES_REFUSED)
async def test_a_query_that_asks_too_much_or_wrongly_is_refused_by_code(
    gateway: Gateway, query: str, code: str
) -> None:
    assert await gateway.refusal(query) == code


async def test_what_is_no_query_at_all_is_a_problem(gateway: Gateway) -> None:
    answers = [
        await gateway.http.post("/graphql", content=b"{", headers={"content-type": "application/json"}),
        await gateway.http.get("/graphql", params={"query": "{ freshness { service } }"}),
        await gateway.http.post("/graphql", json={"query": "x" * 1_048_577}),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 413]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


async def test_contracts_keys_health_and_explorer_are_served(gateway: Gateway) -> None:
    paths = ("/contracts/asyncapi.json", "/contracts/schemas/certificate.issue.v1.schema.json", "/explorer", "/ready")
    assert [(await gateway.http.get(path)).status_code for path in paths] == [200] * 4
    assert "type Query" in (await gateway.http.get("/contracts/schema.graphql")).text
    assert (await gateway.http.get("/contracts/schemas/..%2Ftopics.json")).json()["code"] == "E_NOT_FOUND"
    keys = {key["kid"]: key for key in (await gateway.http.get("/jwks")).json()["keys"]}
    assert keys["AO-A/1"]["kp:participant"] == "AO"
    assert set(keys) == {"AO-A/1", SECRETARIAT.kid}


async def test_a_subscriber_hears_each_change_once_it_can_be_asked_for(gateway: Gateway) -> None:
    address = str(gateway.http.base_url).replace("http", "ws", 1) + "/graphql"
    query = 'subscription { certificateChanged(participant: "AO") { id state version history { sequence } } }'
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init"}')
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}).decode())
        await socket.send('{"type": "ping"}')
        assert orjson.loads(await socket.recv())["type"] == "pong"
        await gateway.publisher.publish(certificate_facts("AO 000200", steps=2))
        changes = await heard(socket, 2)
    assert [(change["id"], change["state"]) for change in changes] == [("AO200", "ISSUED"), ("AO200", "VALIDATED")]
    assert changes[1]["history"] == [{"sequence": 1}, {"sequence": 2}]


async def heard(socket: Any, count: int) -> Sequence[dict[str, Any]]:
    with anyio.fail_after(30):
        messages = [orjson.loads(await socket.recv()) for _ in range(count)]
    return [message["payload"]["data"]["certificateChanged"] for message in messages]
