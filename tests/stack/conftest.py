"""Stacks for the tests: under a folder of their own, on free ports, ended afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.stack import Ports, Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All servers, running."""
    running = Stack(tmp_path_factory.mktemp("stack"), Ports.free())
    try:
        running.start_servers()
        yield running
    finally:
        running.stop()


@pytest.fixture
def mongod_only(tmp_path: Path) -> Iterator[Stack]:
    """The stack that starts fastest; not running yet."""
    small = Stack(tmp_path, Ports.free(), servers=["mongod"])
    yield small
    small.stop()
