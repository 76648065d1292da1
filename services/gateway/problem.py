"""What went wrong, said the same way at every door: a stable code, a sentence, and the remedy (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

MAX_BODY = 1024 * 1024
_TITLES = {
    400: "This cannot be read",
    403: "This signature is not taken",
    404: "There is no such thing here",
    405: "This is not done here",
    413: "This is too large",
    415: "This media type is not taken",
    422: "The submission was refused",
    503: "Kafka is away",
}
_INTERNAL = "E_INTERNAL"
log = structlog.get_logger()


class Problem(Exception):
    """A refusal that its reader can act upon; `members` are added to the problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        remedy: str,
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.remedy = status, code, detail, remedy
        self.members, self.headers = members or {}, headers or {}

    def response(self) -> Response:
        """Write it as `application/problem+json`."""
        document: dict[str, Any] = {
            "type": f"urn:kp:problem:{self.code}",
            "title": _TITLES.get(self.status, "This went wrong"),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "remedy": self.remedy,
            **self.members,
        }
        return Response(orjson.dumps(document), self.status, self.headers, "application/problem+json")


def internal() -> Problem:
    """What is said of a bug: nothing but that it was seen."""
    return Problem(500, _INTERNAL, "Something went wrong here; it has been logged.", "Try again; the id stays valid.")


def limited(receive: Receive, limit: int = MAX_BODY) -> Receive:
    """Let no more than `limit` bytes of a body through; raises `Problem` 413, whatever the headers promised."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise Problem(413, "E_TOO_LARGE", f"The body is longer than {limit} bytes.", "Send each one on its own.")
        return message

    return receive_some


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return error.response()


async def _http(request: Request, error: Exception) -> Response:
    status: Sequence[Any] = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    code = "E_METHOD" if status[0] == 405 else "E_NOT_FOUND"
    detail = f"{request.method} {request.url.path} is not served."
    return Problem(status[0], code, detail, "See /contracts/asyncapi.json for what is.", headers=status[1]).response()


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("http.failed", path=request.url.path, exc_info=error)
    return internal().response()


HANDLERS: dict[Any, Any] = {Problem: _refused, HTTPException: _http, Exception: _unexpected}
"""The exception handlers of every HTTP route."""
