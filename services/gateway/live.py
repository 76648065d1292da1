"""Who waits for what in this process: outcomes of submissions, and changes of certificates."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager

from backbone.mongo import Document
from services.gateway.problem import Problem

_QUEUE = 1000


class Watcher:
    """One subscriber's queue; it is bounded, and a subscriber that lets it fill is let go."""

    def __init__(self, size: int) -> None:
        self._queue: asyncio.Queue[Document | None] = asyncio.Queue(size + 1)
        self._size = size

    def offer(self, document: Document) -> bool:
        """Queue a document; false when the subscriber is too slow and will be told so."""
        if self._queue.qsize() < self._size:
            self._queue.put_nowait(document)
            return True
        self._queue.put_nowait(None)
        return False

    async def take(self) -> Document:
        """Wait for the next document; raises `Problem` once this subscriber was let go."""
        document = await self._queue.get()
        if document is None:
            remedy = "Subscribe again, and read what you missed with the query certificates."
            raise Problem(503, "E_SLOW_CONSUMER", f"More than {self._size} changes were waiting for you.", remedy)
        return document


class Live:
    """Fed by the projection after every batch it has written; nothing waits here longer than its asker."""

    def __init__(self, queue: int = _QUEUE) -> None:
        self._size = queue
        self._outcomes: dict[str, list[asyncio.Event]] = {}
        self._watchers: dict[str | None, set[Watcher]] = {}

    @contextmanager
    def outcome_of(self, submission_id: str) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something about this submission has become visible."""
        told = asyncio.Event()
        waiting = self._outcomes.setdefault(submission_id, [])
        waiting.append(told)
        try:
            yield told
        finally:
            waiting.remove(told)
            if not waiting:
                self._outcomes.pop(submission_id, None)

    def decided(self, submission_ids: Iterable[str]) -> None:
        """Wake whoever waits for one of these submissions."""
        if not self._outcomes:
            return
        for submission_id in submission_ids:
            for told in self._outcomes.get(submission_id, ()):
                told.set()

    async def changes(self, participant: str | None) -> AsyncIterator[Document]:
        """Follow certificates that a participant issues or receives; all of them when null."""
        watcher = Watcher(self._size)
        self._watchers.setdefault(participant, set()).add(watcher)
        try:
            while True:
                yield await watcher.take()
        finally:
            self._forget(participant, watcher)

    def changed(self, certificates: Iterable[Document]) -> None:
        """Tell the subscribers what certificates have become."""
        if not self._watchers:
            return
        for certificate in certificates:
            for participant in (None, certificate["issuer"], certificate["destination"]):
                self._offer(participant, certificate)

    def _offer(self, participant: str | None, certificate: Document) -> None:
        for watcher in list(self._watchers.get(participant, ())):
            if not watcher.offer(certificate):
                self._forget(participant, watcher)

    def _forget(self, participant: str | None, watcher: Watcher) -> None:
        watchers = self._watchers.get(participant, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(participant, None)
