"""The generator of certificates: real participants, invented companies, plausible goods; one seed, one world."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import cache

import reference
from client.submission import Sealed, build
from contracts.certificates import (
    ArriveCertificate,
    ConfirmImport,
    Evidence,
    ExportCertificate,
    IssueCertificate,
    Line,
    Origin,
    Parties,
    Party,
    ValidateCertificate,
)
from contracts.participants import last_valid_day
from contracts.values import CENT, Hs6
from deploy.local.demo.authorities import Keyring
from deploy.local.demo.corridors import Exporter, choose
from deploy.local.demo.numbers import Numbers
from reference.facts import Participant

_SIZES, _PRICES = 1.3, 0.35
_UNSORTED, _INDUSTRIAL, _GEM = "710210", "710221", "710231"
_INDUSTRIAL_PRICE = Decimal("0.15")
_NEWEST, _OLDEST = 12, 50
_MIXED = ("BW", "ZA", "CA", "AO", "NA", "RU")


@dataclass(frozen=True)
class Shipment:
    """One certificate's whole life as the five things that its two authorities will say."""

    issue: IssueCertificate
    validate: ValidateCertificate
    export: ExportCertificate
    arrive: ArriveCertificate
    confirm: ConfirmImport

    @property
    def number(self) -> str:
        """Its number."""
        return self.issue.number

    def seal(self, keyring: Keyring) -> list[Sealed]:
        """Sign all five, each by the authority whose it is to say."""
        sender, receiver = keyring.of(self.issue.issuer), keyring.of(self.issue.destination)
        said = ((sender, self.issue), (sender, self.validate), (sender, self.export))
        heard = ((receiver, self.arrive), (receiver, self.confirm))
        return [build(key, data, self.number) for key, data in (*said, *heard)]


@dataclass(frozen=True)
class Days:
    """The five days of a shipment's life, in order (domain.md §7.2 I4)."""

    issued: date
    validated: date
    exported: date
    arrived: date
    confirmed: date

    @classmethod
    def ending_by(cls, today: date, chance: random.Random) -> "Days":
        """Days within the last fifty, none of them later than today."""
        issued = today - timedelta(chance.randint(_NEWEST, _OLDEST))
        validated = issued + timedelta(chance.randint(0, 2))
        exported = validated + timedelta(chance.randint(0, 3))
        arrived = exported + timedelta(chance.randint(1, 5))
        return cls(issued, validated, exported, arrived, arrived + timedelta(chance.randint(0, 2)))


class Generator:
    """Makes shipments that end by `today`; the same seed gives the same goods, under new numbers."""

    def __init__(self, exporters: Sequence[Exporter], numbers: Numbers, today: date, seed: int) -> None:
        self._exporters, self._numbers, self._today = exporters, numbers, today
        self._chance = random.Random(seed)

    def some(self, count: int) -> list[Shipment]:
        """Make shipments of whoever sends."""
        return [self.one(choose(self._exporters, self._chance)) for _ in range(count)]

    def one(self, exporter: Exporter, days: Days | None = None, number: str | None = None) -> Shipment:
        """Make a shipment of one exporter, on given days or recent ones, under a given number or the next."""
        days = days or Days.ending_by(self._today, self._chance)
        issuer = exporter.participant
        number = number or self._numbers.take(issuer.kpc_prefixes[0], days.issued.year)
        lines = self._lines(exporter)
        issue = self._issue(exporter, number, days, lines)
        return Shipment(
            issue=issue,
            validate=ValidateCertificate(
                validated_on=days.validated,
                officer_ref=f"{issuer.code}-0{self._chance.randint(200, 299)}",
                method=self._chance.choice(("FULL", "FULL", "RISK")),
                seal_numbers=[f"S-{self._chance.randint(100_000, 999_999)}"],
            ),
            export=ExportCertificate(exported_on=days.exported, port=exporter.port, expected_arrival=days.arrived),
            arrive=ArriveCertificate(arrived_on=days.arrived),
            confirm=self._confirm(issue, days),
        )

    def _issue(self, exporter: Exporter, number: str, days: Days, lines: list[Line]) -> IssueCertificate:
        issuer, destination = exporter.participant, exporter.destination(self._chance)
        return IssueCertificate(
            number=number,
            issuer=issuer.code,
            destination=destination,
            issued_on=days.issued,
            expires_on=last_valid_day(days.issued, issuer.validity),
            languages=["en"],
            attested=True,
            origin=None if exporter.mixed else issuer.code,
            mixed_origin=exporter.mixed,
            origins=self._origins() if exporter.mixed else [],
            parcel_count=self._chance.choices((1, 2, 3, 5, 8), (60, 20, 10, 7, 3))[0],
            carats=sum((line.carats for line in lines), Decimal()),
            value_usd=sum((line.value_usd for line in lines), Decimal()),
            lines=lines,
            evidence=[self._evidence(exporter, days.issued)],
            issued_by=f"{issuer.code}-0{self._chance.randint(100, 199)}",
            private=Parties(exporter=self._company(issuer.code), importer=self._company(destination)),
        )

    def _lines(self, exporter: Exporter) -> list[Line]:
        carats = _cents(exporter.carats * self._chance.lognormvariate(0, _SIZES)) + 5
        price = exporter.usd_per_carat * _cents(self._chance.lognormvariate(0, _PRICES)) + CENT
        shape = self._chance.random()
        if shape < 0.15:
            return [_line(_UNSORTED, carats, price)]
        if shape < 0.75:
            return [_line(_GEM, carats, price)]
        industrial = (carats * _cents(self._chance.uniform(0.1, 0.4))).quantize(CENT)
        return [
            _line(_INDUSTRIAL, industrial, price * _INDUSTRIAL_PRICE),
            _line(_GEM, carats - industrial, price),
        ]

    def _confirm(self, issue: IssueCertificate, days: Days) -> ConfirmImport:
        # Most scales agree; some show a little less, and a few so much less that it is noted (domain.md §7.2).
        share = self._chance.choices(("0", "0.0008", "0.004"), (70, 27, 3))[0]
        return ConfirmImport(
            confirmed_on=days.confirmed,
            parcel_count=issue.parcel_count,
            measured_carats=issue.carats - (issue.carats * Decimal(share)).quantize(CENT, ROUND_DOWN),
            hs_codes=sorted({line.hs6 for line in issue.lines}),
            seal_intact=True,
            original_sighted=True,
            officer_ref=f"{issue.destination}-0{self._chance.randint(300, 399)}",
        )

    def _origins(self) -> list[Origin]:
        return [Origin(iso2=code) for code in sorted(self._chance.sample(_MIXED, self._chance.randint(2, 4)))]

    def _evidence(self, exporter: Exporter, issued: date) -> Evidence:
        reference_number = f"{issued:%Y-%m}-{self._chance.randint(1, 999):03}"
        if exporter.mixed:
            return Evidence(kind="IMPORT_CERTIFICATE", ref=f"{self._chance.choice(_MIXED)}-{reference_number}")
        return Evidence(kind="PRODUCTION_LOT", ref=f"{exporter.participant.code}-{reference_number}")

    def _company(self, code: str) -> Party:
        number = self._chance.randint(1, 9)
        name = f"Example Diamonds {number} ({_names()[code].name})"
        # A company of the Union sits in one of its states; the state resolves to the Union on every date.
        return Party(name=name, address=f"{number} Example Street", country="BE" if code == "EU" else code)


def without(shipment: Shipment, **changed: object) -> Shipment:
    """The same shipment with other words in its issue."""
    return replace(shipment, issue=shipment.issue.model_copy(update=changed))


def seal_all(shipments: Iterable[Shipment], keyring: Keyring) -> list[Sealed]:
    """Sign everything that is said of some shipments, in order."""
    return [sealed for one in shipments for sealed in one.seal(keyring)]


def _cents(number: float) -> Decimal:
    return Decimal(round(number * 100)).scaleb(-2)


def _line(hs6: Hs6, carats: Decimal, price: Decimal) -> Line:
    return Line(hs6=hs6, carats=carats, value_usd=max(CENT, (carats * price).quantize(CENT)))


@cache
def _names() -> dict[str, Participant]:
    return {one.code: one for one in reference.participants()}
