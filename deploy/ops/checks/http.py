"""Looks at what speaks HTTP: whether each service is ready, its clock, and whether traces are taken."""

import asyncio
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

import httpx

from deploy.ops.checks.finding import Finding, bounded, clock
from deploy.ops.settings import OpsSettings

_PATIENCE = 2.5
# The Date header counts whole seconds and leaves the rest away.
_DATE_RESOLUTION = 1.0


async def look(settings: OpsSettings, deadline: float) -> list[Finding]:
    """Ask every service's /ready, and the place where spans are sent to."""
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
        asked = [_ask(client, name, address, deadline) for name, address in settings.health().items()]
        found = await asyncio.gather(*asked, _traces(client, settings.otel_endpoint))
    return [one for some in found for one in some]


async def _ask(client: httpx.AsyncClient, name: str, address: str, deadline: float) -> list[Finding]:
    remedy = "Run `kp-ops doctor` again; when it stays, see the service's log."
    return await bounded(f"service {name}", remedy, deadline, partial(_service, client, name, address))


async def _service(client: httpx.AsyncClient, name: str, address: str) -> Sequence[Finding]:
    asked = time.time()
    try:
        answer = await client.get(f"{address}/ready")
    except httpx.TransportError:
        remedy = "Start it (locally: make up) and see its log, or correct KP_SERVICES."
        return [Finding(f"service {name}", "wrong", f"does not answer at {address}", remedy)]
    date = parsedate_to_datetime(answer.headers["date"]).timestamp()
    return [_ready(name, answer), clock(name, date, asked - _DATE_RESOLUTION, time.time())]


def _ready(name: str, answer: httpx.Response) -> Finding:
    checks = answer.json()["checks"]
    failed = [f"{check['name']}: {check['error']}" for check in checks if not check["ok"]]
    if failed:
        return Finding(f"service {name}", "wrong", "; ".join(failed), "Mend what it waits for; it goes on by itself.")
    return Finding(f"service {name}", "well", "ready")


async def _traces(client: httpx.AsyncClient, endpoint: str) -> list[Finding]:
    if not endpoint:
        return [Finding("traces", "well", "KP_OTEL_ENDPOINT is not set: none are kept")]
    address = urlsplit(endpoint)
    try:
        await client.get(f"{address.scheme}://{address.netloc}/")
    except (httpx.HTTPError, httpx.InvalidURL):
        remedy = "The platform works without it: start it (locally: make up) or correct KP_OTEL_ENDPOINT."
        return [Finding("traces", "look", f"nothing answers at {endpoint}", remedy)]
    return [Finding("traces", "well", f"taken at {endpoint}")]
