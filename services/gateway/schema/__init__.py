"""The GraphQL schema: the Kimberley Process in its own words, one noun a file."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from services.gateway.schema.context import read
from services.gateway.schema.limits import EXTENSIONS, coded
from services.gateway.schema.query import Query
from services.gateway.schema.subscription import Subscription
from services.gateway.schema.words import SCALARS


class CodedSchema(strawberry.Schema):
    """A schema whose every error carries a code and a remedy; of a bug it says nothing else."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Rewrite in place: every road to the client, subscriptions too, passes here and nowhere else."""
        errors[:] = [coded(error) for error in errors]


schema = CodedSchema(
    query=Query,
    subscription=Subscription,
    extensions=EXTENSIONS,
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)


def sdl() -> str:
    """Write the schema as text (SDL); the same text for the same code."""
    return schema.as_str() + "\n"
