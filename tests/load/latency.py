"""Measures how long a submission takes from being handed to Kafka until its change is pushed by the gateway."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from client.kafka_door import KafkaDoor
from client.settings import Settings
from client.submission import Sealed
from client.watch import watch
from contracts.certificates import certificate_key
from tests.load.house import House
from tests.load.race import Stalled
from tests.load.report import Section, Verdict, percentile, share

TARGET_MS = 250
_PATIENCE_SECONDS = 30
Change = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many submissions a second and for how many seconds, after a warm-up that is not measured."""

    rate: int = 100
    seconds: int = 60
    warm_up: int = 5

    @property
    def most(self) -> int:
        """How many submissions a run may take; the warm-up goes on until the subscription is heard."""
        return self.rate * (self.seconds + self.warm_up + _PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Waits:
    """From sent to visible in milliseconds, one for each submission; `others` is their share of the machine."""

    pace: Pace
    milliseconds: Sequence[float]
    others: float


@dataclass(slots=True)
class Listener:
    """Hears certificates change, and keeps when it heard of those that are wanted."""

    wanted: set[Change] = field(default_factory=set[Change])
    heard: dict[Change, float] = field(default_factory=dict[Change, float])
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, settings: Settings) -> None:
        """Follow until cancelled."""
        async for change in watch(settings):
            self._take((certificate_key(change.number), change.version), time.monotonic())

    def _take(self, change: Change, now: float) -> None:
        self.awake.set()
        if change in self.wanted:
            self.heard.setdefault(change, now)
            if len(self.heard) == len(self.wanted):
                self.complete.set()


async def measure(house: House, submissions: Sequence[Sealed], pace: Pace) -> Waits:
    """Send at a steady pace, never waiting for an answer. Raises `Stalled` when one does not become visible."""
    listener = Listener()
    listening = asyncio.create_task(listener.listen(house.client))
    try:
        async with KafkaDoor(house.client) as door:
            begin = await _warm_up(door, submissions, pace, listener)
            end = begin + pace.rate * pace.seconds
            changes = _changes(submissions)[begin:end]
            listener.wanted, mark = set(changes), house.meter.mark()
            sent = await _send(door, submissions[begin:end], pace.rate)
            await _wait_for(listener)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    waits = [(listener.heard[change] - at) * 1000 for change, at in zip(changes, sent, strict=True)]
    return Waits(pace, waits, house.meter.others(mark))


def _changes(submissions: Sequence[Sealed]) -> list[Change]:
    versions = Counter[str]()
    changes: list[Change] = []
    for one in submissions:
        versions[one.event.subject] += 1
        changes.append((one.event.subject, versions[one.event.subject]))
    return changes


async def _warm_up(door: KafkaDoor, submissions: Sequence[Sealed], pace: Pace, listener: Listener) -> int:
    place = 0
    while place < pace.rate * pace.warm_up or not listener.awake.is_set():
        some = submissions[place : place + pace.rate]
        if not some:
            raise Stalled("the gateway told of no change: see its log")
        await _send(door, some, pace.rate)
        place += len(some)
    return place


async def _send(door: KafkaDoor, submissions: Sequence[Sealed], rate: int) -> list[float]:
    began, times, sending = time.monotonic(), list[float](), list[asyncio.Task[object]]()
    for number, one in enumerate(submissions):
        await asyncio.sleep(began + number / rate - time.monotonic())  # the pace itself
        times.append(time.monotonic())
        sending.append(asyncio.create_task(door.send([one])))
    await asyncio.gather(*sending)
    return times


async def _wait_for(listener: Listener) -> None:
    try:
        await asyncio.wait_for(listener.complete.wait(), _PATIENCE_SECONDS)
    except TimeoutError as error:
        missing = len(listener.wanted) - len(listener.heard)
        raise Stalled(f"{missing} submissions did not become visible: see the services' logs") from error


def told(waits: Waits) -> Section:
    """Tell the percentiles."""
    pace, shares = waits.pace, (0.5, 0.9, 0.99, 1.0)
    measured = [percentile(waits.milliseconds, part) for part in shares]
    what = f"sent to visible at {pace.rate} submissions a second, p99"
    return Section(
        f"From sent to visible, at {pace.rate} submissions a second",
        _TEXT,
        ("submissions", "seconds", "p50", "p90", "p99", "longest", "others"),
        [[str(len(waits.milliseconds)), str(pace.seconds), *(f"{ms:.0f} ms" for ms in measured), share(waits.others)]],
        [Verdict(what, measured[2], TARGET_MS, " ms", at_most=True)],
    )


_TEXT = """The four services run on one machine with their servers and with whoever measures. Submissions are handed
to Kafka one by one at a steady pace, whether or not earlier ones are answered. One is visible when the gateway's
subscription `certificateChanged` tells its change, which it does once the change can be queried. One clock, one
process, 5 % of the submissions traced."""
