"""What must be true of the machine before a stack starts; what is not is one sentence with its remedy."""

import platform
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

from deploy.local.ports import answers
from deploy.local.program import Program
from deploy.local.refusal import Refusal

NEEDED_BYTES = 2_000_000_000
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"))
OWN_SERVER = {"kafka": "KP_KAFKA", "mongod": "KP_MONGO_URI", "zipkin": "KP_OTEL_ENDPOINT"}


def check_platform(system: str = sys.platform, machine: str = platform.machine()) -> None:
    """Raise Refusal where the servers have no build."""
    if (system, machine) not in PLATFORMS:
        raise Refusal(
            f"The local servers have no build for {system} on {machine}: use Linux on x86_64 or aarch64, "
            f"or set {', '.join(OWN_SERVER.values())} to servers of your own."
        )


def check_python(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """Raise Refusal under a Python that is too old."""
    if version < (3, 11):
        found = ".".join(map(str, version))
        raise Refusal(f"Python {found} is too old: install Python 3.11 or later and delete .venv.")


def check_disk(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Raise Refusal when `folder`'s disk has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refusal(
            f"{folder} has {free / 1e9:.1f} GB free and the local stack needs {needed / 1e9:.1f} GB: "
            "free some space and run the command again."
        )


def check_ports(programs: Iterable[Program]) -> None:
    """Raise Refusal when something else listens where one of `programs` would."""
    for program in programs:
        for port in filter(answers, program.ports):
            taken = f"Port {port}, which {program.title} needs, is taken by {_listener(port)}"
            raise Refusal(f"{taken}: {_remedy(program)}.")


def _remedy(program: Program) -> str:
    variable = OWN_SERVER.get(program.name)
    return f"stop it, or set {variable} to use a server of your own" if variable else "stop it"


def _listener(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another process"
    listening = {one.laddr[1:]: one.pid for one in connections if one.status == psutil.CONN_LISTEN}
    pid = listening.get((port,))
    return f"{psutil.Process(pid).name()} (process {pid})" if pid else "another process"
