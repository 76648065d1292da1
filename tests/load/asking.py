"""Asks a GraphQL server on this machine over several connections at once, as fast as it answers."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import orjson

from tests.load.race import Stalled

CONNECTIONS = 8
_HEAD = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


def question(query: str, **variables: object) -> bytes:
    """Write a query as the body of a request."""
    return orjson.dumps({"query": query, "variables": variables})


class Line:
    """A connection that is kept alive; a general HTTP client costs more than the answers it asks for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, body: bytes) -> bytes:
        """Post a question and give the body of its answer. Raises `Stalled` for anything but data."""
        self._writer.write(_HEAD.format(len(body)).encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        answer = await self._reader.readexactly(int(length[1])) if length else b""
        if b" 200 " not in head[:16] or b'"errors"' in answer:
            raise Stalled(f"a question was answered with {(head + answer)[:500]!r}")
        return answer

    async def data(self, body: bytes) -> dict[str, Any]:
        """Post a question and give the data of its answer."""
        return orjson.loads(await self.ask(body))["data"]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Line]:
    """Open a connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


@dataclass(frozen=True, slots=True)
class Answers:
    """How many answers a second, and how long each of them took in milliseconds."""

    rate: float
    milliseconds: Sequence[float]


async def ask(port: int, questions: Sequence[bytes], seconds: float) -> Answers:
    """Ask in turn for some seconds; each connection asks again as soon as it has its answer."""
    waits, turn = list[float](), cycle(questions)
    began = time.monotonic()

    async def keep_asking() -> None:
        async with connected(port) as line:
            while (asked := time.monotonic()) < began + seconds:
                await line.ask(next(turn))
                waits.append((time.monotonic() - asked) * 1000)

    await asyncio.gather(*(keep_asking() for _ in range(CONNECTIONS)))
    return Answers(len(waits) / (time.monotonic() - began), waits)
