"""Runs our services as processes of their own, in a namespace of its own, for tests that kill and restart them."""

import asyncio
import inspect
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from backbone.settings import Settings
from deploy.local.layout import REPOSITORY
from deploy.local.ports import free_ports
from deploy.local.services import SERVICES

_BETWEEN_LOOKS = 0.05
_START_SECONDS = 180
_STOP_SECONDS = 60


async def eventually(fact: Callable[[], bool | Awaitable[bool]], seconds: float, otherwise: str) -> None:
    """Return as soon as `fact` is true; fail with `otherwise` when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = fact()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(_BETWEEN_LOOKS)  # a fact of another process: it can only be looked at


class Process:
    """One service as a process; started again, it has the same instance, port and log."""

    def __init__(self, name: str, port: int, environment: Mapping[str, str], log: Path) -> None:
        self.name, self.url, self.log = name, f"http://127.0.0.1:{port}", log
        own = {"KP_INSTANCE": f"{name}-0", "KP_HEALTH_PORT": str(port), "KP_GATEWAY_PORT": str(port)}
        self._environment = {**os.environ, **environment, **own}
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return self._running.pid if self._running and self._running.poll() is None else None

    def start(self) -> None:
        """Run it; `ready` waits until it can work."""
        command = (sys.executable, "-m", f"services.{self.name}")
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                command, cwd=REPOSITORY, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        """SIGKILL it, whatever it is doing."""
        if self._running:
            self._running.kill()
            self._running.wait()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._running:
            self._running.terminate()
            self._running.wait(_STOP_SECONDS)

    async def ready(self) -> None:
        """Wait until it answers that it is ready; fails when it has ended by itself."""
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            otherwise = f"{self.name} was not ready: {self.log} says why"
            await eventually(lambda: self._is_ready(http), _START_SECONDS, otherwise)

    async def _is_ready(self, http: httpx.AsyncClient) -> bool:
        assert self.pid, f"{self.name} ended: {self.log.read_text()[-3000:]}"
        try:
            return (await http.get("/ready")).status_code == 200
        except httpx.TransportError:
            return False


def variables(settings: Settings) -> dict[str, str]:
    """Say settings in the variables of the environment that they are read from."""
    return {f"KP_{name.upper()}": str(value) for name, value in settings.model_dump().items()}


@asynccontextmanager
async def running(
    settings: Settings, folder: Path, names: Sequence[str] = SERVICES, more: Mapping[str, str] | None = None
) -> AsyncIterator[dict[str, Process]]:
    """Run services of one namespace, ready to work; logs go to `folder`, `more` is added to their environment."""
    environment = {**variables(settings), "OTEL_TRACES_EXPORTER": "none", **(more or {})}
    processes = {
        name: Process(name, port, environment, folder / f"{settings.namespace}-{name}.log")
        for name, port in zip(names, free_ports(len(names)), strict=True)
    }
    try:
        for process in processes.values():
            process.start()
        await asyncio.gather(*(process.ready() for process in processes.values()))
        yield processes
    finally:
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in processes.values()))
