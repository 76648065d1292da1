"""Follows facts and dead letters from the first record on, and waits for what a test expects."""

import asyncio
from collections.abc import Callable
from typing import Self

from backbone.deadletters import DeadLetter, read_dead
from backbone.envelope import Record, read_fact
from backbone.projecting import Tail
from backbone.settings import Settings
from contracts.facts import Fact

PATIENCE = 30.0
FACTS = ("certificates.facts", "participants.facts", "statistics.facts")


class Recorder:
    """Everything the platform has said in one namespace, in the order of each partition; duplicates included."""

    def __init__(self, settings: Settings) -> None:
        self._dead_topic = settings.topic("dead-letters")
        self._tail = Tail(settings, [*FACTS, "dead-letters"], self._take)
        self._changed = asyncio.Event()
        self.facts: list[Fact] = []
        self.records: list[Record] = []
        self.dead: list[DeadLetter] = []

    async def __aenter__(self) -> Self:
        await self._tail.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tail.stop()

    def _take(self, record: Record) -> None:
        if record.topic == self._dead_topic:
            self.dead.append(read_dead(record))
        else:
            self.records.append(record)
            self.facts.append(read_fact(record))
        self._changed.set()

    def of(self, submission_id: str) -> list[Fact]:
        """The facts that a submission led to."""
        return [fact for fact in self.facts if fact.submission_id == submission_id]

    def codes(self, submission_id: str) -> list[str]:
        """The codes with which a submission was refused."""
        refusals = (fact for fact in self.of(submission_id) if fact.type == "submission.rejected.v1")
        return [finding["code"] for fact in refusals for finding in fact.data["findings"]]

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something is true; fails with `what` when it does not become so."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._changed.clear()
                try:
                    await asyncio.wait_for(self._changed.wait(), PATIENCE)
                except TimeoutError as error:
                    raise AssertionError(f"never seen: {what}") from error
