"""An authority's signing key: made here, kept in a JWK file that only its owner may read, and never sent."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self, cast

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from client.errors import Mistake
from contracts import jws
from contracts.participants import Kid, RegisterKey

_KID: TypeAdapter[str] = TypeAdapter(Kid)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 private key, its id, the authority it signs for and the participant that authority belongs to."""

    kid: str
    authority: str
    participant: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def make(cls, authority: str, name: str) -> Self:
        """Make a new key `authority/name`; every authority's id begins with its participant's code.

        Raises `Mistake` (`E_KEY_ID`) when the register would not take that id (`contracts.participants.Kid`).
        """
        try:
            kid = _KID.validate_python(f"{authority}/{name}")
        except ValidationError as error:
            remedy = "Name the authority as in AO-MIREMPET and the key with letters, digits, '.', '_' or '-'."
            raise Mistake("E_KEY_ID", f"{authority}/{name}", remedy) from error
        return cls(kid, authority, authority.partition("-")[0], Ed25519PrivateKey.generate())

    @property
    def x(self) -> str:
        """The public half, as the `x` of an OKP JWK (RFC 8037 §2)."""
        return jws.public_x(self.private)

    def registration(self, valid_from: datetime) -> RegisterKey:
        """Write the data of the `participant.register-key.v1` that makes this key count from an instant on."""
        return RegisterKey(authority_id=self.authority, kid=self.kid, x=self.x, valid_from=valid_from)

    def save(self, path: Path) -> None:
        """Write the private key as a JWK, mode 0600; raises `Mistake` (`E_KEY_EXISTS`) rather than overwrite one."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise Mistake("E_KEY_EXISTS", str(path), "Choose another file: a key is never overwritten.") from error
        except OSError as error:
            raise Mistake("E_KEY_FILE", str(path), f"Choose a folder that can be written to ({error}).") from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(self._jwk(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))

    def _jwk(self) -> dict[str, str]:
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "kid": self.kid,
            "x": self.x,
            "d": jws.b64encode(self.private.private_bytes_raw()).decode(),
            "kp:authority": self.authority,
            "kp:participant": self.participant,
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file; raises `Mistake` (`E_KEY_FILE`)."""
        try:
            return cls._read(orjson.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError) as error:
            remedy = f"Name a private Ed25519 JWK with kid, kp:authority and kp:participant ({error!r})."
            raise Mistake("E_KEY_FILE", str(path), remedy) from error

    @classmethod
    def _read(cls, document: object) -> Self:
        jwk = cast("dict[str, Any]", document)
        if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
            raise ValueError("not an Ed25519 key")
        private = Ed25519PrivateKey.from_private_bytes(jws.b64decode(jwk["d"].encode()))
        if jws.public_x(private) != jwk["x"]:
            raise ValueError("x is not the public half of d")
        return cls(jwk["kid"], jwk["kp:authority"], jwk["kp:participant"], private)
