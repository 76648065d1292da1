"""JWS compact serialisation (RFC 7515) with Ed25519 (RFC 8037): the seal under every statement.

`cryptography` does the mathematics. The framing is ours because a general JOSE library costs as much again as the
signature itself (docs/decisions/0006-own-jws-framing.md); the tests hold it against one.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# RFC 9864 renames EdDSA over this curve to "Ed25519"; both name the same algorithm.
ALGORITHMS = frozenset({"EdDSA", "Ed25519"})


class MalformedJws(ValueError):
    """The bytes are not a compact JWS that this platform accepts; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Jws:
    """A parsed, not yet verified token."""

    kid: str
    payload: bytes
    signing_input: bytes
    signature: bytes


def b64encode(raw: bytes) -> bytes:
    """Encode as base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(raw).rstrip(b"=")


def b64decode(text: bytes) -> bytes:
    """Decode base64url without padding; raises `MalformedJws`.

    Only the canonical encoding is taken: otherwise the same statement would have several forms, and the same
    submission id could be said to stand over "other bytes".
    """
    try:
        raw = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise MalformedJws("a part of the JWS is not base64url") from error
    if b64encode(raw) != text:
        raise MalformedJws("a part of the JWS is not canonical base64url without padding")
    return raw


def sign(payload: bytes, kid: str, key: Ed25519PrivateKey) -> bytes:
    """Sign `payload` and return the compact token."""
    signing_input = _header(kid) + b"." + b64encode(payload)
    return signing_input + b"." + b64encode(key.sign(signing_input))


@lru_cache(maxsize=4096)
def _header(kid: str) -> bytes:
    return b64encode(orjson.dumps({"alg": "EdDSA", "kid": kid}))


def parse(token: bytes) -> Jws:
    """Take a compact token apart; raises `MalformedJws`."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise MalformedJws("a compact JWS has three parts separated by dots")
    head, body, seal = parts
    return Jws(_kid(head), b64decode(body), head + b"." + body, b64decode(seal))


@lru_cache(maxsize=4096)
def _kid(head: bytes) -> str:
    header = _json_object(b64decode(head))
    if header.get("alg") not in ALGORITHMS:
        raise MalformedJws("the JWS header must say alg EdDSA")
    if "crit" in header or "b64" in header:
        raise MalformedJws("critical JWS extensions are not supported")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise MalformedJws("the JWS header must name the key (kid)")
    return kid


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedJws("the JWS header is not JSON") from error
    if not isinstance(value, dict):
        raise MalformedJws("the JWS header is not a JSON object")
    return cast("dict[str, Any]", value)


def verified(token: Jws, key: Ed25519PublicKey) -> bool:
    """Say whether the signature stands (110 µs; releases the interpreter lock)."""
    try:
        key.verify(token.signature, token.signing_input)
    except InvalidSignature:
        return False
    return True


def public_key(x: str) -> Ed25519PublicKey:
    """Read the `x` of an OKP JWK (RFC 8037 §2); raises `ValueError` when it is no such key."""
    return Ed25519PublicKey.from_public_bytes(b64decode(x.encode()))


def public_x(key: Ed25519PrivateKey) -> str:
    """Write the public half of a key as the `x` of an OKP JWK."""
    return b64encode(key.public_key().public_bytes_raw()).decode()
