"""Times a process over a backlog, the same way for every contestant.

The backlog lies in the topic before the process starts. The clock runs from the moment at which its first result is
seen until all of them are there; what was there at that first look is not counted. So neither the start of a process
nor its first batch is measured, for anybody. The results are looked at 40 times a second: those of a deciding
contestant at the ends of its facts topic, those of a projecting one in the places that its group has committed.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.load.machine import Meter, cpu_seconds

COSTS = ("floor costs", "ours costs")
"""The headings of the columns that show `Lap.told`."""

_LOOK_SECONDS = 0.025
_PATIENCE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Lap:
    """One contestant over one backlog: records a second, and processor time in µs a record, its own and the servers'.

    `others` is the share that others had of all processor time used meanwhile, 0 to 1.
    """

    rate: float
    own_us: float
    servers_us: float
    others: float

    @property
    def told(self) -> str:
        """Its processor time as it is shown: what the contestant used, and what it made the servers use."""
        return f"{self.own_us:.0f} + {self.servers_us:.0f} µs"


class Stalled(RuntimeError):
    """A contestant ended, or did not finish its backlog in time; its log says why."""


@contextmanager
def process(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `python -m <arguments>` for as long as the block lasts; its output goes to the file `log`."""
    command = [sys.executable, "-m", *arguments]
    with (
        log.open("ab") as out,
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


async def time_lap(
    running: "subprocess.Popen[bytes]", count: Callable[[], Awaitable[int]], total: int, meter: Meter
) -> Lap:
    """Watch `count` grow to `total`. Raises `Stalled`."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    measured = psutil.Process(running.pid)
    first = await _reach(running, count, 1, deadline)
    if first >= total:
        raise Stalled(f"all {total} were there at the first look: measure with more of them")
    began, used, mark = time.monotonic(), cpu_seconds(measured), meter.mark()
    await _reach(running, count, total, deadline)
    seconds, own, now = time.monotonic() - began, cpu_seconds(measured) - used, meter.mark()
    done, micro = total - first, 1e6 / (total - first)
    return Lap(done / seconds, own * micro, (now.servers - mark.servers) * micro, meter.others(mark, now))


async def _reach(running: "subprocess.Popen[bytes]", count: Callable[[], Awaitable[int]], aim: int, end: float) -> int:
    while (seen := await count()) < aim:
        if running.poll() is not None or time.monotonic() > end:
            raise Stalled(f"{seen} of {aim} were seen when process {running.pid} ended or time ran out: see its log")
        await asyncio.sleep(_LOOK_SECONDS)  # how often the results are looked at
    return seen
