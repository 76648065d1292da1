"""Questions to the gateway, as anybody may ask them: a GraphQL query in, its data out."""

from collections.abc import AsyncIterator
from typing import Any, Self

import httpx

from deploy.local.refusal import Refusal

_PATIENCE = 30.0
_PAGE = 200

Answer = dict[str, Any]


class GraphQL:
    """An open connection to the gateway; use it as an asynchronous context manager."""

    def __init__(self, address: str) -> None:
        self._http = httpx.AsyncClient(base_url=address, timeout=_PATIENCE, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(self, query: str, **variables: Any) -> Answer:
        """Ask one question; raises Refusal when it is not answered."""
        try:
            answer = await self._http.post("/graphql", json={"query": query, "variables": variables})
            document: Answer = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Refusal(f"The gateway does not answer ({error!r}): look into .local/log/gateway.log.") from error
        for error in document.get("errors") or ():
            raise Refusal(f"The gateway refuses a question of the demo: {error['message']}")
        return document["data"]

    async def nodes(self, field: str, query: str, **variables: Any) -> AsyncIterator[Answer]:
        """Walk through all pages of a connection; `query` takes `$first` and `$after`."""
        after: str | None = None
        while True:
            page = (await self.ask(query, first=_PAGE, after=after, **variables))[field]
            for edge in page["edges"]:
                yield edge["node"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return

    async def public_keys(self) -> dict[str, str]:
        """Read the public halves of all registered keys, by key id."""
        answer = await self._http.get("/jwks")
        return {key["kid"]: key["x"] for key in answer.raise_for_status().json()["keys"]}
