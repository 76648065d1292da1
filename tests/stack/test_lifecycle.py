"""A stack ends what it has started, all of it and nothing else."""

import subprocess
from pathlib import Path

import psutil
import pytest

from deploy.local.refusal import Refusal
from deploy.local.stack import Ports, Stack
from deploy.local.supervisor import lives


def test_down_ends_exactly_what_was_started(mongod_only: Stack) -> None:
    mongod_only.start_servers()
    pid = mongod_only.pid("mongod")
    assert pid is not None
    server = psutil.Process(pid)
    daemon = server.parent()
    assert daemon is not None
    with subprocess.Popen(["sleep", "600"]) as bystander:
        mongod_only.stop()
        assert not lives(server)
        assert not lives(daemon)
        assert bystander.poll() is None
        bystander.kill()
    assert [row.state for row in mongod_only.status()] == ["stopped"] * 5


def test_what_is_not_running_may_be_stopped(mongod_only: Stack) -> None:
    mongod_only.stop()


def test_a_stack_keeps_its_data_between_two_starts(mongod_only: Stack) -> None:
    mongod_only.start_servers()
    mongod_only.stop()
    mongod_only.start_servers()
    assert mongod_only.is_ready("mongod")


def test_a_stack_whose_supervisor_was_killed_can_be_started_again(mongod_only: Stack) -> None:
    mongod_only.start_servers()
    server = psutil.Process(mongod_only.pid("mongod"))
    daemon = server.parent()
    assert daemon is not None
    daemon.kill()
    daemon.wait(10)
    mongod_only.start_servers()
    assert not lives(server)
    assert mongod_only.is_ready("mongod")


def test_data_made_for_other_ports_is_refused(mongod_only: Stack) -> None:
    mongod_only.prepare()
    with pytest.raises(Refusal, match="was made for other ports: delete it"):
        Stack(mongod_only.root, Ports.free(), servers=["mongod"]).prepare()


def test_a_root_too_deep_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    deep = Stack(tmp_path / ("d" * 100), Ports.free(), servers=["mongod"])
    try:
        deep.start_servers()
        assert deep.is_ready("mongod")
    finally:
        deep.stop()


def test_a_server_of_ones_own_is_used_and_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KP_KAFKA", "kafka.example.org:9092")
    monkeypatch.delenv("KP_MONGO_URI", raising=False)
    monkeypatch.delenv("KP_OTEL_ENDPOINT", raising=False)
    stack = Stack.from_environment(tmp_path)
    assert list(stack.versions()) == ["mongod", "zipkin"]
    assert stack.environment()["KP_KAFKA"] == "kafka.example.org:9092"
