"""Serial ranges: which certificate numbers a participant may issue in a year (domain.md §1.4)."""

from collections.abc import Iterator

from contracts.outcome import Event, Finding, refuse
from contracts.participants import AllocateSerialRange, Participant, SerialRange, SerialRangeAllocated
from contracts.submission import Submission


def check_allocate(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse a range that is empty, under a foreign prefix, or that any year has part of already."""
    data: AllocateSerialRange = submission.data
    if data.last < data.first:
        yield refuse("E_RANGE", "data.last", f"Let the range end at {data.first} or later.")
    if data.prefix not in state.kpc_prefixes:
        prefixes = ", ".join(state.kpc_prefixes)
        yield refuse("E_NUMBER_PREFIX", "data.prefix", f"Use a prefix of {state.code}: {prefixes}.")
    for one in state.serial_ranges:
        # Numbers are never used again, so ranges of different years may not overlap either.
        if one.prefix == data.prefix and one.first <= data.last and data.first <= one.last:
            message = f"Choose other serials: {one.first} to {one.last} were allocated for {one.year}."
            yield refuse("E_RANGE_OVERLAP", "data.first", message)


def allocated(_: Participant, submission: Submission) -> Event:
    """Allocate a range."""
    serial_range = SerialRange(**dict(submission.data))
    return Event("participant.serial-range-allocated.v1", SerialRangeAllocated(serial_range=serial_range))
