"""Everything that a namespace holds once it is settled: facts, dead letters, stored state and the read model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backbone.deadletters import DeadLetter, read_dead
from backbone.envelope import Record, read_fact
from backbone.mongo import Document, Store
from backbone.settings import Settings
from contracts.facts import Fact, OutgoingFact, unpack
from services.gateway.projection import COLLECTIONS
from tests.log import opened

SERVICES = ("certificates", "participants", "statistics")
DERIVED = "corridor.totalled.v1"

Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the log has and what MongoDB stores; collections by service and name, documents by their ids."""

    namespace: str
    records: Mapping[str, Sequence[Record]]
    dead: Mapping[str, DeadLetter]
    aggregates: Mapping[str, Documents]
    rejections: Mapping[str, Documents]
    cells: Documents
    model: Mapping[str, Documents]

    def published(self, service: str) -> dict[str, Record]:
        """The facts of a service by their ids; fails when one was published with two contents."""
        kept: dict[str, Record] = {}
        for record in self.records[service]:
            one = kept.setdefault(read_fact(record).id, record)
            assert (one.key, one.value, one.headers) == (record.key, record.value, record.headers)
        return kept

    def stored(self, service: str) -> dict[str, OutgoingFact]:
        """The facts that a service has stored, in aggregates and as rejections, by their ids."""
        packed = [entry["facts"] for one in self.aggregates[service].values() for entry in one["history"]]
        packed += [one["facts"] for one in self.rejections[service].values()]
        return {dict(fact.headers)["ce_id"].decode(): fact for facts in packed for fact in unpack(facts)}

    def facts(self) -> list[Fact]:
        """Every published fact that a submission caused, once."""
        found = [read_fact(record) for service in SERVICES for record in self.published(service).values()]
        return [fact for fact in found if fact.type != DERIVED]

    def totals(self) -> dict[str, Fact]:
        """The last published total of every cell."""
        last: dict[str, Fact] = {}
        for fact in map(read_fact, self.published("statistics").values()):
            if fact.type == DERIVED and (fact.subject not in last or last[fact.subject].sequence < fact.sequence):
                last[fact.subject] = fact
        return last

    @property
    def republished(self) -> int:
        """How many records of the facts topics repeat an earlier one."""
        return sum(len(self.records[service]) - len(self.published(service)) for service in SERVICES)


async def take(settings: Settings) -> Ledger:
    """Read everything that a settled namespace holds."""
    async with opened(settings) as log:
        records = {service: await log.read(f"{service}.facts") for service in SERVICES}
        letters = [read_dead(record) for record in await log.read("dead-letters")]
    stores = {service: Store(settings, settings.database(service)) for service in (*SERVICES, "gateway")}
    ledger = Ledger(
        settings.namespace,
        records,
        {letter.id: letter for letter in letters},
        {service: await _documents(stores[service], "aggregates") for service in SERVICES},
        {service: await _documents(stores[service], "rejections") for service in SERVICES},
        await _documents(stores["statistics"], "cells"),
        {name: await _documents(stores["gateway"], name) for name in COLLECTIONS},
    )
    for store in stores.values():
        store.close()
    return ledger


async def _documents(store: Store, collection: str) -> dict[str, Document]:
    return {document["_id"]: document async for document in store.stream(collection, {})}
