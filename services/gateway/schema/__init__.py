"""The GraphQL schema: the Kimberley Process in its own words, one noun a file."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from services.gateway.schema.context import read
from services.gateway.schema.limits import EXTENSIONS
from services.gateway.schema.query import Query
from services.gateway.schema.subscription import Subscription
from services.gateway.schema.words import SCALARS

schema = strawberry.Schema(
    query=Query,
    subscription=Subscription,
    extensions=EXTENSIONS,
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)


def sdl() -> str:
    """Write the schema as text (SDL); the same text for the same code."""
    return schema.as_str() + "\n"
