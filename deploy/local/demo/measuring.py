"""Measures what matters to a sender: from the moment of sending to the moment the answer can be read by GraphQL."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice

from client.settings import Settings
from client.submission import Sealed
from client.watch import watch
from deploy.local.demo.certificates import Shipment
from deploy.local.demo.stage import PATIENCE, Stage, require_accepted
from deploy.local.refusal import Refusal

_STATES = "query States($ids: [ID!]!) { submissions(ids: $ids) { id status } }"
_WINDOW = 1000
_PAUSE = 0.05
_CHUNK = 250
_STEPS = 5


@dataclass
class Run:
    """When each submission was sent and when its answer was seen, by id, in seconds of one clock."""

    sent: dict[str, float] = field(default_factory=dict[str, float])
    seen: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def count(self) -> int:
        """How many were answered."""
        return len(self.seen)

    @property
    def seconds(self) -> float:
        """From the first sent to the last seen."""
        return max(self.seen.values()) - min(self.sent.values())

    @property
    def rate(self) -> float:
        """Submissions a second, from door to read model."""
        return self.count / self.seconds

    def milliseconds(self, share: float) -> float:
        """The time within which a share of the submissions was visible (nearest rank)."""
        waits = sorted(seen - self.sent[one] for one, seen in self.seen.items())
        return waits[math.ceil(share * len(waits)) - 1] * 1000

    @property
    def told(self) -> str:
        """The two percentiles as a person reads them."""
        return f"p50 {_readable(self.milliseconds(0.5))}, p99 {_readable(self.milliseconds(0.99))}"


def _readable(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"


async def bulk(stage: Stage, submissions: Sequence[Sealed]) -> Run:
    """Send everything as fast as Kafka takes it, and ask meanwhile which answers are visible.

    A time is that of the question that saw the answer: never too short, too long by one question at most.
    """
    run = Run()
    with stage.narrator.working("sent, decided, recorded, visible", len(submissions)) as tell:
        await asyncio.gather(_send(stage, submissions, run), _see(stage, submissions, run, tell))
    return run


async def _send(stage: Stage, submissions: Sequence[Sealed], run: Run) -> None:
    for at in range(0, len(submissions), _CHUNK):
        some = submissions[at : at + _CHUNK]
        run.sent.update(dict.fromkeys((one.id for one in some), time.monotonic()))
        await stage.kafka.send(some)


async def _see(stage: Stage, submissions: Sequence[Sealed], run: Run, tell: Callable[[int], None]) -> None:
    pending, moved = dict.fromkeys(one.id for one in submissions), time.monotonic()
    while pending:
        found = await _answered(stage, list(islice(pending, _WINDOW)))
        now = time.monotonic()
        moved = now if found else moved
        if now - moved > PATIENCE:
            raise Refusal(f"{len(pending)} submissions got no answer for {PATIENCE:.0f} s: look into .local/log.")
        for one in found:
            run.seen[one] = now
            del pending[one]
        tell(run.count)
        await asyncio.sleep(_PAUSE)  # leaves the gateway to its work between two questions


async def _answered(stage: Stage, ids: Sequence[str]) -> list[str]:
    answer = await stage.graphql.ask(_STATES, ids=list(ids))
    states: dict[str, str] = {one["id"]: one["status"] for one in answer["submissions"]}
    wrong = [one for one, state in states.items() if state in ("REJECTED", "DEAD")]
    require_accepted(await stage.http.wait_for(wrong[:1], 0))
    return [one for one, state in states.items() if state == "ACCEPTED"]


async def by_http(stage: Stage, shipments: Sequence[Shipment]) -> Run:
    """Lead shipments through the HTTP door side by side; each step waits in its own call for its outcome."""
    run = Run()
    await asyncio.gather(*(_lead(stage, one.seal(stage.keyring), run) for one in shipments))
    return run


async def _lead(stage: Stage, steps: Sequence[Sealed], run: Run) -> None:
    for step in steps:
        run.sent[step.id] = time.monotonic()
        require_accepted([await stage.http.submit(step, wait=PATIENCE / 2)])
        run.seen[step.id] = time.monotonic()


@dataclass
class Listener:
    """Hears certificates change; `heard` says when which version of which number was pushed here."""

    heard: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, settings: Settings) -> None:
        """Follow for ever."""
        async for change in watch(settings):
            self.heard.setdefault((change.number, change.version), time.monotonic())
            self.news.set()

    async def until(self, wanted: Iterable[tuple[str, int]]) -> None:
        """Wait until all of these were heard; raises Refusal when one is not."""
        missing = set(wanted) - self.heard.keys()
        while missing:
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), PATIENCE / 3)
            except TimeoutError as error:
                raise Refusal(f"{len(missing)} changes were not told by certificateChanged: run again.") from error
            missing -= self.heard.keys()


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[Listener]:
    """Subscribe to `certificateChanged`, through the client, as long as the block lasts."""
    listener = Listener()
    task = asyncio.create_task(listener.listen(settings))
    try:
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def paced(stage: Stage, listener: Listener, shipments: Sequence[Shipment], rate: int) -> Run:
    """Send at a steady rate through Kafka; a submission is visible when the subscription pushed its change."""
    run, clock = Run(), asyncio.get_running_loop().time
    steps = [(one.number, one.seal(stage.keyring)) for one in shipments]
    began, sending = clock(), list[asyncio.Task[object]]()
    for index, (_, some) in enumerate(steps):
        await asyncio.sleep(began + index * _STEPS / rate - clock())  # the pace itself
        run.sent.update(dict.fromkeys((one.id for one in some), time.monotonic()))
        sending.append(asyncio.create_task(stage.kafka.send(some)))
    await asyncio.gather(*sending)
    changes = {(number, at): one.id for number, some in steps for at, one in enumerate(some, 1)}
    await listener.until(changes)
    run.seen = {identity: listener.heard[change] for change, identity in changes.items()}
    return run
