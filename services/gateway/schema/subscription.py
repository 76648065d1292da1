"""What can be followed: changes, told once they can be queried."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from strawberry import ID, argument

from backbone.mongo import Document
from services.gateway.schema.certificates import Certificate
from services.gateway.schema.context import Asked


@strawberry.type(description="What can be followed over a WebSocket (graphql-transport-ws).")
class Subscription:
    @strawberry.subscription(
        description=(
            "Certificates as they change. A change may be told twice: compare the version. "
            "Who reads too slowly is let go with E_SLOW_CONSUMER."
        ),
        graphql_type=Certificate,
    )
    async def certificate_changed(
        self,
        info: Asked,
        participant: Annotated[ID | None, argument(description="Issued by or sent to it; all when null.")] = None,
    ) -> AsyncIterator[Document]:
        async for certificate in info.context.live.changes(participant):
            yield certificate
