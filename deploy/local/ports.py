"""Which TCP ports of 127.0.0.1 a stack listens on."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class Ports:
    """One port for each thing that listens; all of them on 127.0.0.1."""

    kafka: int = 9092
    kafka_controller: int = 9093
    mongo: int = 27017
    zipkin: int = 9411
    gateway: int = 8080
    certificates: int = 8081
    participants: int = 8082
    statistics: int = 8083

    @classmethod
    def fixed(cls) -> Self:
        """The ports people and documents rely on (design §8)."""
        return cls()

    @classmethod
    def free(cls) -> Self:
        """Ports nobody listens on, for a stack that lives beside others."""
        return cls(*free_ports(len(fields(cls))))


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def answers(port: int) -> bool:
    """Whether something on 127.0.0.1 accepts a connection to `port`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
