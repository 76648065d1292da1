"""The floor: consume, insert_many, publish, commit; written by hand, without a rule, with or without verification.

Run as `python -m tests.load.floor floor` or `... floor-verified`. Batches, guarantees and sizes are a service's: the
fact it publishes for each submission is a state of usual size beside the signed original, under as many headers.
"""

import asyncio
import os
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.write_concern import WriteConcern

from backbone.envelope import Record
from backbone.settings import Settings
from tests.load.register import Register

SEED = "KP_LOAD_SEED"
CONTESTANTS = ("floor", "floor-verified")
_STATE = b'"' + b" 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 18 + b'"'
_MORE_HEADERS = [
    (f"ce_{name}", b"0123456789abcdef") for name in ("sequence", "causationid", "kpactor", "correlationid")
]


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


async def run(name: str, settings: Settings) -> None:
    """Consume, store, publish and commit until the process is ended."""
    check = verifier() if name == "floor-verified" else None
    client = AsyncIOMotorClient[dict[str, Any]](settings.mongo_uri)
    stored = client[settings.database(name)].get_collection("originals", write_concern=WriteConcern("majority", j=True))
    consumer, producer = _consumer(name, settings), _producer(settings)
    await producer.start()
    await consumer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=50, max_records=settings.max_batch)
        records = [record for batch in batches.values() for record in batch]
        if records:
            for record in records if check else ():
                check(record.value)
            await stored.insert_many([_document(record) for record in records], ordered=False)
            await _publish(producer, settings.topic(f"{name}.facts"), records)
            await consumer.commit()


def _document(record: Record) -> dict[str, Any]:
    return {"_id": f"{record.partition}/{record.offset}", "value": record.value}


async def _publish(producer: Any, topic: str, records: Sequence[Record]) -> None:
    futures: list[Any] = []
    for record in records:
        value = b'{"data":' + _STATE + b',"change":{},"findings":[],"signed":"' + record.value + b'"}'
        futures.append(await producer.send(topic, value, record.key, headers=[*record.headers, *_MORE_HEADERS]))
    await asyncio.gather(*futures)


def _consumer(name: str, settings: Settings) -> Any:
    return AIOKafkaConsumer(
        settings.topic("certificates.submissions"),
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


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], Settings()))  # pyright: ignore[reportCallIssue]  the environment says the profile
