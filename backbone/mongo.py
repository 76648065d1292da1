"""The only room that knows the MongoDB driver: the handful of calls the platform uses.

motor is in its last year of fixes; PyMongo's own asynchronous API replaces it here and nowhere else
(docs/decisions/0002-motor-kept-and-isolated.md).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DeleteOne, IndexModel, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError, ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from backbone.settings import Settings

__all__ = [
    "Decimal128",
    "DeleteOne",
    "IndexModel",
    "InsertOne",
    "ReplaceOne",
    "Store",
    "UpdateOne",
    "Written",
]

Document = dict[str, Any]
Write = InsertOne[Document] | UpdateOne | ReplaceOne[Document] | DeleteOne
AWAY = (AutoReconnect, ConnectionFailure)
"""What is raised while MongoDB is away; whoever catches it waits and tries again."""

_DUPLICATE = 11000
_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
# Journaled on a majority: an acknowledged write survives the loss of any one server.
_WRITE = WriteConcern(w="majority", j=True)


@dataclass(frozen=True, slots=True)
class Written:
    """What a bulk write did; `refused` maps the position of a write to the reason it failed (not duplicates)."""

    effective: int
    refused: Mapping[int, str]


class Store:
    """One database: reads in lists, writes in bulk."""

    def __init__(self, settings: Settings, database: str, patience_ms: int = 5000) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            settings.mongo_uri, serverSelectionTimeoutMS=patience_ms, uuidRepresentation="standard"
        )
        self._database = self._client.get_database(
            database, codec_options=_OPTIONS, write_concern=_WRITE, read_concern=ReadConcern("local")
        )

    async def ping(self) -> None:
        """Raise when MongoDB does not answer."""
        await self._database.command("ping")

    async def ask(self, command: str) -> Document:
        """Ask the server about itself: `hello` (its set and its clock), `dbStats` (its disk)."""
        return await self._database.command(command)

    async def collections(self) -> list[str]:
        """Name the collections that are there, in alphabetical order."""
        return sorted(await self._database.list_collection_names())

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        fields: Mapping[str, Any] | None = None,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
    ) -> list[Document]:
        """Read documents in one round trip."""
        cursor = self._database[collection].find(where, fields, limit=limit, batch_size=10_000)
        if sort:
            cursor = cursor.sort(list(sort))
        return await cursor.to_list(None)

    async def aggregate(self, collection: str, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Run an aggregation and read all of its result."""
        return await self._database[collection].aggregate(pipeline).to_list(None)

    async def stream(self, collection: str, where: Mapping[str, Any]) -> AsyncIterator[Document]:
        """Read documents one after the other in the order of their ids."""
        async for document in self._database[collection].find(where).sort("_id", 1):
            yield document

    async def write(self, collection: str, writes: Sequence[Write], session: Any = None) -> Written:
        """Write in bulk, unordered; a duplicate key counts as not effective, not as an error."""
        if not writes:
            return Written(0, {})
        try:
            result = await self._database[collection].bulk_write(list(writes), ordered=False, session=session)
        except BulkWriteError as error:
            return _partly(error.details)
        return Written(result.inserted_count + result.matched_count + result.upserted_count, {})

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Open a transaction; hand the session to `write` and `find_in`. Leaves it by commit or abort."""
        async with (
            await self._client.start_session() as session,
            session.start_transaction(read_concern=ReadConcern("snapshot"), write_concern=_WRITE),
        ):
            yield session

    async def find_in(self, session: Any, collection: str, where: Mapping[str, Any]) -> list[Document]:
        """Read documents inside a transaction."""
        return await self._database[collection].find(where, session=session).to_list(None)

    async def delete(self, collection: str, where: Mapping[str, Any]) -> int:
        """Delete documents; say how many."""
        return (await self._database[collection].delete_many(where)).deleted_count

    async def ensure_indexes(self, collection: str, indexes: Sequence[IndexModel]) -> None:
        """Create the indexes that are missing."""
        await self._database[collection].create_indexes(list(indexes))

    async def drop(self) -> None:
        """Drop the whole database: only for a read model, which is rebuilt from facts."""
        await self._client.drop_database(self._database.name)

    async def drop_collection(self, collection: str) -> None:
        """Drop one collection of a read model."""
        await self._database.drop_collection(collection)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _partly(details: Mapping[str, Any]) -> Written:
    errors = details.get("writeErrors", [])
    refused = {e["index"]: str(e.get("errmsg", "")) for e in errors if e.get("code") != _DUPLICATE}
    if details.get("writeConcernErrors"):
        raise ConnectionFailure(f"the write was not acknowledged: {details['writeConcernErrors'][0]}")
    return Written(details["nInserted"] + details["nMatched"] + details["nUpserted"], refused)


def is_away(error: BaseException) -> bool:
    """Say whether an error means "wait and try again" rather than "this is wrong"."""
    if isinstance(error, AWAY):
        return True
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")
