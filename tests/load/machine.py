"""The machine under the load: what it is, and how much of it others took while something was measured."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from backbone.settings import Settings

_LOCAL = re.compile(r"(?:127\.0\.0\.1|localhost):(\d+)")
_PACKAGES = ("aiokafka", "cryptography", "faststream", "motor", "orjson", "pydantic", "pymongo", "strawberry-graphql")


@dataclass(frozen=True, slots=True)
class Mark:
    """Processor seconds used so far: by everything, by all that takes part in the measurement, and by the servers."""

    all: float
    ours: float
    servers: float


@dataclass(frozen=True, slots=True)
class Meter:
    """Tells what others take of the processors; taking part are this process, its children and the servers."""

    servers: Sequence[psutil.Process]

    def mark(self) -> Mark:
        """Begin to measure."""
        servers = sum(map(_seconds, self.servers))
        return Mark(_busy(), cpu_seconds(psutil.Process()) + servers, servers)

    def others(self, since: Mark, until: Mark | None = None) -> float:
        """The share that others had, 0 to 1, of all processor time used between two marks; the second is now."""
        now = until or self.mark()
        used = now.all - since.all
        return max(0.0, used - (now.ours - since.ours)) / used if used > 0 else 0.0


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time that a process and its children have used; those that have ended count as 0."""
    try:
        return sum(map(_seconds, (process, *process.children(recursive=True))))
    except psutil.NoSuchProcess:
        return 0.0


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


def local_ports(settings: Settings) -> dict[str, int]:
    """The ports on which the servers that settings name listen here; a server elsewhere is not in it."""
    said = {"KP_KAFKA": settings.kafka, "KP_MONGO_URI": settings.mongo_uri, "KP_OTEL_ENDPOINT": settings.otel_endpoint}
    found = {name: _LOCAL.search(address) for name, address in said.items()}
    return {name: int(match[1]) for name, match in found.items() if match}


def listeners(ports: Sequence[int]) -> list[psutil.Process]:
    """The processes that listen on some ports of this machine."""
    listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    pids = {one.pid for one in listening if one.pid and set(one.laddr[1:]) & set(ports)}
    return [psutil.Process(pid) for pid in sorted(pids)]


def described() -> dict[str, str]:
    """The machine and the versions that a figure depends on, by name."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "packages": packages,
    }


def _processor() -> str:
    told = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return told[1] if told else platform.machine()
