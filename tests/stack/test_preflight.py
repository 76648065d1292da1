"""Whatever is wrong with the machine is said in one sentence with its remedy."""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local import mongod, preflight
from deploy.local.__main__ import app
from deploy.local.ports import free_ports
from deploy.local.refusal import Refusal
from deploy.local.stack import Stack


def sentence(refused: Callable[[], object]) -> str:
    """What the Refusal says, once it is seen to be one sentence."""
    with pytest.raises(Refusal) as caught:
        refused()
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert ": " in said
    return said


def test_a_port_taken_is_named_with_the_process_that_holds_it(mongod_only: Stack) -> None:
    with socket.create_server(("127.0.0.1", mongod_only.ports.mongo)):
        said = sentence(mongod_only.start_servers)
    assert f"Port {mongod_only.ports.mongo}, which MongoDB 6.0.5 needs, is taken by" in said
    assert f"(process {os.getpid()}): stop it, or set KP_MONGO_URI" in said
    assert not mongod_only.supervisor.is_running()


def test_a_refused_command_ends_with_code_2_and_the_sentence(
    mongod_only: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    [port] = free_ports(1)
    refused = replace(mongod_only, ports=replace(mongod_only.ports, mongo=port))
    monkeypatch.setattr(Stack, "from_environment", lambda: refused)
    with socket.create_server(("127.0.0.1", port)):
        result = CliRunner().invoke(app, ["up", "--servers-only"])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Port {port}, which MongoDB")
    assert result.stderr.count("\n") == 1


def test_too_little_disk(tmp_path: Path) -> None:
    said = sentence(lambda: preflight.check_disk(tmp_path, needed=10**18))
    assert "GB free and the local stack needs 1000000000.0 GB: free some space" in said


def test_an_old_python() -> None:
    assert "Python 3.10 is too old: install" in sentence(lambda: preflight.check_python((3, 10)))


def test_a_platform_without_builds() -> None:
    assert "no build for darwin on arm64: use Linux" in sentence(lambda: preflight.check_platform("darwin", "arm64"))


def test_a_missing_shared_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = "error while loading shared libraries: libcrypto.so.3: cannot open shared object file"
    broken = tmp_path / "mongod"
    broken.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('mongod: {loader}')\n")
    monkeypatch.setattr(mongod, "BINARY", broken)
    assert "cannot run here (libcrypto.so.3): install libcurl4 and libssl3" in sentence(mongod.check)
