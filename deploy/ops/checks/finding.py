"""A finding: what was looked at, how it is, and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Literal

State = Literal["well", "look", "wrong"]
TOLERATED_SECONDS = 2.0
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the doctor's answer; `remedy` is empty when all is well."""

    what: str
    state: State
    told: str
    remedy: str = ""


Check = Callable[[], Awaitable[Sequence[Finding]]]


async def bounded(what: str, remedy: str, deadline: float, check: Check) -> list[Finding]:
    """Make a check; when it fails, or is not done by `deadline` (the loop's time), that is the finding."""
    try:
        async with asyncio.timeout_at(deadline):
            return list(await check())
    except TimeoutError:
        return [Finding(what, "wrong", "no answer in time", remedy)]
    except Exception as error:  # whatever it is, the other checks must still be told
        return [Finding(what, "wrong", shorten(str(error) or repr(error), _LONGEST), remedy)]


def clock(what: str, instant: float, asked: float, answered: float) -> Finding:
    """Compare a clock that was read between two moments of ours; all in seconds since 1970."""
    ahead = seconds_ahead(instant, asked, answered)
    if abs(ahead) <= TOLERATED_SECONDS:
        return Finding(f"clock of {what}", "well", "in step with this machine")
    told = f"{abs(ahead):.1f} s {'behind' if ahead < 0 else 'ahead of'} this machine"
    return Finding(f"clock of {what}", "wrong", told, "Synchronise both clocks (chronyc tracking).")


def seconds_ahead(instant: float, asked: float, answered: float) -> float:
    """By how much a clock is certainly ahead (negative: behind), when it was read between `asked` and `answered`."""
    return max(instant - answered, 0.0) + min(instant - asked, 0.0)
