"""Certificate numbers: form, prefix and the serial ranges a participant was allocated (domain.md §1.4)."""

from collections.abc import Iterator
from datetime import date

from contracts.certificates import canonical_number, certificate_key, is_canonical
from contracts.outcome import Finding, refuse
from contracts.participants import Participant
from contracts.submission import Submission

_PATH = "data.number"


def check_number(submission: Submission, printed: str, issuer: Participant, issued_on: date) -> Iterator[Finding]:
    """Refuse a number with a wrong form, key, prefix, or outside the ranges of its year (G-NUMBER)."""
    number = canonical_number(printed)
    if not is_canonical(number):
        yield refuse("E_NUMBER_FORMAT", _PATH, "Use two letters and 1 to 14 letters or digits, such as AO000123.")
        return
    key = certificate_key(printed)
    if submission.subject != key:
        yield refuse("E_SUBJECT", "sub", f"Use {key} as subject and Kafka key of {number}.", expected=key)
    if number[:2] not in issuer.kpc_prefixes:
        prefixes = ", ".join(issuer.kpc_prefixes)
        yield refuse("E_NUMBER_PREFIX", _PATH, f"Begin the number with a prefix of {issuer.code}: {prefixes}.")
    elif not _allocated(number, issuer, issued_on.year):
        message = f"Use a serial that {issuer.code} was allocated for {issued_on.year}."
        yield refuse("E_NUMBER_RANGE", _PATH, message, year=str(issued_on.year))


def _allocated(number: str, issuer: Participant, year: int) -> bool:
    prefix, serial = number[:2], number[2:]
    if not serial.isdecimal():
        return False
    return any(
        one.year == year and one.prefix == prefix and one.first <= int(serial) <= one.last
        for one in issuer.serial_ranges
    )
