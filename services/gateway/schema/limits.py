"""What a query may cost, and how its errors are said: never without a code, never with a trace."""

from collections.abc import Callable
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    SchemaExtension,
    ValidationCache,
)

from services.gateway.problem import Problem, internal

MAX_DEPTH, MAX_ALIASES, MAX_TOKENS = 10, 15, 3000
log = structlog.get_logger()

# Made once: the validation cache knows a query by these very rules.
_RULES = [
    *QueryDepthLimiter(MAX_DEPTH).validation_rules,
    *MaxAliasesLimiter(MAX_ALIASES).validation_rules,
]


class Limits(AddValidationRules):
    """Refuses what is nested too deep or asks for too much under other names."""

    def __init__(self) -> None:
        super().__init__(_RULES)


def coded(error: GraphQLError) -> GraphQLError:
    """Write an error as it may be seen outside, with `extensions.code` and `extensions.remedy`."""
    if error.extensions:
        return error
    problem = _problem(error)
    extensions = {"code": problem.code, "remedy": problem.remedy}
    return GraphQLError(problem.detail, error.nodes, path=error.path, extensions=extensions)


def _problem(error: GraphQLError) -> Problem:
    cause = error.original_error
    if isinstance(cause, Problem):
        return cause
    if cause is None or isinstance(cause, GraphQLError):
        remedy = "Correct the query: /contracts/schema.graphql says what can be asked."
        return Problem(400, "E_QUERY", error.message, remedy)
    log.error("graphql.failed", path=error.path, exc_info=cause)
    return internal()


def _tokens() -> SchemaExtension:
    return MaxTokensLimiter(MAX_TOKENS)


EXTENSIONS: list[type[SchemaExtension] | Callable[[], Any]] = [Limits, _tokens, ParserCache, ValidationCache]
"""As classes and factories: an instance would be shared by requests that run side by side."""
