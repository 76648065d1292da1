"""Stands a service up and shows how it is: `/live`, `/ready` with every dependency and lag, `/metrics`."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
import uvloop
from faststream.kafka import KafkaBroker
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from backbone import telemetry
from backbone.deadletters import ensure_parking
from backbone.deciding import Deciding
from backbone.kafka import Publisher, consume, lag, make_broker
from backbone.mongo import Store
from backbone.settings import Settings
from backbone.signing import Register
from contracts.domain import Domain

_PATIENCE = 2.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing a service needs; `check` raises when it is not there, or gives a number such as a lag."""

    name: str
    check: Callable[[], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Service:
    """What `run` needs of a service: its name, its life, its probes, and routes beside the health ones."""

    name: str
    life: Callable[[], AbstractAsyncContextManager[None]]
    probes: Sequence[Probe]
    routes: Sequence[BaseRoute] = ()


def application(service: Service) -> Starlette:
    """Build the ASGI application: the service lives as long as it is served."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service.life():
            log.info("service.ready", service=service.name)
            yield
        log.info("service.stopped", service=service.name)

    health = [Route("/live", _live), Route("/ready", _ready(service.probes)), Route("/metrics", _metrics)]
    return Starlette(routes=[*health, *service.routes], lifespan=lifespan)


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _ready(probes: Sequence[Probe]) -> Callable[[Request], Awaitable[Response]]:
    async def ready(_: Request) -> Response:
        checks = await asyncio.gather(*(_ask(probe) for probe in probes))
        well = all(check["ok"] for check in checks)
        return JSONResponse({"status": "ready" if well else "waiting", "checks": checks}, 200 if well else 503)

    return ready


async def _ask(probe: Probe) -> dict[str, object]:
    begun = time.perf_counter()
    try:
        value = await asyncio.wait_for(probe.check(), _PATIENCE)
    except Exception as error:  # whatever it is, the answer is "not ready, because"
        return {"name": probe.name, "ok": False, "error": repr(error)}
    return {"name": probe.name, "ok": True, "value": value, "ms": round((time.perf_counter() - begun) * 1000, 1)}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a deciding service is made of, for those that add to it."""

    settings: Settings
    store: Store
    publisher: Publisher
    register: Register
    broker: KafkaBroker


def deciding_service(
    settings: Settings, domain: Domain[Any], join: Callable[[Parts], Sequence[Probe]] = lambda _: ()
) -> Service:
    """Build a service that answers submissions; `join` may subscribe more before consuming begins."""
    publisher, broker = Publisher(settings), make_broker(settings)
    store = Store(settings, settings.database(domain.service))
    register = Register(settings)
    deciding = Deciding(domain, store, publisher, register)
    topic = f"{domain.service}.submissions"
    subscriber = consume(broker, settings, [topic], domain.service, deciding.handle)
    more = join(Parts(settings, store, publisher, register, broker))

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(store.close)
            await ensure_parking(store)
            for start, stop in ((publisher.start, publisher.stop), (register.start, register.stop)):
                await start()
                stack.push_async_callback(stop)
            await broker.start()
            stack.push_async_callback(broker.stop)
            yield

    probes = [Probe("mongodb", store.ping), Probe("kafka", register.catch_up), lag_probe(topic, subscriber)]
    return Service(domain.service, life, [*probes, *more])


def lag_probe(name: str, subscriber: Any) -> Probe:
    """Tell how many records a subscriber has still to take."""
    return Probe(f"lag {name}", lambda: lag(subscriber.consumer))


def run(settings: Settings, name: str, build: Callable[[], Service], port: int) -> None:
    """Run a service until it is told to stop; telemetry is set up before any client exists."""
    telemetry.set_up(settings, name)
    structlog.contextvars.bind_contextvars(service=name, instance=settings.instance)
    config = uvicorn.Config(
        application(build()), host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on"
    )
    # Tens of thousands of objects live as long as a batch: by default, looking for garbage took a third of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    # uvicorn leaves by signal; a failed start must be an exit code that a supervisor sees.
    server = uvicorn.Server(config)
    uvloop.run(server.serve())
    if not server.started:
        raise SystemExit(3)
