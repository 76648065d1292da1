"""Asks the gateway for certificates by number and by page, and a bare Strawberry application for the same."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import orjson

from deploy.local.ports import answers, free_ports
from tests.load.asking import CONNECTIONS, Answers, ask, connected, question
from tests.load.course import Course
from tests.load.house import House
from tests.load.race import Stalled
from tests.load.report import Section, percentile, rate, share
from tests.running import eventually

PAGE = 50
_PAGES = 20
_START_SECONDS = 60
_WARM_UP_SECONDS = 0.5
_FIELDS = """number state version issuer destination issuedOn expiresOn parcelCount carats valueUsd
lines { hs6 carats valueUsd } validation { validatedOn method } export { exportedOn port }
confirmation { confirmedOn measuredCarats match }"""
_ONE = f"query One($number: ID!) {{ certificate(number: $number) {{ {_FIELDS} }} }}"
_CONNECTION = f"{{ edges {{ cursor node {{ {_FIELDS} }} }} pageInfo {{ hasNextPage endCursor }} }}"
_FIRST = f"query First($first: Int!) {{ certificates(first: $first) {_CONNECTION} }}"
_NEXT = f"query Next($first: Int!, $after: String!) {{ certificates(first: $first, after: $after) {_CONNECTION} }}"


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers of every round by question and server, and what others used of the machine."""

    rounds: Mapping[tuple[str, str], Sequence[Answers]]
    others: float


async def measure(house: House, course: Course, rounds: int, seconds: float) -> Asked:
    """Ask both servers both questions in turn, `seconds` each time. Raises `Stalled` when they differ."""
    edges = await _edges(house.port)
    memory = course.logs / f"{course.settings.namespace}-bare.json"
    memory.write_bytes(orjson.dumps(edges))
    (port,) = free_ports(1)
    with course.contestant("bare", "tests.load.bare", str(port), str(memory)):
        await eventually(lambda: answers(port), _START_SECONDS, "the bare application did not start: see its log")
        return await _alternate(house, {"gateway": house.port, "bare": port}, _questions(edges), rounds, seconds)


async def _edges(port: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    body = question(_FIRST, first=PAGE)
    async with connected(port) as line:
        while body and len(found) < _PAGES * PAGE:
            page = (await line.data(body))["certificates"]
            found += page["edges"]
            info = page["pageInfo"]
            body = question(_NEXT, first=PAGE, after=info["endCursor"]) if info["hasNextPage"] else b""
    return found


def _questions(edges: Sequence[dict[str, Any]]) -> dict[str, list[bytes]]:
    numbers = [edge["node"]["number"] for edge in edges]
    random.Random(PAGE).shuffle(numbers)
    # Behind the last page that was read the two would differ in whether there is more.
    cursors = [edges[place - 1]["cursor"] for place in range(PAGE, len(edges) - PAGE, PAGE)]
    return {
        "a certificate by its number": [question(_ONE, number=number) for number in numbers],
        f"a page of {PAGE}": [question(_NEXT, first=PAGE, after=cursor) for cursor in cursors],
    }


async def _alternate(
    house: House, servers: Mapping[str, int], questions: Mapping[str, list[bytes]], rounds: int, seconds: float
) -> Asked:
    for bodies in questions.values():
        await _require_same(servers, bodies[0])
        for port in servers.values():
            await ask(port, bodies, _WARM_UP_SECONDS)
    found: dict[tuple[str, str], list[Answers]] = {(q, server): [] for q in questions for server in servers}
    mark = house.meter.mark()
    for _ in range(rounds):
        for (name, server), some in found.items():
            some.append(await ask(servers[server], questions[name], seconds))
    return Asked(found, house.meter.others(mark))


async def _require_same(servers: Mapping[str, int], body: bytes) -> None:
    said: set[bytes] = set()
    for port in servers.values():
        async with connected(port) as line:
            said.add(await line.ask(body))
    if len(said) > 1:
        raise Stalled(f"the servers give different answers, so their rates say nothing: {sorted(said)!r}")


def told(asked: Asked) -> Section:
    """Tell the rates and the longest waits."""
    names = dict.fromkeys(name for name, _ in asked.rounds)
    return Section(
        f"GraphQL: answers a second over {CONNECTIONS} connections",
        _TEXT,
        ("question", "gateway", "p99", "bare", "p99", "gateway/bare", "others"),
        [_row(name, asked) for name in names],
    )


def _row(name: str, asked: Asked) -> list[str]:
    ours, bare = asked.rounds[name, "gateway"], asked.rounds[name, "bare"]
    ratio = median(one.rate / other.rate for one, other in zip(ours, bare, strict=True))
    return [name, *_cells(ours), *_cells(bare), f"{ratio:.2f}", share(asked.others)]


def _cells(rounds: Sequence[Answers]) -> list[str]:
    longest = percentile((wait for one in rounds for wait in one.milliseconds), 0.99)
    return [rate(median(one.rate for one in rounds)), f"{longest:.1f} ms"]


_TEXT = """The gateway answers from MongoDB, with its limits on depth, aliases and tokens; the bare application
answers the same bytes from its own memory, without limits, in a process of its own: what Strawberry and the web
server cost by themselves. Each connection asks again as soon as it has its answer, so that a wait is that of a server
at its limit. The rates are medians of rounds that alternate."""
