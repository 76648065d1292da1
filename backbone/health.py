"""Stands a service up and shows how it is: `/live`, `/ready` with every dependency and lag, `/metrics`."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import structlog
import uvicorn
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from backbone import telemetry
from backbone.settings import Settings

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


def run(settings: Settings, name: str, build: Callable[[], Service], port: int) -> None:
    """Run a service until it is told to stop; telemetry is set up before any client exists."""
    telemetry.set_up(settings, name)
    structlog.contextvars.bind_contextvars(service=name, instance=settings.instance)
    config = uvicorn.Config(
        application(build()), host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on"
    )
    # uvicorn leaves by signal; a failed start must be an exit code that a supervisor sees.
    server = uvicorn.Server(config)
    uvloop.run(server.serve())
    if not server.started:
        raise SystemExit(3)
