"""The indexes of the read model: each serves one question, so that a query is one range of one index."""

import asyncio

from backbone.mongo import IndexModel, Store
from services.gateway.projection import CERTIFICATES, CORRIDORS, DEAD_LETTERS, FACTS_TOLD, PARTICIPANTS, RETURNS

INDEXES = {
    CERTIFICATES: [
        IndexModel([("order", -1)]),
        IndexModel([("data.issuer", 1), ("order", -1)]),
        IndexModel([("data.destination", 1), ("order", -1)]),
    ],
    PARTICIPANTS: [IndexModel([("data.memberStates.code", 1)])],
    RETURNS: [IndexModel([("data.year", 1), ("data.code", 1)])],
    CORRIDORS: [
        IndexModel([("corridor", 1)]),
        IndexModel([("data.exporter", 1), ("corridor", 1)]),
        IndexModel([("data.importer", 1), ("corridor", 1)]),
        IndexModel([("data.period", 1), ("corridor", 1)]),
    ],
    FACTS_TOLD: [IndexModel([("subject", 1), ("sequence", 1)]), IndexModel([("submissionId", 1)])],
    DEAD_LETTERS: [IndexModel([("order", -1)]), IndexModel([("submissionId", 1)])],
}


async def ensure(store: Store) -> None:
    """Create the indexes that are missing."""
    await asyncio.gather(*(store.ensure_indexes(name, indexes) for name, indexes in INDEXES.items()))
