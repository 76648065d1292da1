"""The benchmark itself, small: every part runs on real servers and finds something; its figures mean nothing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contracts.submission import GABORONE
from deploy.local.stack import Stack
from tests.load import bench, deciding, latency, page, projection, queries
from tests.load.house import living
from tests.load.latency import Pace
from tests.load.race import Lap
from tests.load.register import Register
from tests.load.report import Section, Verdict, percentile
from tests.load.workload import Plan, in_order, lives

TODAY = date(2026, 3, 2)
SMALL = bench.Sizes(submissions=1000, rounds=1, in_flight=50, ask_seconds=0.3, pace=Pace(20, 1, 1))


@pytest.fixture
def register() -> Register:
    return Register(b"smoke", (datetime.now(GABORONE).date() - bench.ISSUED_BEFORE).year)


@pytest.fixture
def work(register: Register) -> bench.Work:
    return bench.prepare(register, datetime.now(GABORONE).date() - bench.ISSUED_BEFORE, SMALL)


async def test_every_part_finds_what_it_measures(stack: Stack, register: Register, work: bench.Work) -> None:
    with bench.servers(stack) as settings:
        # Small batches, or all would be there at the first look.
        small = settings.model_copy(update={"max_batch": 50})
        course = bench.make_course(stack, small, register, lambda _: None)
        async with course.opened("smoke") as own:
            decided = await deciding.run(own, work.usual, [deciding.VERIFIED, deciding.OURS], "1")
            projected = await projection.run(own, len(work.usual), projection.CONTESTANTS, "1")
            async with living(own, (), ("certificates", "gateway")) as house:
                waits = await latency.measure(house, work.paced, SMALL.pace)
                asked = await queries.measure(house, own, SMALL.rounds, SMALL.ask_seconds)
    assert min(lap.rate for lap in (*decided.laps.values(), *projected.laps.values())) > 0
    assert len(waits.milliseconds) == SMALL.pace.rate * SMALL.pace.seconds
    assert min(waits.milliseconds) > 0
    assert {(server, bool(some[0].milliseconds)) for (_, server), some in asked.rounds.items()} == {
        ("gateway", True),
        ("bare", True),
    }


def test_submissions_of_a_certificate_keep_their_order_and_few_certificates_are_on_their_way_at_a_time() -> None:
    made = lives(Register(b"seed", 2026), Plan(20, TODAY))
    ordered = in_order(made, 4)
    assert sorted(one.id for one in ordered) == sorted(one.id for life in made for one in life)
    for life in made:
        places = [ordered.index(one) for one in life]
        assert places == sorted(places)
    begun = [{one.event.subject for one in ordered[:end]} for end in range(len(ordered))]
    done = [{life[0].event.subject for life in made if life[-1] in ordered[:end]} for end in range(len(ordered))]
    assert max(len(some - ended) for some, ended in zip(begun, done, strict=True)) <= 4


def test_a_round_s_ratios_are_those_of_its_own_rates() -> None:
    rates = {deciding.FLOOR: 20_000.0, deciding.VERIFIED: 6_000.0, deciding.OURS: 4_800.0}
    heat = deciding.Heat("1", {name: Lap(rate, 100, 100, 0.0) for name, rate in rates.items()}, 8_571.43)
    assert round(heat.bound) == 6_000
    assert (round(heat.of_floor, 2), round(heat.of_bound, 2)) == (0.24, 0.80)


def test_every_contestant_runs_in_every_place() -> None:
    orders = [deciding.rotated(number) for number in range(3)]
    assert {tuple(sorted(places)) for places in zip(*orders, strict=True)} == {tuple(sorted(deciding.CONTESTANTS))}
    assert [projection.rotated(number)[0] for number in range(2)] == list(projection.CONTESTANTS)


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Verdict("a share", 0.80, 0.8), "reached"),
        (Verdict("a share", 0.7999, 0.8), "missed"),
        (Verdict("a time", 250.0, 250, " ms", at_most=True), "reached"),
        (Verdict("a time", 251.0, 250, " ms", at_most=True), "missed"),
    ],
)
def test_a_verdict_is_reached_or_missed(verdict: Verdict, word: str) -> None:
    assert verdict.word == word


def test_a_percentile_is_the_nearest_rank() -> None:
    assert [percentile(range(1, 101), part) for part in (0.01, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]


def test_the_page_says_the_machine_the_targets_and_every_row(tmp_path: Path) -> None:
    section = Section("Deciding", "How.", ("round", "rate"), [["1", "5,000/s"]], [Verdict("ours", 0.81, 0.8)])
    page.write(tmp_path / "page.md", datetime(2026, 3, 2, tzinfo=UTC), {"memory": "8 GiB"}, [section])
    text = (tmp_path / "page.md").read_text()
    for line in ("| memory | 8 GiB |", "* **reached**: ours 0.81; the target is at least 0.80", "| 1 | 5,000/s |"):
        assert line in text
