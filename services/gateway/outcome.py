"""What became of a submission, from everything that names it: facts first, then a rejection, then dead letters."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from backbone.mongo import Document
from services.gateway.live import Live
from services.gateway.queries import Queries

PENDING, ACCEPTED, REJECTED, DEAD = "PENDING", "ACCEPTED", "REJECTED", "DEAD"
# Another process of the gateway may have projected the answer, and cannot wake us.
_LOOK_AGAIN = 1.0


def outcome(submission_id: str, rows: Sequence[Document], token: str | None = None) -> Document:
    """Judge what names a submission; with `token`, only what answers exactly this signed statement.

    A second statement under an id that was answered before is refused without touching the first one's answer:
    such refusals are listed as `reuses`.
    """
    mine = [row for row in rows if row["submissionId"] == submission_id and _answers(row, token)]
    dead = [row for row in mine if "reason" in row]
    facts = [row for row in mine if row.get("sequence")]
    refusals = [row for row in mine if row.get("sequence") == 0]
    own = [row for row in refusals if token is not None or row["_id"] == f"{submission_id}/rejected"]
    rejection = None if facts or not own else own[0]
    return {
        "id": submission_id,
        "status": _status(facts, rejection, dead),
        "facts": facts,
        "rejection": rejection,
        "reuses": [row for row in refusals if row not in own],
        "deadLetters": dead,
    }


def _answers(row: Document, token: str | None) -> bool:
    if token is None:
        return True
    return token == (row["signed"] if "signed" in row else (row["value"] or b"").decode("utf-8", "replace"))


def _status(facts: Sequence[Document], rejection: Document | None, dead: Sequence[Document]) -> str:
    if facts:
        return ACCEPTED
    return REJECTED if rejection else DEAD if dead else PENDING


class Outcomes:
    """Looks up outcomes, and waits for one that is not there yet."""

    def __init__(self, queries: Queries, live: Live) -> None:
        self._queries, self._live = queries, live

    async def look(self, submission_ids: Sequence[str]) -> list[Document]:
        """Say what became of many submissions, in the order they were asked for."""
        by_id: dict[str, list[Document]] = {}
        for row in await self._queries.led_to(submission_ids):
            by_id.setdefault(row["submissionId"], []).append(row)
        return [outcome(one, by_id.get(one, ())) for one in submission_ids]

    async def wait(self, submission_id: str, seconds: float, token: str | None = None) -> Document:
        """Wait until the submission is answered, at most so many seconds; a look costs one query."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        with self._live.outcome_of(submission_id) as told:
            while True:
                told.clear()
                found = outcome(submission_id, await self._queries.led_to([submission_id]), token)
                left = until - clock()
                if found["status"] != PENDING or left <= 0:
                    return found
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), min(left, _LOOK_AGAIN))
