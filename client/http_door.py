"""The door that needs nothing but HTTPS: submit one or several to the gateway, and ask what became of them."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Self
from urllib.parse import quote

import httpx
import orjson

from client import tracing
from client.errors import ClientError, Mistake, Unreachable
from client.outcome import Outcome
from client.settings import Settings
from client.submission import Sealed
from contracts.cloudevents import JOSE

OUTCOMES = """query Outcomes($ids: [ID!]!) {
  submissions(ids: $ids) {
    id status
    facts { id type subject sequence time }
    rejection { findings { code level path message } }
    deadLetters { reason message }
  }
}"""
_AT_ONCE = 100
_PATIENCE = 15.0
_LONGEST_WAIT = 30.0
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=32)
_TRY_LATER = frozenset({408, 429, 500, 502, 503, 504})


class HttpDoor:
    """An open connection to the gateway; use it as an asynchronous context manager.

    Every call raises `Unreachable` when the gateway does not answer or asks to try later, and `Mistake` when it
    refuses the call itself. Waits are in seconds.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(
            base_url=settings.gateway,
            transport=transport or httpx.AsyncHTTPTransport(retries=1, limits=_LIMITS),
            timeout=httpx.Timeout(_PATIENCE, pool=None),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def submit(self, sealed: Sealed, wait: float = 0.0) -> Outcome:
        """Hand over one submission, and stay on the line for its outcome for up to `wait`."""
        event, span = tracing.begin(sealed.event)
        headers = {"content-type": JOSE}
        if event.traceparent:
            headers["traceparent"] = event.traceparent
        try:
            answer = await self._call("POST", "/submissions", wait, content=event.data, headers=headers)
        finally:
            span.end()
        return _outcome(sealed.id, answer)

    async def send(self, submissions: Sequence[Sealed]) -> list[Outcome]:
        """Hand over several: those of one aggregate in their order, aggregates side by side; none is waited for."""
        queues: dict[str, list[Sealed]] = {}
        for one in submissions:
            queues.setdefault(one.event.subject, []).append(one)
        answers = await asyncio.gather(*(self._send_queue(queue) for queue in queues.values()))
        by_id = {outcome.id: outcome for some in answers for outcome in some}
        return [by_id[one.id] for one in submissions]

    async def _send_queue(self, queue: Sequence[Sealed]) -> list[Outcome]:
        # The next of an aggregate is not sent before the one it builds on has been taken.
        return [await self.submit(one) for one in queue]

    async def outcome(self, submission_id: str, wait: float = 0.0) -> Outcome:
        """Ask for one outcome; with `wait` the answer comes as soon as there is one, `PENDING` when none does."""
        path, deadline = f"/submissions/{quote(submission_id, safe='/:')}", time.monotonic() + wait
        while True:
            left = max(0.0, deadline - time.monotonic())
            outcome = _outcome(submission_id, await self._call("GET", path, left))
            if outcome.status != "PENDING" or left <= _LONGEST_WAIT:
                return outcome

    async def wait_for(self, ids: Sequence[str], timeout: float) -> list[Outcome]:
        """Ask for many outcomes until all are there or `timeout` has passed; those missing stay `PENDING`."""
        outcomes = {one: Outcome(id=one) for one in ids}
        deadline = time.monotonic() + timeout
        for pause in _pauses():
            pending = [one for one, outcome in outcomes.items() if outcome.status == "PENDING"]
            outcomes.update({outcome.id: outcome for outcome in await self._ask(pending)})
            left = deadline - time.monotonic()
            if left <= 0 or all(outcome.status != "PENDING" for outcome in outcomes.values()):
                break
            await asyncio.sleep(min(pause, left))  # the pause between two questions
        return list(outcomes.values())

    async def _ask(self, ids: Sequence[str]) -> list[Outcome]:
        pages = await asyncio.gather(*(self._ask_page(some) for some in _paged(ids)))
        return [outcome for page in pages for outcome in page]

    async def _ask_page(self, ids: Sequence[str]) -> list[Outcome]:
        body = orjson.dumps({"query": OUTCOMES, "variables": {"ids": ids}})
        answer = await self._call("POST", "/graphql", content=body, headers={"content-type": "application/json"})
        document: Mapping[str, Any] = orjson.loads(answer.content)
        for error in document.get("errors") or ():
            code = error.get("extensions", {}).get("code", "E_GRAPHQL")
            raise Mistake(code, "submissions", error["message"])
        return [Outcome.read(one) for one in document["data"]["submissions"]]

    async def _call(self, method: str, path: str, wait: float = 0.0, **content: Any) -> httpx.Response:
        more = {"params": {"wait": f"{min(wait, _LONGEST_WAIT):.3f}s"}} if wait > 0 else {}
        limit = httpx.Timeout(_PATIENCE + wait, pool=None)
        try:
            answer = await self._http.request(method, path, timeout=limit, **more, **content)
        except httpx.TransportError as error:
            remedy = f"Check that the gateway answers at {self._settings.gateway} ({type(error).__name__})."
            raise Unreachable("E_GATEWAY_AWAY", "KP_GATEWAY", remedy) from error
        if answer.is_success or _tells_outcome(answer):
            return answer
        raise _trouble(answer)


def _pauses() -> Iterator[float]:
    pause = 0.05
    while True:
        yield pause
        pause = min(1.0, pause * 1.5)


def _paged(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(ids)
    while page := list(islice(remaining, _AT_ONCE)):
        yield page


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        document: object = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _tells_outcome(answer: httpx.Response) -> bool:
    problem = _json(answer)
    return (answer.status_code == 422 and "findings" in problem) or problem.get("code") == "E_NO_OUTCOME"


def _outcome(submission_id: str, answer: httpx.Response) -> Outcome:
    document = _json(answer)
    if answer.is_success:
        return Outcome.read({**document, "id": submission_id})
    if answer.status_code == 404:
        return Outcome(id=submission_id)
    status = "REJECTED" if document["rejection"] else "DEAD"
    return Outcome.read({**document, "id": submission_id, "status": status})


def _trouble(answer: httpx.Response) -> ClientError:
    problem = _json(answer)
    detail = problem.get("detail", f"The gateway answered {answer.status_code}.")
    remedy = f"{detail} {problem.get('remedy', '')}".strip()
    if answer.status_code in _TRY_LATER:
        return Unreachable(problem.get("code", "E_GATEWAY_BUSY"), "KP_GATEWAY", remedy)
    return Mistake(problem.get("code", f"E_HTTP_{answer.status_code}"), problem.get("path", ""), remedy)
