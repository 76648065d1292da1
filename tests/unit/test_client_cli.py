"""The command `kp` as a person or a script meets it: what it prints, and how it ends."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from client import cli
from client.errors import Mistake
from client.http_door import HttpDoor
from client.keys import SigningKey
from client.outcome import Outcome
from contracts import jws

FINDING = {"code": "E_DATE_FUTURE", "level": "SEVERE", "path": "data.arrivedOn", "message": "Send it later."}
FACT = {
    "id": "x/4",
    "type": "certificate.arrived.v1",
    "subject": "AO123",
    "sequence": 4,
    "time": "2026-03-07T08:00:00Z",
}
ARRIVE = '{"arrivedOn":"2026-03-07"}'


@pytest.fixture
def key(tmp_path: Path) -> str:
    SigningKey.make("AE-DUBAI", "1").save(tmp_path / "key.json")
    return str(tmp_path / "key.json")


class StandIn:
    """A gateway that takes everything and answers with the statuses it was told, in turn."""

    def __init__(self, *statuses: str) -> None:
        self.statuses, self.tokens = list(statuses), list[bytes]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/submissions":
            self.tokens.append(request.content)
            return httpx.Response(202, json={"status": "PENDING"})
        if request.method == "GET":
            return httpx.Response(200, json=self._row(request.url.path.rpartition("/")[2]))
        ids: list[str] = orjson.loads(request.content)["variables"]["ids"]
        return httpx.Response(200, json={"data": {"submissions": [self._row(one) for one in ids]}})

    def _row(self, submission_id: str) -> dict[str, Any]:
        status = self.statuses.pop(0)
        rejection = {"findings": [FINDING]} if status == "REJECTED" else None
        dead = [{"reason": "E_SIGNATURE", "message": "no"}] if status == "DEAD" else []
        facts = [FACT] if status == "ACCEPTED" else []
        return {"id": submission_id, "status": status, "facts": facts, "rejection": rejection, "deadLetters": dead}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., StandIn]:
    def serve(*statuses: str) -> StandIn:
        gateway = StandIn(*statuses)
        monkeypatch.setattr(cli, "HttpDoor", partial(HttpDoor, transport=httpx.MockTransport(gateway)))
        return gateway

    return serve


def kp(*arguments: str, stdin: str = "") -> Any:
    return CliRunner().invoke(cli.app, arguments, input=stdin)


def submit(key: str, *more: str, stdin: str = ARRIVE) -> Any:
    return kp("submit", "--type", "certificate.arrive.v1", "--subject", "AO 123", "--key", key, *more, stdin=stdin)


def test_a_new_key_is_kept_in_a_file_and_its_public_half_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    done = kp("keys", "new", "AO-MIREMPET", "--name", "7", "--out", str(path), "--json")
    assert done.exit_code == 0
    shown = orjson.loads(done.stdout)
    assert (shown["kid"], shown["x"]) == ("AO-MIREMPET/7", SigningKey.load(path).x)
    again = orjson.loads(kp("keys", "show", str(path), "--json").stdout)
    assert {**again, "validFrom": ""} == {**shown, "validFrom": ""}


def test_a_key_is_not_overwritten_and_the_remedy_is_said(key: str) -> None:
    done = kp("keys", "new", "AO-MIREMPET", "--out", key)
    assert done.exit_code == 2
    assert "E_KEY_EXISTS" in done.stderr
    assert "Choose another file" in done.stderr


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [("ACCEPTED", 0, "version 4"), ("REJECTED", 1, "Send it later."), ("DEAD", 1, "E_SIGNATURE")],
)
def test_the_outcome_is_shown_and_is_the_exit_code(
    key: str, served: Callable[..., StandIn], status: str, code: int, word: str
) -> None:
    served(status)
    done = submit(key)
    assert done.exit_code == code
    assert status in done.stdout
    assert word in done.stdout


def test_a_submission_that_waits_in_vain_is_pending(key: str, served: Callable[..., StandIn]) -> None:
    served(*["PENDING"] * 9)
    done = submit(key, "--wait", "1ms", "--json")
    assert done.exit_code == 3
    assert orjson.loads(done.stdout)["status"] == "PENDING"


def test_without_waiting_handed_over_is_success_and_the_id_is_said(key: str, served: Callable[..., StandIn]) -> None:
    gateway = served()
    done = submit(key, "--wait", "0s", "--json")
    assert done.exit_code == 0
    [token] = gateway.tokens
    assert orjson.loads(done.stdout)["id"] == orjson.loads(jws.parse(token).payload)["jti"]


def test_many_are_read_from_a_file_one_a_line_and_counted(
    key: str, served: Callable[..., StandIn], tmp_path: Path
) -> None:
    gateway = served(*["ACCEPTED"] * 2, "REJECTED")
    (tmp_path / "many.jsonl").write_text(f"{ARRIVE}\n" * 3)
    done = submit(key, str(tmp_path / "many.jsonl"))
    assert done.exit_code == 1
    assert len(gateway.tokens) == 3
    assert "2 ACCEPTED, 1 REJECTED" in done.stdout
    assert "E_DATE_FUTURE" in done.stdout


def test_nothing_is_sent_when_one_line_is_wrong(key: str, served: Callable[..., StandIn]) -> None:
    gateway = served()
    done = submit(key, "--json", stdin=f'{ARRIVE}\n{{"arrivedOn":"never"}}')
    assert done.exit_code == 2
    assert gateway.tokens == []
    assert orjson.loads(done.stderr)["error"]["path"] == "line 2 data.arrivedOn"


def test_a_gateway_that_is_away_is_exit_code_three(key: str) -> None:
    done = submit(key, "--gateway", "http://127.0.0.1:1")
    assert done.exit_code == 3
    assert "E_GATEWAY_AWAY" in done.stderr
    assert done.stdout == ""


def test_an_outcome_can_be_asked_for_by_its_id(served: Callable[..., StandIn]) -> None:
    served("ACCEPTED")
    done = kp("outcome", "id-1", "--json")
    assert (done.exit_code, orjson.loads(done.stdout)["id"]) == (0, "id-1")


@pytest.mark.parametrize(
    "arguments", [("submit",), ("submit", "--via", "post", "--key", "k"), ("outcome",), ("nothing",)]
)
def test_a_wrong_call_is_exit_code_two(arguments: tuple[str, ...]) -> None:
    assert kp(*arguments).exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("keys",), ("submit",), ("outcome",), ("watch",), ("keys", "new")])
def test_every_command_has_help(arguments: tuple[str, ...]) -> None:
    done = kp(*arguments, "--help")
    assert done.exit_code == 0
    assert "Usage" in done.stdout


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("5s", 5), ("2m", 120), ("1.5", 1.5), ("0s", 0)])
def test_a_length_of_time_is_read_in_seconds(text: str, seconds: float) -> None:
    assert cli.read_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "5h", "five"])
def test_a_length_of_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Mistake, match="E_WAIT"):
        cli.read_seconds(text)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["ACCEPTED"], 0),
        (["ACCEPTED", "PENDING"], 3),
        (["PENDING", "REJECTED"], 1),
        (["PENDING", "DEAD", "ACCEPTED"], 1),
    ],
)
def test_one_refused_outweighs_one_pending_which_outweighs_the_accepted(statuses: list[Any], code: int) -> None:
    assert cli.exit_code([Outcome(id="x", status=status) for status in statuses]) == code
