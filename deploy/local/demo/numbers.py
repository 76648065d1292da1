"""Certificate numbers: a run goes on behind the highest serial that the platform knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from deploy.local.demo.graphql import GraphQL

_SERIALS_A_YEAR = 1_000_000
_AT_ONCE = 10


class Series(NamedTuple):
    """The numbers that begin with one prefix in one year."""

    prefix: str
    year: int

    def number(self, position: int) -> str:
        """Write the number at a position, from 1: AO26000123."""
        return f"{self.prefix}{serials(self.year)[position - 1]}"

    @property
    def last(self) -> str:
        """Write the last number."""
        return f"{self.prefix}{serials(self.year)[-1]}"


def serials(year: int) -> range:
    """The serials of a year: 26000001 to 26999999; those of different years never meet."""
    first = year % 100 * _SERIALS_A_YEAR
    return range(first + 1, first + _SERIALS_A_YEAR)


class Numbers:
    """Gives out numbers that were never used, in order."""

    def __init__(self, used: dict[Series, int]) -> None:
        self._used = used

    def take(self, prefix: str, year: int) -> str:
        """Give the next number of a series."""
        series = Series(prefix, year)
        self._used[series] = self._used.get(series, 0) + 1
        return series.number(self._used[series])


@dataclass
class _Search:
    """Where the numbers of a series end: `low` is used (or 0), `high` is not."""

    series: Series
    low: int = 0
    high: int | None = None

    @property
    def done(self) -> bool:
        return self.high == self.low + 1

    @property
    def position(self) -> int:
        return self.low * 2 + 1 if self.high is None else (self.low + self.high) // 2

    def learn(self, used: bool) -> None:
        if used:
            self.low = self.position
        else:
            self.high = self.position


async def highest_used(graphql: GraphQL, series: Iterable[Series]) -> Numbers:
    """Ask the platform which numbers are taken, by doubling and halving: a question for ten series at once."""
    searches = [_Search(one) for one in series]
    while open_ones := [one for one in searches if not one.done]:
        for at in range(0, len(open_ones), _AT_ONCE):
            await _look(graphql, open_ones[at : at + _AT_ONCE])
    return Numbers({one.series: one.low for one in searches})


async def _look(graphql: GraphQL, searches: Sequence[_Search]) -> None:
    asked = "".join(
        f' n{index}: verifyCertificate(number: "{one.series.number(one.position)}") {{ known }}'
        for index, one in enumerate(searches)
    )
    answer = await graphql.ask(f"{{{asked} }}")
    for index, one in enumerate(searches):
        one.learn(answer[f"n{index}"]["known"])
