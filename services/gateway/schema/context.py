"""What resolvers may ask for, and how a field is read from a document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from pydantic.alias_generators import to_camel
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from backbone.mongo import Document
from contracts.registry import Registry
from contracts.submission import GABORONE
from services.gateway.live import Live
from services.gateway.outcome import Outcomes
from services.gateway.queries import Queries

_camel = lru_cache(maxsize=None)(to_camel)


@dataclass(frozen=True, slots=True)
class Context:
    """What one request or connection is answered with."""

    queries: Queries
    outcomes: Outcomes
    live: Live
    registry: Registry
    clock: Callable[[], datetime]
    histories: DataLoader[str, list[Document]]

    def on(self, asked: date | None) -> date:
        """The date asked for, else today as deadlines count it."""
        return asked or self.clock().astimezone(GABORONE).date()


Asked = Info[Context, None]


def read(document: object, name: str) -> object:
    """Read a field of a document: it has the shape of the wire, so `value_usd` is `valueUsd`."""
    return cast("Mapping[str, Any]", document).get(_camel(name))
