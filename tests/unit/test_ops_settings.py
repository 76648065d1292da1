"""Where `kp-ops` finds the platform, and what it says when nobody told it."""

import pytest

from deploy.local.supervisor import Supervisor
from deploy.ops.errors import OperatorError
from deploy.ops.settings import OpsSettings, read_settings


def ignore(_line: str) -> None:
    """A listener to notes that wants none."""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROFILE", "KAFKA", "MONGO_URI", "NAMESPACE", "SERVICES", "GATEWAY_PORT", "OTEL_ENDPOINT"):
        monkeypatch.delenv(f"KP_{name}", raising=False)


def test_without_a_profile_and_a_local_stack_one_sentence_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Supervisor, "is_running", lambda _: False)
    with pytest.raises(OperatorError) as refused:
        read_settings(ignore)
    assert (refused.value.code, refused.value.path) == ("E_NO_PROFILE", "KP_PROFILE")
    assert "set KP_PROFILE=local-insecure" in refused.value.remedy
    assert "make up" in refused.value.remedy


def test_without_a_profile_a_running_local_stack_is_taken_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Supervisor, "is_running", lambda _: True)
    notes: list[str] = []
    settings = read_settings(notes.append)
    assert (settings.kafka, settings.mongo_address) == ("127.0.0.1:9092", "127.0.0.1:27017")
    assert settings.health()["statistics"] == "http://127.0.0.1:8083"
    assert len(notes) == 1
    assert notes[0].startswith("KP_PROFILE is not set: using the local stack of ")


def test_a_profile_that_does_not_exist_is_refused_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KP_PROFILE", "secure-somehow")
    with pytest.raises(OperatorError) as refused:
        read_settings(ignore)
    assert (refused.value.code, refused.value.path) == ("E_SETTINGS", "KP_PROFILE")


def test_services_may_stand_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KP_PROFILE", "local-insecure")
    monkeypatch.setenv("KP_SERVICES", '{"gateway": "http://gateway:80"}')
    assert read_settings(ignore).health() == {"gateway": "http://gateway:80"}


def test_a_password_in_the_address_of_mongodb_is_not_shown() -> None:
    settings = OpsSettings(profile="local-insecure", mongo_uri="mongodb://ops:secret@one:27017,two:27017/?replicaSet=r")
    assert settings.mongo_address == "one:27017,two:27017"
