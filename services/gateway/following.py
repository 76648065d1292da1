"""Follows topics into the read model, keeps its place beside it, and begins again when the model was dropped."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from backbone.envelope import Record
from backbone.kafka import Handler
from backbone.mongo import Store
from backbone.projecting import Offsets, Rewound

_LOOK_SECONDS = 2.0
log = structlog.get_logger()


class Following:
    """Gives batches to `take`; `prepare` makes the collections ready, at the start and after they were dropped."""

    def __init__(self, store: Store, name: str, take: Handler, prepare: Callable[[], Awaitable[None]]) -> None:
        self.offsets = Offsets(store, name)
        self._name, self._take, self._prepare = name, take, prepare
        self._turn = asyncio.Lock()
        self._rewinds = 0

    async def handle(self, records: Sequence[Record]) -> None:
        """Take in a batch, unless the place it was read from was left while it waited for its turn."""
        begun = self._rewinds
        async with self._turn:
            if self._rewinds != begun:
                return
            try:
                await self._take(records)
                await self.offsets.save(records)
            except Rewound:
                await self._rewind()

    async def watch(self) -> None:
        """Look every now and then whether the read model is still there; runs until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)  # between two looks
            try:
                await self._look()
            except Exception as error:  # MongoDB or Kafka is away: the next look will find out
                log.warning("projection.look.failed", projection=self._name, error=repr(error))

    async def _look(self) -> None:
        async with self._turn:
            if not await self.offsets.intact():
                await self._rewind()

    async def _rewind(self) -> None:
        log.warning("projection.rewound", projection=self._name)
        self._rewinds += 1
        await self._prepare()
        await self.offsets.rewind()
