"""Serves the schema: POST for queries, WebSocket (graphql-transport-ws) for subscriptions, JSON by orjson."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from contracts.registry import Registry
from services.gateway.live import Live
from services.gateway.outcome import Outcomes
from services.gateway.problem import Problem, limited
from services.gateway.queries import Queries
from services.gateway.schema import schema
from services.gateway.schema.context import Context

_MOST_SUBSCRIPTIONS = 10


class GraphQLDoor(GraphQL[Context, None]):
    """The ASGI application behind `/graphql`."""

    def __init__(
        self, queries: Queries, outcomes: Outcomes, live: Live, registry: Registry, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=_MOST_SUBSCRIPTIONS,
        )
        self._queries, self._outcomes, self._live = queries, outcomes, live
        self._registry, self._clock = registry, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what cannot be read as a query at all becomes a problem document."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, limited(receive)))
        except HTTPException as error:
            remedy = 'POST a JSON object {"query": ..., "variables": ...} as application/json.'
            raise Problem(error.status_code, "E_QUERY", f"{error.reason}.", remedy) from error
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Give every request a loader of its own: histories asked for together are read together."""
        # Not cached: a subscription lives long, and the next change has a longer history.
        histories = DataLoader(load_fn=self._queries.histories, cache=False)
        return Context(self._queries, self._outcomes, self._live, self._registry, self._clock, histories)

    def encode_json(self, data: Any) -> str:
        """Encode by orjson; as text, for the protocol speaks in text frames."""
        return orjson.dumps(data).decode()
