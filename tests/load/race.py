"""Times a process over a backlog, the same way for every contestant.

The backlog lies in the topic before the process starts. The clock runs from the moment at which its first output is
seen at the end of the output topic until all of it is there; what was there at that first look is not counted. So
neither the start of a process nor its first batch is measured, for anybody. The ends are looked at 40 times a second.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from backbone.settings import Settings

_LOOK_SECONDS = 0.025
_PATIENCE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Lap:
    """One contestant over one backlog: records a second, and the processor time of its process in µs a record."""

    rate: float
    cpu_us: float


class Stalled(RuntimeError):
    """A contestant ended, or did not finish its backlog in time; its log says why."""


@contextmanager
def process(arguments: Sequence[str], environment: Mapping[str, str], log: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m <arguments>` for as long as the block lasts; its output goes to the file `log`."""
    command = [sys.executable, "-m", *arguments]
    with (
        open(log, "ab") as out,
        subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out) as running,
    ):
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()


async def time_lap(running: subprocess.Popen[bytes], count: Callable[[], Awaitable[int]], total: int) -> Lap:
    """Watch `count` grow to `total`. Raises `Stalled`."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    first = await _reach(running, count, 1, deadline)
    began, used = time.monotonic(), _cpu_seconds(running)
    await _reach(running, count, total, deadline)
    seconds, cpu = time.monotonic() - began, _cpu_seconds(running) - used
    return Lap((total - first) / seconds, cpu / (total - first) * 1e6)


def _cpu_seconds(running: subprocess.Popen[bytes]) -> float:
    times = psutil.Process(running.pid).cpu_times()
    return times.user + times.system


async def _reach(running: subprocess.Popen[bytes], count: Callable[[], Awaitable[int]], aim: int, end: float) -> int:
    while (seen := await count()) < aim:
        if running.poll() is not None or time.monotonic() > end:
            raise Stalled(f"{seen} of {aim} were seen when process {running.pid} ended or time ran out: see its log")
        await asyncio.sleep(_LOOK_SECONDS)
    return seen


class Ends:
    """How many records a topic holds; use it as an asynchronous context manager."""

    def __init__(self, settings: Settings, topic: str, partitions: int) -> None:
        name = settings.topic(topic)
        self._partitions = [TopicPartition(name, number) for number in range(partitions)]
        self._consumer: Any = AIOKafkaConsumer(bootstrap_servers=settings.kafka)

    async def __aenter__(self) -> "Ends":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def count(self) -> int:
        """Add up the ends of every partition."""
        return sum((await self._consumer.end_offsets(self._partitions)).values())
