"""Wires the gateway; the only place that knows all of its parts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from backbone import deadletters
from backbone.health import Probe, Service, lag_probe
from backbone.kafka import Publisher, consume, make_broker
from backbone.mongo import Store
from backbone.settings import LOCAL_INSECURE
from backbone.signing import Register
from services.gateway import indexes
from services.gateway.door import Clock, Door
from services.gateway.following import Following
from services.gateway.graphql import GraphQLDoor
from services.gateway.live import Live
from services.gateway.outcome import Outcomes
from services.gateway.problem import HANDLERS
from services.gateway.projection import Projection
from services.gateway.published import Published
from services.gateway.queries import Queries
from services.gateway.settings import GatewaySettings

NAME = "gateway"
FACTS = ("certificates.facts", "participants.facts", "statistics.facts")


def now() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)


def build(settings: GatewaySettings, clock: Clock = now) -> Service:
    """Build the gateway: facts and dead letters in, answers out, and submissions through its door."""
    store, live = Store(settings, settings.database(NAME)), Live()
    publisher, register, broker = Publisher(settings), Register(settings), make_broker(settings)
    projection, prepare = Projection(store, live), partial(indexes.ensure, store)
    facts = Following(store, NAME, projection.take_facts, prepare)
    dead = Following(store, f"{NAME}-dead-letters", projection.take_dead, prepare)
    lags = [
        lag_probe("facts", _follow(broker, settings, FACTS, NAME, facts)),
        lag_probe("dead letters", _follow(broker, settings, [deadletters.TOPIC], f"{NAME}-dead-letters", dead)),
    ]
    parts = [publisher, register, broker]

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(store.close)
            await prepare()
            for part in parts:
                await part.start()
                stack.push_async_callback(part.stop)
            stack.push_async_callback(_end, asyncio.gather(facts.watch(), dead.watch()))
            yield

    probes = [Probe("mongodb", store.ping), Probe("kafka", register.catch_up), *lags]
    routes = _routes(settings, store, live, publisher, register, clock)
    return Service(NAME, life, probes, [Mount("/", Starlette(routes=routes, exception_handlers=HANDLERS))])


def _follow(broker: Any, settings: GatewaySettings, topics: Sequence[str], group: str, following: Following) -> Any:
    subscriber = consume(broker, settings, topics, group, following.handle, following.offsets)
    following.offsets.consumer = lambda: subscriber.consumer
    return subscriber


async def _end(watching: asyncio.Future[Any]) -> None:
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


def _routes(
    settings: GatewaySettings, store: Store, live: Live, publisher: Publisher, register: Register, clock: Clock
) -> list[BaseRoute]:
    queries = Queries(store)
    outcomes = Outcomes(queries, live)
    graphql = GraphQLDoor(queries, outcomes, live, register.registry, clock)
    explorer = [Route("/explorer", _explorer)] if settings.profile == LOCAL_INSECURE else []
    return [
        *Door(publisher, register, outcomes, clock).routes(),
        *Published(register).routes(),
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        *explorer,
    ]


async def _explorer(_: Request) -> Response:
    return HTMLResponse(files("services.gateway").joinpath("explorer.html").read_bytes())
