"""What every test may ask for: the real servers on free ports, started once, and settings of its own namespace."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from backbone.settings import Settings
from deploy.local.ports import Ports
from deploy.local.stack import Stack

# A loaded machine is slow, not wrong: properties are held by examples, never by a time.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and MongoDB on free ports, for the whole run; a running demo is never touched."""
    stack = Stack(tmp_path_factory.mktemp("stack"), Ports.free(), servers=("kafka", "mongod"))
    try:
        stack.prepare()
        stack.start_servers()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def settings(stack: Stack, request: pytest.FixtureRequest) -> Settings:
    """Settings for one test module: its own topics and databases."""
    name = request.module.__name__.rpartition(".")[2].replace("_", "-")
    return Settings(
        profile="local-insecure",
        kafka=stack.environment()["KP_KAFKA"],
        mongo_uri=stack.environment()["KP_MONGO_URI"],
        namespace=f"t-{name}"[:31],
        trust_anchor=Path(stack.environment()["KP_TRUST_ANCHOR"]),
        session_timeout_ms=6000,
    )
