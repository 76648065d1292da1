"""Reads the records that could not be taken, shows them in full, and sends them to their topic again."""

from base64 import b64encode
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from backbone.deadletters import TOPIC, DeadLetter, read_dead
from backbone.kafka import Publisher
from backbone.settings import Settings
from contracts import jws
from deploy.ops.broker import read_whole
from deploy.ops.errors import OperatorError

_LINE = 16


async def list_dead(settings: Settings, reason: str = "", since: datetime | None = None) -> list[DeadLetter]:
    """Read the dead letters, oldest first, each once; of one `reason`, or received at or after `since`, if given."""
    found: dict[str, DeadLetter] = {}
    async for record in read_whole(settings, settings.topic(TOPIC)):
        letter = read_dead(record)
        if reason in ("", letter.reason) and (since is None or received(letter) >= since):
            found[letter.id] = letter
    return sorted(found.values(), key=lambda letter: letter.received_ms)


async def find_dead(settings: Settings, ids: Collection[str]) -> list[DeadLetter]:
    """Read the dead letters with these ids, oldest first; raises `OperatorError` when one is not there."""
    found = [letter for letter in await list_dead(settings) if letter.id in ids]
    missing = sorted(set(ids) - {letter.id for letter in found})
    if missing:
        remedy = "There is no such dead letter: `kp-ops dead-letters list` shows the ids."
        raise OperatorError("E_DEAD_LETTER_UNKNOWN", missing[0], remedy)
    return found


def distinct(letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Keep one of those that hold the same record: one that was sent again and died again is there twice."""
    return list({(one.topic, one.key, one.value, tuple(one.headers)): one for one in letters}.values())


async def redrive(settings: Settings, letters: Sequence[DeadLetter]) -> None:
    """Publish the original key, bytes and headers of each letter to the topic it came from; wait until all are taken.

    Harmless when repeated: a submission that has an answer is given the same one again.
    """
    publisher = Publisher(settings)
    await publisher.start()
    try:
        await publisher.publish_raw(
            [(_bare(settings, one.topic), one.key, one.value, one.headers) for one in sorted(letters, key=_place)]
        )
    finally:
        await publisher.stop()


def _bare(settings: Settings, topic: str) -> str:
    return topic.removeprefix(settings.topic(""))


def _place(letter: DeadLetter) -> tuple[str, int, int]:
    topic, partition, offset = letter.id.rsplit("/", 2)
    return topic, int(partition), int(offset)


def received(letter: DeadLetter) -> datetime:
    """When the log received the record, UTC."""
    return datetime.fromtimestamp(letter.received_ms / 1000, UTC)


def document(letter: DeadLetter) -> dict[str, Any]:
    """Everything about a letter as JSON; bytes are base64, and `decoded` says them in words where that is possible."""
    return {
        "id": letter.id,
        "reason": letter.reason,
        "message": letter.message,
        "topic": letter.topic,
        "receivedAt": received(letter),
        "claimedId": letter.claimed_id,
        "key": _base64(letter.key),
        "headers": [[name, _base64(raw)] for name, raw in letter.headers],
        "value": _base64(letter.value),
        "decoded": decode(letter.value or b""),
    }


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else b64encode(raw).decode()


def decode(value: bytes) -> Any:
    """Read a value as a JWS (its key and its payload, not verified) or as JSON; None when it is neither."""
    try:
        token = jws.parse(value)
        return {"kid": token.kid, "payload": orjson.loads(token.payload)}
    except (jws.MalformedJws, orjson.JSONDecodeError):
        pass
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def lines(letter: DeadLetter) -> list[str]:
    """Everything about a letter for a person to read."""
    decoded = decode(letter.value or b"")
    shown = hexdump(letter.value or b"") if decoded is None else _pretty(decoded)
    return [
        f"{letter.reason}  {letter.message}",
        *(f"  {name:<15}{text}" for name, text in _about(letter)),
        *(f"    {line}" for line in shown),
    ]


def _about(letter: DeadLetter) -> list[tuple[str, str]]:
    return [
        ("origin", letter.id),
        ("received", f"{received(letter):%Y-%m-%d %H:%M:%S}Z"),
        ("claims id", letter.claimed_id or "—"),
        ("key", _text(letter.key)),
        *((name, _text(raw)) for name, raw in letter.headers),
        ("value", f"{len(letter.value or b'')} bytes"),
    ]


def _pretty(decoded: Any) -> list[str]:
    return orjson.dumps(decoded, option=orjson.OPT_INDENT_2).decode().splitlines()


def _text(raw: bytes | None) -> str:
    return "—" if raw is None else raw.decode("utf-8", "backslashreplace")


def hexdump(raw: bytes) -> list[str]:
    """Write bytes sixteen a line: where they stand, as hexadecimal, and as text where they are ASCII."""
    parts = [(at, raw[at : at + _LINE]) for at in range(0, len(raw), _LINE)]
    return [f"{at:06x}  {part.hex(' '):<{_LINE * 3}} {_printable(part)}" for at, part in parts]


def _printable(part: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
