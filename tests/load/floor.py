"""The floors, written by hand: what the servers and their drivers cost when nothing is decided and nothing is asked.

`python -m tests.load.floor floor` consumes submissions, inserts them, publishes a fact for each and commits;
`floor-verified` verifies their signatures too; `projection-floor` consumes facts, upserts each as it is and commits.
Batches, guarantees and sizes are a service's: the fact published for each submission is a state of usual size beside
the signed original, under as many headers.
"""

import asyncio
import os
import sys
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from functools import lru_cache
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReplaceOne
from pymongo.write_concern import WriteConcern

from backbone.envelope import Record
from backbone.settings import Settings
from tests.load.register import Register

FLOORS = ("floor", "floor-verified", "projection-floor")
SEED = "KP_LOAD_SEED"
_STATE = b'"' + b" 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 18 + b'"'
_MORE_HEADERS = [
    (f"ce_{name}", b"0123456789abcdef") for name in ("sequence", "causationid", "kpactor", "correlationid")
]


async def decide(name: str, settings: Settings, check: Callable[[bytes], None] | None) -> None:
    """Consume, store, publish and commit until the process is ended."""
    stored, producer = _collection(name, settings), _producer(settings)
    await producer.start()
    async for records in _batches(name, settings, "certificates.submissions"):
        if check:
            for record in records:
                check(record.value or b"")
        await stored.insert_many([_document(record) for record in records], ordered=False)
        await _publish(producer, settings.topic(f"{name}.facts"), records)


def verifier() -> Callable[[bytes], None]:
    """Give a function that raises unless a token is signed by a key of the load's register."""
    register = Register(bytes.fromhex(os.environ[SEED]), 0)

    @lru_cache
    def public(head: bytes) -> Ed25519PublicKey:
        kid: str = orjson.loads(_decode(head))["kid"]
        return register.key(kid.partition("-")[0]).private.public_key()

    def verify(token: bytes) -> None:
        signed, _, seal = token.rpartition(b".")
        public(signed.partition(b".")[0]).verify(_decode(seal), signed)

    return verify


def _decode(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def _document(record: Record) -> dict[str, Any]:
    return {"_id": f"{record.partition}/{record.offset}", "value": record.value}


async def _publish(producer: Any, topic: str, records: Sequence[Record]) -> None:
    futures: list[Any] = []
    for record in records:
        value = b'{"data":' + _STATE + b',"change":{},"findings":[],"signed":"' + (record.value or b"") + b'"}'
        futures.append(await producer.send(topic, value, record.key, headers=[*record.headers, *_MORE_HEADERS]))
    await asyncio.gather(*futures)


async def project(name: str, settings: Settings) -> None:
    """Consume, upsert and commit until the process is ended."""
    stored = _collection(name, settings)
    async for records in _batches(name, settings, "certificates.facts"):
        await stored.bulk_write([_upsert(record) for record in records], ordered=False)


def _upsert(record: Record) -> ReplaceOne[dict[str, Any]]:
    return ReplaceOne({"_id": (record.key or b"").decode()}, orjson.loads(record.value or b""), upsert=True)


def _collection(name: str, settings: Settings) -> Any:
    database = AsyncIOMotorClient[dict[str, Any]](settings.mongo_uri)[settings.database(name)]
    return database.get_collection("originals", write_concern=WriteConcern("majority", j=True))


async def _batches(name: str, settings: Settings, topic: str) -> AsyncIterator[list[Record]]:
    consumer = _consumer(name, settings, topic)
    await consumer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=50, max_records=settings.max_batch)
        if batches:
            yield [record for batch in batches.values() for record in batch]
            await consumer.commit()


def _consumer(name: str, settings: Settings, topic: str) -> Any:
    return AIOKafkaConsumer(
        settings.topic(topic),
        bootstrap_servers=settings.kafka,
        group_id=f"{settings.namespace}-{name}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )


def _producer(settings: Settings) -> Any:
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        enable_idempotence=True,
        acks="all",
        compression_type="zstd",
        linger_ms=5,
        max_batch_size=262_144,
    )


def main(name: str, settings: Settings) -> None:
    """Run one of the floors."""
    if name == "projection-floor":
        uvloop.run(project(name, settings))
    else:
        uvloop.run(decide(name, settings, verifier() if name == "floor-verified" else None))


if __name__ == "__main__":
    main(sys.argv[1], Settings())  # pyright: ignore[reportCallIssue]  the environment says the profile
