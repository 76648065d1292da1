"""Our own services as supervised processes."""

import sys
from collections.abc import Mapping
from functools import partial

from deploy.local.ports import Ports
from deploy.local.program import Program
from deploy.local.zipkin import is_healthy

SERVICES = ("certificates", "participants", "statistics", "gateway")


def programs(ports: Ports, environment: Mapping[str, str]) -> list[Program]:
    """One program for each service; `environment` is what all of them are told."""
    return [_program(name, getattr(ports, name), environment) for name in SERVICES]


def _program(name: str, port: int, environment: Mapping[str, str]) -> Program:
    own = {"KP_INSTANCE": f"{name}-0", "KP_HEALTH_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    command = (sys.executable, "-m", f"services.{name}")
    ready = partial(is_healthy, port, "ready")
    return Program(name, name.capitalize(), (port,), command, ready, {**environment, **own})
