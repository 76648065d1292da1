"""Turns facts and dead letters into the documents that queries read; the same facts give the same documents."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from backbone.deadletters import read_dead
from backbone.envelope import Record, read_fact
from backbone.mongo import Decimal128, Document, InsertOne, Store, UpdateOne, Write
from backbone.projecting import guarded
from backbone.telemetry import Timing
from contracts.catalogue import FACTS
from contracts.certificates import Certificate
from contracts.facts import Fact
from contracts.participants import Participant
from contracts.statistics import CorridorTotals, ProductionReturn
from contracts.values import State
from services.gateway.live import Live

PARTICIPANTS, CERTIFICATES, RETURNS, CORRIDORS = "participants", "certificates", "returns", "corridors"
FACTS_TOLD, DEAD_LETTERS, FRESHNESS = "facts", "dead_letters", "freshness"
COLLECTIONS = (PARTICIPANTS, CERTIFICATES, RETURNS, CORRIDORS, FACTS_TOLD, DEAD_LETTERS, FRESHNESS)
"""Everything the read model consists of, but the places it was read up to."""


def _certificate(data: Document) -> Document:
    # One string that sorts by date of issue and then by number: pages and date ranges are one range of one index.
    return {"data": data, "order": f"{data['issuedOn']}|{data['id']}"}


def _participant(data: Document) -> Document:
    return {"data": data}


def _return(data: Document) -> Document:
    return {"data": data, **_amounts(data)}


def _corridor(data: Document) -> Document:
    corridor = f"{data['exporter']}>{data['importer']}|{data['period']}|{data['flow']}"
    return {"data": data, "corridor": corridor, **_amounts(data)}


def _amounts(data: Document) -> Document:
    return {"carats": Decimal128(data["carats"]), "valueUsd": Decimal128(data["valueUsd"])}


_SHAPES: dict[type[State], tuple[str, Callable[[Document], Document]]] = {
    Certificate: (CERTIFICATES, _certificate),
    Participant: (PARTICIPANTS, _participant),
    ProductionReturn: (RETURNS, _return),
    CorridorTotals: (CORRIDORS, _corridor),
}
_BY_TYPE = {name: _SHAPES[kind.state] for name, kind in FACTS.items()}
_OF_CERTIFICATES = frozenset(name for name, kind in FACTS.items() if kind.state is Certificate)


def newest(facts: Iterable[Fact]) -> list[Fact]:
    """Keep the last version of each aggregate; rejections and facts of unknown types change none."""
    kept: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        if fact.type in _BY_TYPE:
            key = (_BY_TYPE[fact.type][0], fact.subject)
            if key not in kept or kept[key].sequence < fact.sequence:
                kept[key] = fact
    return list(kept.values())


def aggregate_write(fact: Fact) -> tuple[str, Write]:
    """Write what an aggregate has become, unless a later version already stands."""
    collection, shape = _BY_TYPE[fact.type]
    fields = shape(fact.data)
    if fact.sequence == 1:  # nothing is older than a first version, so an existing document always wins
        return collection, InsertOne({"_id": fact.subject, **fields, "version": 1})
    return collection, guarded(fact.subject, fact.sequence, fields)


def fact_document(fact: Fact) -> Document:
    """Keep a fact as the history of its aggregate and the answer to its submission; `refused` marks a rejection."""
    document: Document = {
        "_id": fact.id,
        "submissionId": fact.submission_id,
        "subject": fact.subject,
        "sequence": fact.sequence,
        "type": fact.type,
        "time": fact.time,
        "actor": fact.actor,
        "classification": fact.classification,
        "change": fact.change,
        "signed": fact.signed,
        "findings": fact.findings,
    }
    return document if fact.sequence else {**document, "refused": fact.data["type"]}


def dead_document(record: Record) -> Document:
    """Keep a dead letter under the place in the log where it stood; `order` sorts by when it was received."""
    dead = read_dead(record)
    return {
        "_id": dead.id,
        "order": f"{dead.received_ms:015d}|{dead.id}",
        "submissionId": dead.claimed_id,
        "reason": dead.reason,
        "message": dead.message,
        "topic": dead.topic,
        "receivedMs": dead.received_ms,
        "key": dead.key,
        "value": dead.value,
        "headers": [[name, raw] for name, raw in dead.headers],
    }


def _freshness(records: Sequence[Record], facts: Sequence[Fact]) -> list[Write]:
    latest: dict[str, datetime] = {}
    for record, fact in zip(records, facts, strict=True):
        service = record.topic.split(".")[-2]
        if service not in latest or latest[service] < fact.time:
            latest[service] = fact.time
    return [UpdateOne({"_id": name}, {"$max": {"newest": time}}, upsert=True) for name, time in latest.items()]


def writes_of(records: Sequence[Record], facts: Sequence[Fact]) -> dict[str, list[Write]]:
    """Collect what a batch of facts writes, by collection.

    A sum that no submission caused has no signed history and is the answer to nobody: it is kept as a sum only.
    """
    writes: dict[str, list[Write]] = {
        FACTS_TOLD: [InsertOne(fact_document(fact)) for fact in facts if fact.submission_id],
        FRESHNESS: _freshness(records, facts),
    }
    for fact in newest(facts):
        collection, write = aggregate_write(fact)
        writes.setdefault(collection, []).append(write)
    return writes


class Projection:
    """Writes batches and then tells the waiting; any batch may come any number of times."""

    def __init__(self, store: Store, live: Live) -> None:
        self._store, self._live = store, live
        self._told: dict[tuple[str, int], int] = {}

    async def take_facts(self, records: Sequence[Record]) -> None:
        """Project a batch of the facts topics."""
        timing = Timing("gateway", records)
        facts = [read_fact(record) for record in records]
        await asyncio.gather(*(self._write(*some) for some in writes_of(records, facts).items()))
        timing.mark("project")
        timing.tell(((fact.submission_id, fact.traceparent) for fact in facts), 0, ())
        self._live.decided(fact.submission_id for fact in facts)
        self._live.changed(self._news(records, facts))

    async def take_dead(self, records: Sequence[Record]) -> None:
        """Project a batch of dead letters."""
        documents = [dead_document(record) for record in records]
        await self._write(DEAD_LETTERS, [InsertOne(document) for document in documents])
        self._live.decided(document["submissionId"] for document in documents)

    async def _write(self, collection: str, writes: Sequence[Write]) -> None:
        refused = (await self._store.write(collection, writes)).refused
        if refused:
            raise RuntimeError(f"MongoDB refused {len(refused)} of {len(writes)} writes to {collection}: {refused}")

    def _news(self, records: Sequence[Record], facts: Sequence[Fact]) -> list[Document]:
        # A rebuild reads everything again; subscribers have heard it.
        told, news = self._told, list[Document]()
        for record, fact in zip(records, facts, strict=True):
            place = (record.topic, record.partition)
            if record.offset > told.get(place, -1):
                told[place] = record.offset
                if fact.type in _OF_CERTIFICATES:
                    news.append({**fact.data, "version": fact.sequence})
        return news
