"""Drops the gateway's read model, waits until it has been projected again, and compares the two."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from backbone.mongo import Store
from backbone.projecting import OFFSETS, state_hash
from deploy.ops.errors import OperatorError
from deploy.ops.settings import OpsSettings

SERVICE = "gateway"
_BETWEEN_LOOKS = 0.25
_PATIENCE_SECONDS = 60.0
_ASKING_SECONDS = 3.0
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Model:
    """A read model: its hash, the next offset of each partition, and whether they stood still while it was read."""

    hash: str
    places: Mapping[str, int]
    still: bool

    @property
    def records(self) -> int:
        """How many records have been projected."""
        return sum(self.places.values())


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A read model before and after; `equal` is None when more was projected meanwhile, for then they differ."""

    before: Model
    after: Model
    seconds: float

    @property
    def equal(self) -> bool | None:
        """Whether both hashes are the same, where that may be asked."""
        comparable = self.before.still and self.after.still and self.before.places == self.after.places
        return self.before.hash == self.after.hash if comparable else None


async def rebuild(settings: OpsSettings, progress: Progress) -> Rebuilt:
    """Have the gateway project everything again; `progress` is told records done and records in all.

    Raises `OperatorError` when the gateway is not ready, or stands still for a minute. Facts are never touched.
    """
    await _require_gateway(settings)
    store = Store(settings, settings.database(SERVICE))
    try:
        before = await _read(store)
        begun = time.monotonic()
        await _drop(store)
        await _projected(store, before.places, progress)
        return Rebuilt(before, await _read(store), time.monotonic() - begun)
    finally:
        store.close()


async def _require_gateway(settings: OpsSettings) -> None:
    address = settings.health()[SERVICE]
    try:
        async with httpx.AsyncClient(timeout=_ASKING_SECONDS, trust_env=False) as client:
            (await client.get(f"{address}/ready")).raise_for_status()
    except httpx.HTTPError as error:
        remedy = f"The gateway at {address} is not ready, and nobody else would project again: start it first."
        raise OperatorError("E_GATEWAY_AWAY", "KP_SERVICES", remedy) from error


async def _read(store: Store) -> Model:
    begun = await _places(store)
    digest = await state_hash(store, await _projections(store))
    places = await _places(store)
    return Model(digest, places, begun == places)


async def _drop(store: Store) -> None:
    await asyncio.gather(*(store.drop_collection(name) for name in await _projections(store)))
    # The places go last: while they stand the gateway does not project again into what is still to be dropped.
    await store.drop_collection(OFFSETS)


async def _projections(store: Store) -> list[str]:
    return [name for name in await store.collections() if name != OFFSETS]


async def _places(store: Store) -> dict[str, int]:
    return {row["_id"]: row["next"] for row in await store.find(OFFSETS, {})}


async def _projected(store: Store, goal: Mapping[str, int], progress: Progress) -> None:
    done, moved = -1, time.monotonic()
    while done < sum(goal.values()):
        places = await _places(store)
        now = sum(min(places.get(name, 0), place) for name, place in goal.items())
        moved = time.monotonic() if now != done else moved
        done = now
        progress(done, sum(goal.values()))
        if time.monotonic() - moved > _PATIENCE_SECONDS:
            remedy = "The gateway has stood still for a minute: its log says why; it goes on by itself when it can."
            raise OperatorError("E_REBUILD_STANDS_STILL", SERVICE, remedy)
        await asyncio.sleep(_BETWEEN_LOOKS)  # a fact of another process: it can only be looked at
