"""Pages of the schema: Relay connections over keyset cursors."""

from typing import Generic, TypeVar

import strawberry
from strawberry import field

T = TypeVar("T")


@strawberry.type(description="Where a page stands among all pages.")
class PageInfo:
    has_next_page: bool = field(description="Whether more follow.")
    has_previous_page: bool = field(description="Whether this page was asked for with a cursor.")
    start_cursor: str | None = field(description="The cursor of the first on this page.")
    end_cursor: str | None = field(description="Give this as `after` to go on.")


@strawberry.type(description="One on a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str = field(description="Give this as `after` to go on behind this one.")
    node: T = field(description="What was asked for.")


@strawberry.type(description="A page. Cursors name the last one seen, so what is new in between shifts no page.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = field(description="The page, in its order.")
    page_info: PageInfo = field(description="Whether and how to go on.")
