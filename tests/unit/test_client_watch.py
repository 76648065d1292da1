"""Following certificates over a real WebSocket, served by a stand-in gateway."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from client.errors import Mistake
from client.settings import Settings
from client.watch import Change, watch

CHANGE = {"number": "AO000123", "state": "EXPORTED", "version": 3, "issuer": "AO", "destination": "AE"}
Script = Callable[[ServerConnection, dict[str, Any]], Awaitable[None]]


@asynccontextmanager
async def gateway(*scripts: Script) -> AsyncIterator[Settings]:
    """Serve one connection by each script in turn, after the handshake of the protocol; the last serves the rest."""
    remaining = list(scripts)

    async def handle(socket: ServerConnection) -> None:
        script = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        assert orjson.loads(await socket.recv()) == {"type": "connection_init"}
        await say(socket, type="connection_ack")
        await script(socket, orjson.loads(await socket.recv()))

    protocol = Subprotocol("graphql-transport-ws")
    async with serve(handle, "127.0.0.1", 0, subprotocols=[protocol]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield Settings(gateway=f"http://127.0.0.1:{port}")


async def say(socket: ServerConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def tell(socket: ServerConnection, version: int = 3) -> None:
    payload = {"data": {"certificateChanged": {**CHANGE, "version": version}}}
    await say(socket, id="1", type="next", payload=payload)


async def take(settings: Settings, number: int, participant: str | None = None) -> list[Change]:
    changes: list[Change] = []
    async with aclosing(watch(settings, participant, first_wait=0.01)) as stream:
        async for change in stream:
            changes.append(change)
            if len(changes) == number:
                break
    return changes


async def test_changes_come_as_they_are_told_for_the_participant_that_was_asked_for() -> None:
    asked: list[dict[str, Any]] = []

    async def script(socket: ServerConnection, request: dict[str, Any]) -> None:
        asked.append(request)
        await tell(socket)
        await tell(socket, version=4)
        await socket.wait_closed()

    async with gateway(script) as settings:
        first, second = await take(settings, 2, "AO")
    assert (first.number, first.state, first.version, second.version) == ("AO000123", "EXPORTED", 3, 4)
    assert asked[0]["type"] == "subscribe"
    assert asked[0]["payload"]["variables"] == {"participant": "AO"}


async def test_a_lost_connection_is_made_again() -> None:
    async def lose(socket: ServerConnection, _: dict[str, Any]) -> None:
        await tell(socket)
        await socket.close(1011, "lost")

    async def stay(socket: ServerConnection, _: dict[str, Any]) -> None:
        await tell(socket, version=4)
        await socket.wait_closed()

    async with gateway(lose, stay) as settings:
        assert [change.version for change in await take(settings, 2)] == [3, 4]


async def test_a_subscriber_that_was_too_slow_comes_again() -> None:
    async def let_go(socket: ServerConnection, _: dict[str, Any]) -> None:
        errors = [{"message": "slow", "extensions": {"code": "E_SLOW_CONSUMER"}}]
        await say(socket, id="1", type="next", payload={"data": None, "errors": errors})
        await socket.wait_closed()

    async def stay(socket: ServerConnection, _: dict[str, Any]) -> None:
        await tell(socket)
        await socket.wait_closed()

    async with gateway(let_go, stay) as settings:
        assert len(await take(settings, 1)) == 1


async def test_a_ping_of_the_protocol_is_answered() -> None:
    async def script(socket: ServerConnection, _: dict[str, Any]) -> None:
        await say(socket, type="ping")
        assert orjson.loads(await socket.recv()) == {"type": "pong"}
        await tell(socket)
        await socket.wait_closed()

    async with gateway(script) as settings:
        assert len(await take(settings, 1)) == 1


async def test_a_subscription_that_is_refused_is_a_mistake_and_not_tried_again() -> None:
    async def refuse(socket: ServerConnection, _: dict[str, Any]) -> None:
        await say(socket, id="1", type="error", payload=[{"message": "No such field."}])
        await socket.wait_closed()

    async with gateway(refuse) as settings:
        with pytest.raises(Mistake, match="No such field"):
            await take(settings, 1)


async def test_a_connection_closed_by_a_code_of_the_protocol_is_a_mistake() -> None:
    async def refuse(socket: ServerConnection, _: dict[str, Any]) -> None:
        await socket.close(4403, "Forbidden")

    async with gateway(refuse) as settings:
        with pytest.raises(Mistake, match="Forbidden") as refused:
            await take(settings, 1)
    assert refused.value.code == "E_WATCH_REFUSED"


async def test_an_address_that_is_none_is_a_mistake() -> None:
    with pytest.raises(Mistake) as refused:
        await take(Settings(gateway="gateway"), 1)
    assert refused.value.code == "E_GATEWAY_ADDRESS"
