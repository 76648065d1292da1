"""A jar is what the lock says it is, or it is not run."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local import jars
from deploy.local.layout import cache
from deploy.local.refusal import Refusal

QUIET = Console(quiet=True)


def test_each_jar_of_kafka_is_locked_to_the_version_the_design_names() -> None:
    found = jars.fetch("kafka", cache(), QUIET)
    ours = {jar.name for jar in found if jar.name.startswith("kafka")}
    assert {"kafka_2.13-4.3.1.jar", "kafka-clients-4.3.1.jar"} <= ours
    assert all("4.3.1" in name for name in ours)


def test_a_jar_with_a_changed_byte_is_refused(tmp_path: Path) -> None:
    [genuine] = jars.fetch("zipkin", cache(), QUIET)
    changed = tmp_path / genuine.relative_to(cache())
    changed.parent.mkdir(parents=True)
    shutil.copy(genuine, changed)
    with changed.open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(Refusal, match=r"zipkin-server-3.6.1-exec.jar is not the file that jgo.lock.toml records"):
        jars.fetch("zipkin", tmp_path, QUIET)
