"""Keeps quarterly totals by corridor from certificate facts, each batch in one transaction (design §2)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from backbone.envelope import Record, read_fact
from backbone.kafka import Publisher
from backbone.mongo import Decimal128, Document, Store, UpdateOne
from backbone.projecting import Offsets, Rewound
from backbone.telemetry import Timing
from contracts.catalogue import FACTS
from contracts.facts import Fact, OutgoingFact, compose_derived
from contracts.statistics import CorridorTotals
from services.statistics.contributions import COUNTED, Amount, Cell, contribution, difference, total

CELLS, CONTRIBUTIONS = "cells", "contributions"
_TOTALLED = FACTS["corridor.totalled.v1"]


class Corridors:
    """Projects certificate facts into cells, and says every cell that changed as a fact."""

    def __init__(self, store: Store, publisher: Publisher, offsets: Offsets) -> None:
        self._store, self._publisher, self._offsets = store, publisher, offsets

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch of facts into the totals exactly once, then publish the cells that changed."""
        timing = Timing("statistics totals", records)
        facts = [(record.partition, read_fact(record)) for record in records]
        counted = _newest((place, fact) for place, fact in facts if fact.type in COUNTED)
        try:
            async with self._store.transaction() as session:
                await self._add(counted, session)
                await self._offsets.save(records, session)
        except Rewound:
            return await self._offsets.rewind()
        timing.mark("store")
        sent = await self.publish_unpublished()
        timing.mark("publish")
        return timing.tell(((fact.submission_id, fact.traceparent) for _, fact in facts), sent, ())

    async def _add(self, facts: Mapping[str, tuple[int, Fact]], session: Any) -> None:
        if not facts:
            return
        rows = await self._store.find_in(session, CONTRIBUTIONS, {"_id": {"$in": list(facts)}})
        known = {row["_id"]: row for row in rows}
        fresh = {key: one for key, one in facts.items() if one[1].sequence > known.get(key, {}).get("version", 0)}
        before = {key: _unpacked(known[key]) if key in known else {} for key in fresh}
        after = {key: contribution(fact) for key, (_, fact) in fresh.items()}
        sums = total((place, difference(before[key], after[key])) for key, (place, _) in fresh.items())
        await self._store.write(CONTRIBUTIONS, [_kept(fresh[key][1], after[key]) for key in fresh], session)
        as_of = max((fact.time for _, fact in fresh.values()), default=None)
        await self._store.write(CELLS, [_raise(cell, place, by, as_of) for (cell, place), by in sums.items()], session)

    async def publish_unpublished(self) -> int:
        """Publish the cells that no fact tells of yet: of this batch, or of one before a crash."""
        rows = await self._store.find(CELLS, {"unpublished": True})
        await self._publisher.publish([_fact(row) for row in rows])
        done = [
            UpdateOne({"_id": row["_id"], "version": row["version"]}, {"$unset": {"unpublished": 1}}) for row in rows
        ]
        await self._store.write(CELLS, done)
        return len(rows)


def _newest(facts: Any) -> dict[str, tuple[int, Fact]]:
    newest: dict[str, tuple[int, Fact]] = {}
    for place, fact in facts:
        if fact.subject not in newest or newest[fact.subject][1].sequence < fact.sequence:
            newest[fact.subject] = place, fact
    return newest


def _kept(fact: Fact, cells: Mapping[Cell, Amount]) -> UpdateOne:
    packed = [
        [c.exporter, c.importer, c.period, c.flow, a.certificates, str(a.carats), str(a.value_usd)]
        for c, a in cells.items()
    ]
    return UpdateOne({"_id": fact.subject}, {"$set": {"version": fact.sequence, "cells": packed}}, upsert=True)


def _unpacked(row: Document) -> dict[Cell, Amount]:
    return {Cell(*one[:4]): Amount(one[4], Decimal(one[5]), Decimal(one[6])) for one in row["cells"]}


def _raise(cell: Cell, partition: int, by: Amount, as_of: Any) -> UpdateOne:
    names = {"exporter": cell.exporter, "importer": cell.importer, "period": cell.period, "flow": cell.flow}
    amounts = {"certificates": by.certificates, "carats": Decimal128(by.carats), "valueUsd": Decimal128(by.value_usd)}
    return UpdateOne(
        {"_id": cell.id(partition)},
        {
            "$inc": {**amounts, "version": 1},
            "$set": {**names, "partition": partition, "unpublished": True, "asOf": as_of},
        },
        upsert=True,
    )


def _fact(row: Document) -> OutgoingFact:
    state = CorridorTotals(
        id=row["_id"],
        exporter=row["exporter"],
        importer=row["importer"],
        period=row["period"],
        flow=row["flow"],
        partition=row["partition"],
        certificates=row["certificates"],
        carats=row["carats"].to_decimal(),
        value_usd=row["valueUsd"].to_decimal(),
    )
    return compose_derived(_TOTALLED, row["_id"], row["version"], state, row["asOf"])
