"""What the doctor concludes from what it saw."""

import asyncio
from collections.abc import Sequence

import pytest

from deploy.ops.checks.finding import Finding, bounded, clock, seconds_ahead
from deploy.ops.checks.machine import disk
from deploy.ops.doctor import is_well


@pytest.mark.parametrize(
    ("instant", "ahead"),
    [(100.0, 0.0), (101.0, 0.0), (102.0, 0.0), (105.0, 3.0), (97.0, -3.0)],
    ids=["when asked", "between", "when answered", "after the answer", "before the question"],
)
def test_a_clock_read_between_two_moments_is_off_only_by_what_lies_outside_them(instant: float, ahead: float) -> None:
    assert seconds_ahead(instant, 100.0, 102.0) == ahead


def test_a_clock_two_seconds_off_is_well_and_beyond_that_wrong() -> None:
    assert clock("Kafka", 104.0, 100.0, 102.0).state == "well"
    late = clock("Kafka", 97.5, 100.0, 102.0)
    assert (late.state, late.told) == ("wrong", "2.5 s behind this machine")


def test_a_disk_with_less_than_two_gigabytes_free_is_wrong() -> None:
    assert [disk("x", free).state for free in (1_999_999_999, 2_000_000_000)] == ["wrong", "well"]


def test_what_deserves_a_look_is_not_wrong() -> None:
    looked = Finding("dead letters", "look", "2 in a day")
    assert is_well([looked])
    assert not is_well([looked, Finding("Kafka", "wrong", "away")])


async def test_a_check_that_fails_is_a_finding_with_its_remedy() -> None:
    async def fails() -> Sequence[Finding]:
        raise ValueError("no such thing")

    deadline = asyncio.get_running_loop().time() + 60
    assert await bounded("x", "Mend it.", deadline, fails) == [Finding("x", "wrong", "no such thing", "Mend it.")]


async def test_a_check_that_never_ends_is_a_finding_at_the_deadline() -> None:
    async def hangs() -> Sequence[Finding]:
        await asyncio.Event().wait()
        return []

    deadline = asyncio.get_running_loop().time() + 0.01
    assert await bounded("x", "Mend it.", deadline, hangs) == [Finding("x", "wrong", "no answer in time", "Mend it.")]
