"""A submission: what someone asks to be recorded, sealed in a JWS whose claims repeat the envelope."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson

GABORONE = ZoneInfo("Africa/Gaborone")


class ClaimsMismatch(ValueError):
    """The signed claims and the envelope around them say different things."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: the key, the authority that registered it, and the participant it acts for (design §3)."""

    kid: str
    authority: str
    participant: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claims:
    """The signed content: `iss`, `jti`, `sub`, `typ`, `iat` (seconds) and `data`."""

    issuer: str
    id: str
    subject: str
    type: str
    issued_at: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Submission:
    """A verified submission as a domain sees it.

    `received_at` is when the log received it; rules use that, never the time a sender claims (design §2).
    """

    id: str
    type: str
    subject: str
    signer: Signer
    received_at: datetime
    data: Any

    @property
    def received_on(self) -> date:
        """Today, as deadlines count it: the date in Gaborone."""
        return _gaborone(self.received_at)


@lru_cache(maxsize=4096)
def _gaborone(at: datetime) -> date:
    return at.astimezone(GABORONE).date()


def write_claims(claims: Claims) -> bytes:
    """Serialise claims as the payload to be signed."""
    return orjson.dumps(
        {
            "iss": claims.issuer,
            "jti": claims.id,
            "sub": claims.subject,
            "typ": claims.type,
            "iat": claims.issued_at,
            "data": claims.data,
        }
    )


def read_claims(payload: bytes) -> Claims:
    """Read a signed payload; raises `ClaimsMismatch` when a claim is missing or of the wrong kind."""
    try:
        raw: object = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise ClaimsMismatch("the signed payload is not JSON") from error
    if not isinstance(raw, dict):
        raise ClaimsMismatch("the signed payload is not a JSON object")
    fields = cast("dict[str, Any]", raw)
    for name, kind in (("iss", str), ("jti", str), ("sub", str), ("typ", str), ("iat", int), ("data", dict)):
        if not isinstance(fields.get(name), kind):
            raise ClaimsMismatch(f"the claim {name} is missing or of the wrong kind")
    return Claims(fields["iss"], fields["jti"], fields["sub"], fields["typ"], fields["iat"], fields["data"])
