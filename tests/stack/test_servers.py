"""The servers of a fresh folder come up, answer as themselves, and come back when they die."""

import httpx
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

from deploy.local.refusal import Refusal
from deploy.local.stack import SERVERS, Ports, Stack


async def test_kafka_is_one_broker_that_creates_no_topic_by_itself(stack: Stack) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.environment()["KP_KAFKA"])
    await admin.start()
    try:
        cluster = await admin.describe_cluster()
        assert [(one["host"], one["port"]) for one in cluster["brokers"]] == [("127.0.0.1", stack.ports.kafka)]
        [asked] = await admin.describe_topics(["never-created"])
        assert asked["error_code"] == 3  # UNKNOWN_TOPIC_OR_PARTITION
        assert await admin.list_topics() == []
    finally:
        await admin.close()


def test_mongodb_takes_a_transaction_that_a_majority_has_written(stack: Stack) -> None:
    with MongoClient[dict[str, object]](stack.environment()["KP_MONGO_URI"]) as client:
        things = client.get_database("t").get_collection("things")
        things.insert_one({"_id": 1})
        with client.start_session() as session, session.start_transaction():
            things.insert_one({"_id": 2}, session=session)
        assert things.count_documents({}) == 2


def test_zipkin_takes_a_span_and_gives_it_back(stack: Stack) -> None:
    spans = stack.environment()["KP_OTEL_ENDPOINT"]
    span = {"traceId": "a" * 16, "id": "b" * 16, "name": "seen", "timestamp": 1, "duration": 1}
    assert httpx.post(spans, json=[span]).status_code == 202
    assert httpx.get(spans.replace("spans", f"trace/{'a' * 16}")).json()[0]["name"] == "seen"


def test_every_server_listens_on_this_machine_only(stack: Stack) -> None:
    for name in SERVERS:
        process = psutil.Process(stack.pid(name))
        listening = {one.laddr[0] for one in process.net_connections() if one.status == psutil.CONN_LISTEN}
        assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}, name


def test_a_second_start_says_that_everything_runs(stack: Stack) -> None:
    before = [row.pid for row in stack.status()]
    said: list[str] = []
    stack.start_servers(said.append)
    assert [line.split(" on ")[0] for line in said] == [
        "Kafka 4.3.1 already runs",
        "MongoDB 6.0.5 already runs",
        "Zipkin 3.6.1 already runs",
    ]
    assert [row.pid for row in stack.status()] == before


def test_a_running_stack_refuses_other_settings(stack: Stack) -> None:
    with pytest.raises(Refusal, match="running with other settings: run `make down` first"):
        Stack(stack.root, Ports.free()).start_servers()


@pytest.mark.parametrize("name", ["kafka", "mongod"])
def test_a_killed_server_is_started_again_and_is_ready(stack: Stack, name: str) -> None:
    before = stack.pid(name)
    stack.kill(name)
    assert stack.pid(name) not in (before, None)
    assert stack.is_ready(name)


def test_a_halted_server_stays_away_until_it_is_started(stack: Stack) -> None:
    stack.halt("mongod")
    assert stack.pid("mongod") is None
    assert not stack.is_ready("mongod")
    stack.start("mongod")
    assert stack.is_ready("mongod")
