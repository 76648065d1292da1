"""Follows certificates as they change, over the gateway's GraphQL subscription (graphql-transport-ws)."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from client.errors import Mistake
from client.settings import Settings
from contracts.values import State

_PROTOCOL = Subprotocol("graphql-transport-ws")
_LONGEST_WAIT = 30.0
_TOO_SLOW = "E_SLOW_CONSUMER"
CHANGES = """subscription Watch($participant: ID) {
  certificateChanged(participant: $participant) { number state version issuer destination }
}"""


class _Dropped(Exception):
    """The gateway let this subscriber go, for it read too slowly; it may come again."""


class Change(State):
    """One certificate as it is now; a lower `version` than one seen before is old news."""

    number: str
    state: str
    version: int
    issuer: str
    destination: str


async def watch(settings: Settings, participant: str | None = None, first_wait: float = 0.5) -> AsyncGenerator[Change]:
    """Yield changes for ever; a lost connection is made again after a wait, in seconds, that doubles up to 30.

    What changed while the connection was away is not repeated: ask the gateway for it. Raises `Mistake` when the
    gateway refuses the subscription or its address is none.
    """
    waits = _growing(first_wait)
    while True:
        try:
            async with aclosing(_listen(settings.gateway, participant)) as changes:
                async for change in changes:
                    waits = _growing(first_wait)
                    yield change
        except InvalidURI as error:
            raise Mistake("E_GATEWAY_ADDRESS", "KP_GATEWAY", "Give it as http://host:port.") from error
        except ConnectionClosed as error:
            _raise_if_refused(error)
        except (OSError, InvalidHandshake, _Dropped):
            pass  # not there yet, or not there any more: try again
        await asyncio.sleep(next(waits))  # longer each time the gateway is not there


def _growing(wait: float) -> Iterator[float]:
    while True:
        yield wait
        wait = min(_LONGEST_WAIT, wait * 2)


def _raise_if_refused(error: ConnectionClosed) -> None:
    # 4400 to 4499 are the protocol's own refusals: the same request would be refused again.
    if error.rcvd and 4400 <= error.rcvd.code < 4500:
        raise Mistake("E_WATCH_REFUSED", "participant", f"The gateway refuses: {error.rcvd.reason}.") from error


async def _listen(gateway: str, participant: str | None) -> AsyncGenerator[Change]:
    address = gateway.rstrip("/").replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[_PROTOCOL]) as socket:
        await _say(socket, {"type": "connection_init"})
        variables = {"participant": participant}
        request = {"id": "1", "type": "subscribe", "payload": {"query": CHANGES, "variables": variables}}
        async for raw in socket:
            message: dict[str, Any] = orjson.loads(raw)
            if message["type"] == "connection_ack":
                await _say(socket, request)
            elif message["type"] == "ping":
                await _say(socket, {"type": "pong"})
            elif message["type"] == "complete":
                return
            elif change := _change(message):
                yield change


def _change(message: dict[str, Any]) -> Change | None:
    for error in _errors(message):
        code = error.get("extensions", {}).get("code", "E_WATCH_REFUSED")
        if code == _TOO_SLOW:
            raise _Dropped
        raise Mistake(code, "participant", error["message"])
    if message["type"] != "next":
        return None
    return Change.read(message["payload"]["data"]["certificateChanged"])


def _errors(message: dict[str, Any]) -> list[dict[str, Any]]:
    if message["type"] == "error":
        return message["payload"]
    return message["payload"].get("errors") or [] if message["type"] == "next" else []


async def _say(socket: ClientConnection, message: dict[str, Any]) -> None:
    await socket.send(orjson.dumps(message).decode())
