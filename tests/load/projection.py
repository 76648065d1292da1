"""Races the gateway's projection against its floor, over the facts that the certificates service has told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.load.course import FACTS, Course
from tests.load.race import COSTS, Lap, time_lap
from tests.load.report import Section, Verdict, rate, share
from tests.log import opened

FLOOR, OURS = "projection-floor", "gateway"
CONTESTANTS = (FLOOR, OURS)
TARGET = 0.6


@dataclass(frozen=True, slots=True)
class Heat:
    """One round: a lap of each contestant."""

    label: str
    laps: Mapping[str, Lap]

    @property
    def of_floor(self) -> float:
        """Our rate as a share of the floor's."""
        return self.laps[OURS].rate / self.laps[FLOOR].rate


def rotated(number: int) -> list[str]:
    """The contestants in the order of a round."""
    return list(CONTESTANTS if number % 2 == 0 else reversed(CONTESTANTS))


async def run(course: Course, total: int, contestants: Sequence[str], label: str) -> Heat:
    """Run one round on a course whose facts topic holds `total` facts."""
    return Heat(label, {name: await _lap(course, name, total) for name in contestants})


async def _lap(course: Course, name: str, total: int) -> Lap:
    arguments = ["services.gateway"] if name == OURS else ["tests.load.floor", name]
    topic = course.settings.topic(FACTS.name)
    async with opened(course.settings) as log:

        async def count() -> int:
            places = await log.committed(name)
            return sum(place for partition, place in places.items() if partition.topic == topic)

        with course.contestant(name, *arguments) as running:
            return await time_lap(running, count, total, course.meter)


def told(heats: Sequence[Heat]) -> Section:
    """Tell the rounds and their medians."""
    of_floor = median(heat.of_floor for heat in heats)
    rates = [rate(median(heat.laps[name].rate for heat in heats)) for name in CONTESTANTS]
    return Section(
        "Projecting: facts a second",
        _TEXT,
        ("round", "floor", "gateway", "ours/floor", *COSTS, "others"),
        [*(_row(heat) for heat in heats), ["median", *rates, f"{of_floor:.2f}", "", "", ""]],
        [Verdict("the gateway's projection, as a share of its floor,", of_floor, TARGET)],
    )


def _row(heat: Heat) -> list[str]:
    laps = [heat.laps[name] for name in CONTESTANTS]
    rates, costs = [rate(lap.rate) for lap in laps], [lap.told for lap in laps]
    return [heat.label, *rates, f"{heat.of_floor:.2f}", *costs, share(max(lap.others for lap in laps))]


_TEXT = """The floor parses each fact and upserts it as it is, in bulk, under the number of its certificate. The
gateway writes two documents for what the floor writes one: the certificate as it stands now, and the fact as history
and answer to its submission; with indexes for every question, and its own place kept beside them. Both read the facts
of one deciding round."""
