"""What the supervisor is told about one process: how it is started, and how one sees that it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """One supervised process: its first port is the one people use; `ready` never raises."""

    name: str
    title: str
    ports: tuple[int, ...]
    command: tuple[str, ...]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    graceful_seconds: int = 20
