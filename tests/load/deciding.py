"""Races the certificates service against the floor, and takes the bound that signatures set."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from aiokafka import AIOKafkaConsumer, TopicPartition

from client.submission import Sealed
from contracts import jws
from tests.load.course import FACTS, Course
from tests.load.race import COSTS, Lap, time_lap
from tests.load.register import Register
from tests.load.report import Section, Verdict, rate, share

FLOOR, VERIFIED, OURS = "floor", "floor-verified", "certificates"
CONTESTANTS = (FLOOR, VERIFIED, OURS)
TARGET = 0.8
_TITLES = {FLOOR: "floor", VERIFIED: "floor + Ed25519", OURS: "certificates"}
_ENOUGH_SIGNATURES = 10_000


@dataclass(frozen=True, slots=True)
class Heat:
    """One round: a lap of each contestant in the order they ran in, and how many signatures a core verifies a second.

    `label` says in which order the submissions came.
    """

    label: str
    laps: Mapping[str, Lap]
    verify: float

    @property
    def bound(self) -> float:
        """What one core that verifies and does the floor's work in turn would reach."""
        return 1 / (1 / self.laps[FLOOR].rate + 1 / self.verify)

    @property
    def of_floor(self) -> float:
        """Our rate as a share of the floor's."""
        return self.laps[OURS].rate / self.laps[FLOOR].rate

    @property
    def of_bound(self) -> float:
        """Our rate as a share of the bound."""
        return self.laps[OURS].rate / self.bound


def rotated(number: int) -> list[str]:
    """The contestants in the order of a round, so that each of them runs in every place."""
    place = number % len(CONTESTANTS)
    return [*CONTESTANTS[place:], *CONTESTANTS[:place]]


async def run(course: Course, submissions: Sequence[Sealed], contestants: Sequence[str], label: str) -> Heat:
    """Run one round on a course that is open; the submissions become its backlog."""
    await course.submit(submissions)
    laps = {name: await _lap(course, name, len(submissions)) for name in contestants}
    return Heat(label, laps, verifications(course.register, submissions[:_ENOUGH_SIGNATURES]))


async def _lap(course: Course, name: str, total: int) -> Lap:
    arguments = ["services.certificates"] if name == OURS else ["tests.load.floor", name]
    topic = course.settings.topic(f"{name}.facts")
    partitions = [TopicPartition(topic, number) for number in range(FACTS.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=course.settings.kafka) as consumer:

        async def count() -> int:
            return sum((await consumer.end_offsets(partitions)).values())

        with course.contestant(name, *arguments) as running:
            return await time_lap(running, count, total, course.meter)


def verifications(register: Register, submissions: Sequence[Sealed]) -> float:
    """Verify signatures on one core and do nothing else; returns how many a second."""
    tokens = [jws.parse(one.event.data) for one in submissions]
    publics = [register.key(token.kid.partition("-")[0]).private.public_key() for token in tokens]
    began = time.perf_counter()
    for token, public in zip(tokens, publics, strict=True):
        public.verify(token.signature, token.signing_input)
    return len(tokens) / (time.perf_counter() - began)


def told(heats: Sequence[Heat], unfavourable: Heat) -> Section:
    """Tell the rounds and their medians; the verdict is the median of the rounds' own ratios."""
    of_bound = median(heat.of_bound for heat in heats)
    return Section(
        "Deciding: submissions a second",
        _TEXT,
        ("round", *_TITLES.values(), "a core verifies", "bound", "ours/floor", "ours/bound", *COSTS, "others"),
        [*(_row(heat) for heat in heats), _medians(heats), _row(unfavourable)],
        [Verdict("certificates, as a share of the bound 1/(1/floor + 1/verify),", of_bound, TARGET)],
    )


def _row(heat: Heat) -> list[str]:
    rates = [rate(heat.laps[name].rate) for name in CONTESTANTS]
    ratios = [f"{heat.of_floor:.2f}", f"{heat.of_bound:.2f}"]
    costs = [heat.laps[FLOOR].told, heat.laps[OURS].told]
    others = share(max(lap.others for lap in heat.laps.values()))
    return [heat.label, *rates, rate(heat.verify), rate(heat.bound), *ratios, *costs, others]


def _medians(heats: Sequence[Heat]) -> list[str]:
    rates = [rate(median(heat.laps[name].rate for heat in heats)) for name in CONTESTANTS]
    bounds = [rate(median(heat.verify for heat in heats)), rate(median(heat.bound for heat in heats))]
    ratios = [f"{median(h.of_floor for h in heats):.2f}", f"{median(h.of_bound for h in heats):.2f}"]
    return ["median", *rates, *bounds, *ratios, "", "", ""]


_TEXT = """The floor is written by hand: consume, `insert_many`, publish a fact of the usual size, commit; no rule.
The certificates service reads the same records, verifies them, decides by every rule, stores states with their signed
history and publishes facts; five in a hundred carry a trace. Every contestant is one instance with a consumer group
of its own over the same backlog, and the order rotates. The bound is what one core would reach that verifies and does
the floor's work in turn: 1/(1/floor + 1/verify). Usually 500 certificates are on their way at a time; in the least
favourable order all of them are, so that hardly two submissions of a batch concern the same certificate. A ratio is
taken inside a round, for the machine differs from round to round. The two columns of µs say what a submission costs
in processor time: of the contestant, and of Kafka and MongoDB for it."""
