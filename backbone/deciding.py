"""The loop of every deciding service: load, decide, store, publish; idempotent from end to end (design §2)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Generic, TypeVar

import orjson
import structlog

from backbone.deadletters import Parking, answer_dead, load_parking, publish_dead
from backbone.envelope import Arrival, Dead, Record, read_submission
from backbone.kafka import Publisher
from backbone.mongo import Document, InsertOne, Store, UpdateOne, Write
from backbone.signing import Register, Verifying, begin_verifying
from backbone.telemetry import Timing
from contracts.domain import Domain
from contracts.facts import Cause, OutgoingFact, compose_refusal, pack, unpack
from contracts.outcome import ID_REUSED, Accepted, Rejection
from contracts.values import State

AGGREGATES, REJECTIONS = "aggregates", "rejections"
_ATTEMPTS = 3
log = structlog.get_logger()
S = TypeVar("S", bound=State)


class Conflict(RuntimeError):
    """Another process wrote an aggregate between our reading and writing; decide again on what it wrote."""


@dataclass(slots=True)
class Aggregate(Generic[S]):
    """One aggregate while a batch works on it; `answered` maps submission ids to the hash of their bytes."""

    read_version: int = 0
    version: int = 0
    state: S | None = None
    answered: dict[str, bytes] = field(default_factory=dict[str, bytes])
    entries: list[Document] = field(default_factory=list[Document])
    document: bytes = b"null"


@dataclass(slots=True)
class Batch(Generic[S]):
    """What one batch has read and is about to write."""

    aggregates: dict[str, Aggregate[S]]
    rejected: dict[str, Document]
    parking: Parking
    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    dead: list[Dead] = field(default_factory=list[Dead])
    rejections: list[UpdateOne] = field(default_factory=list[UpdateOne])
    repeated: list[Arrival] = field(default_factory=list[Arrival])
    facts: list[OutgoingFact] = field(default_factory=list[OutgoingFact])
    codes: list[str] = field(default_factory=list[str])

    def reject(self, service: str, arrival: Arrival, suffix: str, sha: bytes, rejection: Rejection) -> None:
        """Keep and publish a refusal; the first answer to an id is the one that stays."""
        fact = compose_refusal(service, arrival.cause(), arrival.sealed, rejection.findings, suffix)
        kept: Document = {"sha": sha, "facts": pack([fact]), "receivedAt": arrival.received_at}
        kept_as = f"{arrival.event.id}{suffix}"
        self.rejections.append(UpdateOne({"_id": kept_as}, {"$setOnInsert": kept}, upsert=True))
        self.rejected.setdefault(kept_as, kept)
        self.facts.append(fact)
        self.codes.extend(finding.code for finding in rejection.findings)


class Deciding(Generic[S]):
    """Handles batches of submissions for one domain; safe to be given any of them any number of times."""

    def __init__(self, domain: Domain[S], store: Store, publisher: Publisher, register: Register) -> None:
        self._domain, self._store, self._publisher, self._register = domain, store, publisher, register

    async def handle(self, records: Sequence[Record]) -> None:
        """Answer every record: facts, a rejection, a dead letter, or a place in the queue of the parked."""
        timing = Timing(self._domain.service, records)
        await self._register.catch_up()
        read = [read_submission(record) for record in records]
        verifying = begin_verifying(read, self._register.registry)
        batch = await self._settle([one for one in read if isinstance(one, Arrival)], verifying, timing)
        repeated = await self._stored_facts(batch.repeated)
        facts = [*batch.facts, *repeated, *answer_dead(self._domain.service, batch.dead)]
        await self._publisher.publish(facts)
        await publish_dead(self._publisher, batch.dead)
        timing.mark("publish")
        traces = ((one.event.id, one.event.traceparent) for one in batch.arrivals)
        timing.tell(traces, len(facts), batch.codes + [one.code for one in batch.dead])

    async def _settle(self, read: list[Arrival], verifying: Sequence[Verifying], timing: Timing) -> Batch[S]:
        trouble: dict[str, str] = {}
        for attempt in range(1, _ATTEMPTS + 1):
            batch = await self._load(read)
            timing.mark("load")
            for chunk in verifying:
                for one in await chunk:
                    self._take(batch, one, trouble, last=attempt == _ATTEMPTS)
            timing.mark("decide")
            if (attempt == _ATTEMPTS or not trouble) and await self._save(batch, trouble):
                timing.mark("store")
                return batch
            await asyncio.sleep(0.05 * attempt)  # backoff before deciding again
        raise Conflict(f"{self._domain.service}: writes met another process's {_ATTEMPTS} times")

    def _take(self, batch: Batch[S], one: Arrival | Dead, trouble: dict[str, str], *, last: bool) -> None:
        if isinstance(one, Dead):
            return batch.dead.append(one)
        return self._answer(batch, one, trouble, last=last)

    async def _load(self, arrivals: Sequence[Arrival]) -> Batch[S]:
        subjects = list({arrival.event.subject for arrival in arrivals})
        fields = {"version": 1, "state": 1, "history.id": 1, "history.sha": 1}
        found, rejected, parking = await asyncio.gather(
            self._store.find(AGGREGATES, {"_id": {"$in": subjects}}, fields),
            self._store.find(REJECTIONS, {"_id": {"$in": [arrival.event.id for arrival in arrivals]}}),
            load_parking(self._store, subjects),
        )
        known = {document["_id"]: self._aggregate(document) for document in found}
        aggregates = {subject: known.get(subject) or Aggregate[S]() for subject in subjects}
        return Batch(aggregates, {document["_id"]: document for document in rejected}, parking)

    def _aggregate(self, document: Document) -> Aggregate[S]:
        version, state = document["version"], self._domain.state.read(document["state"])
        return Aggregate(version, version, state, {h["id"]: h["sha"] for h in document["history"]})

    def _answer(self, batch: Batch[S], arrival: Arrival, trouble: dict[str, str], *, last: bool) -> None:
        submission_id = arrival.event.id
        batch.arrivals.append(arrival)
        if batch.parking.holds(arrival):
            return batch.parking.park(arrival, "waits behind an earlier submission of its aggregate")
        if last and submission_id in trouble:
            return batch.parking.park(arrival, trouble[submission_id])
        try:
            self._decide(batch, arrival)
        except Exception as error:  # a bug in a rule: one submission must not stop the others
            log.error("submission.failed", id=submission_id, subject=arrival.event.subject, exc_info=error)
            trouble[submission_id] = repr(error)
            return batch.parking.park(arrival, repr(error)) if last else None
        return batch.parking.release(arrival)

    def _decide(self, batch: Batch[S], arrival: Arrival) -> None:
        aggregate, submission_id = batch.aggregates[arrival.event.subject], arrival.event.id
        sha, stored = sha256(arrival.event.data).digest(), batch.rejected.get(submission_id)
        before = aggregate.answered.get(submission_id) or (stored and stored["sha"])
        if before and before != sha:
            batch.reject(self._domain.service, arrival, f"/reused/{sha.hex()[:16]}", sha, ID_REUSED)
        elif stored:
            batch.facts.extend(unpack(stored["facts"]))
        elif before:
            batch.repeated.append(arrival)
        else:
            cause = arrival.cause()
            decision = self._domain.judge(
                aggregate.state, arrival.sealed, cause.signer, cause.received_at, self._register
            )
            if isinstance(decision, Rejection):
                batch.reject(self._domain.service, arrival, "", sha, decision)
            else:
                self._accept(batch, aggregate, cause, sha, decision)

    def _accept(self, batch: Batch[S], aggregate: Aggregate[S], cause: Cause, sha: bytes, decision: Accepted) -> None:
        state, facts, document = self._domain.apply(aggregate.state, aggregate.version, decision, cause)
        aggregate.state, aggregate.document = state, document
        aggregate.version += len(facts)
        aggregate.answered[cause.submission_id] = sha
        kept = {"original": cause.signed, "receivedAt": cause.received_at, "facts": pack(facts)}
        aggregate.entries.append({"id": cause.submission_id, "sha": sha, **kept})
        batch.facts.extend(facts)
        batch.codes.append("ACCEPTED")

    async def _save(self, batch: Batch[S], trouble: dict[str, str]) -> bool:
        # Rejections first: after a crash in between they are not judged again on what came after them.
        await self._store.write(REJECTIONS, batch.rejections)
        changed = {key: one for key, one in batch.aggregates.items() if one.entries}
        written = await self._store.write(AGGREGATES, [_write(key, one) for key, one in changed.items()])
        for index, reason in written.refused.items():
            subject = list(changed)[index]
            trouble.update({a.event.id: reason for a in batch.arrivals if a.event.subject == subject})
        if written.effective < len(changed):
            return False
        await batch.parking.save(self._store)
        return True

    async def _stored_facts(self, repeated: Sequence[Arrival]) -> list[OutgoingFact]:
        if not repeated:
            return []
        ids, subjects = {a.event.id for a in repeated}, list({a.event.subject for a in repeated})
        rows = await self._store.find(AGGREGATES, {"_id": {"$in": subjects}}, {"history.id": 1, "history.facts": 1})
        return [f for row in rows for h in row["history"] if h["id"] in ids for f in unpack(h["facts"])]


def _write(key: str, aggregate: Aggregate[Any]) -> Write:
    state, version = orjson.loads(aggregate.document), aggregate.version
    if aggregate.read_version == 0:
        return InsertOne({"_id": key, "version": version, "state": state, "history": aggregate.entries})
    return UpdateOne(
        {"_id": key, "version": aggregate.read_version},
        {"$set": {"version": version, "state": state}, "$push": {"history": {"$each": aggregate.entries}}},
    )
