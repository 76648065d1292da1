"""What anybody may read of the platform itself: its contracts, and the public keys it trusts."""

import re
from importlib.resources import files

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backbone.mongo import Document
from backbone.signing import Register
from contracts.jws import b64encode
from contracts.registry import RegisteredKey
from services.gateway.problem import Problem
from services.gateway.schema import sdl

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Published:
    """The routes of contracts and of the trust list."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def routes(self) -> list[Route]:
        """The routes, to be served."""
        return [
            Route("/contracts/asyncapi.json", _asyncapi),
            Route("/contracts/schemas/{name}.json", _json_schema),
            Route("/contracts/schema.graphql", _graphql),
            Route("/jwks", self._jwks),
        ]

    async def _jwks(self, _: Request) -> Response:
        registered = self._register.registry.keys()
        return Response(orjson.dumps({"keys": [jwk(key) for key in registered]}), media_type="application/jwk-set+json")


def jwk(key: RegisteredKey) -> Document:
    """Write a registered key as a JWK (RFC 8037), with whose it is and when it counts: `[kp:from, kp:to)`."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "kid": key.signer.kid,
        "x": b64encode(key.public.public_bytes_raw()).decode(),
        "kp:authority": key.signer.authority,
        "kp:participant": key.signer.participant,
        "kp:roles": sorted(key.signer.roles),
        "kp:from": key.valid_from.isoformat(),
        "kp:to": key.valid_to.isoformat() if key.valid_to else None,
    }


async def _asyncapi(_: Request) -> Response:
    return _file("asyncapi.json")


async def _json_schema(request: Request) -> Response:
    name: str = request.path_params["name"]
    return _file("schemas", f"{name}.json" if _NAME.fullmatch(name) else "?")


async def _graphql(_: Request) -> Response:
    return Response(sdl(), media_type="text/plain")


def _file(*path: str) -> Response:
    file = files("contracts").joinpath(*path)
    if not file.is_file():
        remedy = "See /contracts/asyncapi.json for the names there are."
        raise Problem(404, "E_NOT_FOUND", f"There is no contract {path[-1]}.", remedy)
    return Response(file.read_bytes(), media_type="application/json")
