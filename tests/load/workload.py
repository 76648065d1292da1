"""The submissions of the load: the lives of certificates on real corridors, signed and in a participant's order.

Every certificate is issued, validated, exported, presented and confirmed. As many as `in_flight` certificates are on
their way at a time; which of them moves next is chance, and the same chance every time. Five in a hundred submissions
carry a trace that their sender samples.
"""

import multiprocessing
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import zip_longest

from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.certificates import (
    ArriveCertificate,
    ConfirmImport,
    Evidence,
    ExportCertificate,
    IssueCertificate,
    Line,
    Parties,
    Party,
    ValidateCertificate,
)
from contracts.values import Wire
from tests.load.register import Register

STEPS = 5
SAMPLED_SHARE = 0.05
_SHARES = 2

# Issuer, destination, the importer's country, the port of export.
CORRIDORS = (
    ("AO", "AE", "AE", "LAD"),
    ("BW", "EU", "BE", "GBE"),
    ("CA", "EU", "BE", "YZF"),
    ("CD", "AE", "AE", "FIH"),
    ("NA", "IN", "IN", "WDH"),
    ("SL", "IL", "IL", "FNA"),
    ("TZ", "IN", "IN", "DAR"),
    ("ZA", "IN", "IN", "JNB"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many certificates, the day all of them were issued, and the first serial."""

    certificates: int
    issued_on: date
    first: int = 1


Life = list[Sealed]


def lives(register: Register, plan: Plan) -> list[Life]:
    """Make and sign the five submissions of every certificate, on two processes; before any thread is started."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(_SHARES, context) as pool:
        shares = pool.map(partial(_share, register, plan), range(_SHARES))
        return [life for some in zip_longest(*shares) for life in some if life]


def _share(register: Register, plan: Plan, share: int) -> list[Life]:
    chance = random.Random(share)
    serials = range(plan.first + share, plan.first + plan.certificates, _SHARES)
    return [list(_life(register, plan.issued_on, serial, chance)) for serial in serials]


def in_order(lives: Sequence[Life], in_flight: int) -> list[Sealed]:
    """Put submissions into the order in which they are sent, with `in_flight` certificates on their way at a time."""
    return list(_interleaved([iter(life) for life in reversed(lives)], in_flight, random.Random(in_flight)))


def _interleaved(waiting: list[Iterator[Sealed]], in_flight: int, chance: random.Random) -> Iterator[Sealed]:
    moving = [waiting.pop() for _ in range(min(in_flight, len(waiting)))]
    while moving:
        place = chance.randrange(len(moving))
        sealed = next(moving[place], None)
        if sealed is not None:
            yield sealed
        elif waiting:
            moving[place] = waiting.pop()
        else:
            moving[place] = moving[-1]
            moving.pop()


def _life(register: Register, issued_on: date, serial: int, chance: random.Random) -> Iterator[Sealed]:
    issuer, destination, country, port = CORRIDORS[serial % len(CORRIDORS)]
    exporting, importing = register.key(issuer), register.key(destination)
    number = f"{issuer}{serial:06d}"
    issue = _issue(number, issuer, destination, country, issued_on, chance)
    yield _sealed(exporting, issue, number, chance)
    for key, data in (
        (exporting, _validate(issue)),
        (exporting, _export(issue, port)),
        (importing, ArriveCertificate(arrived_on=issued_on + timedelta(5))),
        (importing, _confirm(issue, chance)),
    ):
        yield _sealed(key, data, number, chance)


def _sealed(key: SigningKey, data: Wire, number: str, chance: random.Random) -> Sealed:
    sampled = "01" if chance.random() < SAMPLED_SHARE else "00"
    trace = f"00-{chance.getrandbits(128) | 1:032x}-{chance.getrandbits(64) | 1:016x}-{sampled}"
    return build(key, data, number, traceparent=trace)


def _issue(
    number: str, issuer: str, destination: str, country: str, issued_on: date, chance: random.Random
) -> IssueCertificate:
    lines = [_line("710210", chance), _line("710231", chance)]
    return IssueCertificate(
        number=number,
        issuer=issuer,
        destination=destination,
        issued_on=issued_on,
        expires_on=issued_on + timedelta(45),
        languages=["en", "pt"] if issuer == "AO" else ["en"],
        attested=True,
        origin=issuer,
        parcel_count=chance.randint(1, 12),
        carats=sum((line.carats for line in lines), Decimal()),
        value_usd=sum((line.value_usd for line in lines), Decimal()),
        lines=lines,
        evidence=[Evidence(kind="PRODUCTION_LOT", ref=f"{issuer}-{issued_on:%Y-%m}-LOT{chance.randint(1, 400)}")],
        issued_by=f"{issuer}-{chance.randint(1, 20):04d}",
        private=_parties(issuer, country, chance),
    )


def _line(hs6: str, chance: random.Random) -> Line:
    carats = Decimal(chance.randint(1_000, 250_000)) / 100
    dollars_a_carat = Decimal(chance.randint(2_000, 60_000)) / 100
    return Line.model_validate({"hs6": hs6, "carats": carats, "value_usd": round(carats * dollars_a_carat, 2)})


def _parties(issuer: str, country: str, chance: random.Random) -> Parties:
    seller, buyer = chance.randint(1, 60), chance.randint(1, 300)
    return Parties(
        exporter=Party(name=f"{issuer} Mining Company {seller}", address=f"{seller} Quarry Road", country=issuer),
        importer=Party(name=f"{country} Diamonds {buyer}", address=f"{buyer} Exchange Street", country=country),
    )


def _validate(issue: IssueCertificate) -> ValidateCertificate:
    return ValidateCertificate(
        validated_on=issue.issued_on + timedelta(1),
        officer_ref=f"{issue.issuer}-0042",
        method="FULL",
        seal_numbers=[f"S-{issue.number}"],
    )


def _export(issue: IssueCertificate, port: str) -> ExportCertificate:
    left = issue.issued_on + timedelta(3)
    return ExportCertificate(exported_on=left, port=port, expected_arrival=left + timedelta(2))


def _confirm(issue: IssueCertificate, chance: random.Random) -> ConfirmImport:
    measured = issue.carats - Decimal(chance.randint(0, 10)) / 100
    return ConfirmImport(
        confirmed_on=issue.issued_on + timedelta(6),
        parcel_count=issue.parcel_count,
        measured_carats=measured,
        hs_codes=[line.hs6 for line in issue.lines],
        seal_intact=True,
        original_sighted=True,
        officer_ref=f"{issue.destination}-0007",
    )
