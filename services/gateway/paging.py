"""Pages by keyset: a cursor says after which document to go on, so page 1,000 costs what page 1 does."""

from collections.abc import Sequence
from dataclasses import dataclass

from backbone.mongo import Document
from contracts.jws import MalformedJws, b64decode, b64encode
from services.gateway.problem import Problem

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Paging:
    """How many documents are wanted (1 to 200), and after which cursor; raises `Problem` for anything else."""

    first: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= MAX_PAGE:
            remedy = f"Ask for 1 to {MAX_PAGE} at a time and go on with after: endCursor."
            raise Problem(400, "E_PAGE_SIZE", f"A page of {self.first} is not given.", remedy)

    @property
    def begins_after(self) -> str | None:
        """The sort key of the last document that was seen."""
        return read_cursor(self.after) if self.after else None


def write_cursor(key: str) -> str:
    """Write a sort key as an opaque cursor."""
    return b64encode(key.encode()).decode()


def read_cursor(cursor: str) -> str:
    """Read a cursor back; raises `Problem` when it is none of ours."""
    try:
        return b64decode(cursor.encode("ascii")).decode()
    except (MalformedJws, UnicodeError) as error:
        remedy = "Give the endCursor of the page before, as it was."
        raise Problem(400, "E_CURSOR", "This cursor was not given here.", remedy) from error


def connection(keyed: Sequence[tuple[str, Document]], paging: Paging) -> Document:
    """Shape documents with their sort keys, read one further than asked for, as a Relay connection."""
    edges = [{"cursor": write_cursor(key), "node": node} for key, node in keyed[: paging.first]]
    page_info = {
        "hasNextPage": len(keyed) > paging.first,
        "hasPreviousPage": paging.after is not None,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return {"edges": edges, "pageInfo": page_info}
