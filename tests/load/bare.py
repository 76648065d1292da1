"""A bare Strawberry application that answers from memory what the gateway answers from its read model.

It keeps parsed and validated queries, as the gateway does, so that nothing is left but what Strawberry costs. Run as
`python -m tests.load.bare PORT FILE`; the file holds the edges of the gateway's own pages, so both say the same.
"""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import strawberry
import uvicorn
import uvloop
from strawberry import ID
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache


@strawberry.type
class Line:
    hs6: str
    carats: str
    value_usd: str


@strawberry.type
class Validation:
    validated_on: str
    method: str


@strawberry.type
class Export:
    exported_on: str
    port: str


@strawberry.type
class Confirmation:
    confirmed_on: str
    measured_carats: str
    match: str


@strawberry.type
class Certificate:
    number: str
    state: str
    version: int
    issuer: ID
    destination: ID
    issued_on: str
    expires_on: str
    parcel_count: int
    carats: str
    value_usd: str
    lines: list[Line]
    validation: Validation | None
    export: Export | None
    confirmation: Confirmation | None


@strawberry.type
class Edge:
    cursor: str
    node: Certificate


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection:
    edges: list[Edge]
    page_info: PageInfo


class Memory:
    """The edges of all pages in their order, the place behind each cursor, and every certificate by its number."""

    def __init__(self, edges: list[Any]) -> None:
        self.edges = edges
        self.places = {edge.cursor: place for place, edge in enumerate(edges, 1)}
        self.certificates = {edge.node.number: edge.node for edge in edges}

    def page(self, first: int, after: str) -> Any:
        """The edges behind a cursor."""
        begin = self.places[after]
        edges = self.edges[begin : begin + first]
        has_more = begin + first < len(self.edges)
        return SimpleNamespace(edges=edges, page_info=PageInfo(has_next_page=has_more, end_cursor=edges[-1].cursor))


def remembered(text: bytes) -> Memory:
    """Make a memory of edges written as JSON."""
    return Memory(json.loads(text, object_hook=lambda fields: SimpleNamespace(**_snake(fields))))


def _snake(fields: dict[str, Any]) -> dict[str, Any]:
    return {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): value for name, value in fields.items()}


def schema(memory: Memory) -> strawberry.Schema:
    """The two questions, answered from a memory."""

    @strawberry.type
    class Query:
        @strawberry.field
        def certificate(self, number: ID) -> Certificate | None:
            return memory.certificates.get(number)

        @strawberry.field
        def certificates(self, first: int, after: str) -> Connection:
            return memory.page(first, after)

    return strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])


class Door(GraphQL[None, None]):
    """The door, writing JSON as the gateway does."""

    def encode_json(self, data: object) -> str:
        """Encode by orjson."""
        return orjson.dumps(data).decode()


def main(port: int, file: Path) -> None:
    """Answer until the process is ended."""
    door = Door(schema(remembered(file.read_bytes())), graphql_ide=None)
    config = uvicorn.Config(door, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off")
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
