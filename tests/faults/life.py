"""The five submissions of a certificate's life."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

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
from tests.faults.cast import YEAR


@dataclass(frozen=True, slots=True)
class Life:
    """A certificate from issue to confirmation; every number follows from its serial."""

    issuer: str
    destination: str
    serial: int

    @property
    def number(self) -> str:
        """Its number, which is its identity too."""
        return f"{self.issuer}{self.serial}"

    @property
    def carats(self) -> Decimal:
        """What it weighs."""
        return Decimal(1_000 + self.serial) / 100

    @property
    def issued_on(self) -> date:
        """A day in one of the four quarters of the year."""
        return date(YEAR, 1, 5) + timedelta(days=self.serial % 300)

    def issue(self, carats: Decimal | None = None) -> IssueCertificate:
        """Issue it; with other `carats` the lines do not add up."""
        line = Line(hs6="710210", carats=self.carats, value_usd=self.carats * 100)
        return IssueCertificate(
            number=self.number,
            issuer=self.issuer,
            destination=self.destination,
            issued_on=self.issued_on,
            expires_on=self.issued_on + timedelta(days=45),
            languages=["en"],
            attested=True,
            origin=self.issuer,
            parcel_count=1,
            carats=carats or self.carats,
            value_usd=line.value_usd,
            lines=[line],
            evidence=[Evidence(kind="PRODUCTION_LOT", ref=f"LOT-{self.serial}")],
            issued_by=f"{self.issuer}-0001",
            private=Parties(exporter=_party(self.issuer), importer=_party(self.destination)),
        )

    def validate(self) -> ValidateCertificate:
        """Validate it by a second officer."""
        return ValidateCertificate(
            validated_on=self.issued_on + timedelta(days=1),
            officer_ref=f"{self.issuer}-0002",
            method="FULL",
            seal_numbers=[f"S-{self.number}"],
        )

    def export(self) -> ExportCertificate:
        """Let it leave."""
        return ExportCertificate(exported_on=self.issued_on + timedelta(days=2), port="PORT")

    def arrive(self) -> ArriveCertificate:
        """Present it."""
        return ArriveCertificate(arrived_on=self.issued_on + timedelta(days=4))

    def confirm(self, carats: Decimal | None = None) -> ConfirmImport:
        """Confirm its import; with other `carats` than declared it cannot be."""
        return ConfirmImport(
            confirmed_on=self.issued_on + timedelta(days=5),
            parcel_count=1,
            measured_carats=carats or self.carats,
            hs_codes=["710210"],
            seal_intact=True,
            original_sighted=True,
            officer_ref=f"{self.destination}-0001",
        )


def _party(country: str) -> Party:
    return Party(name=f"Company in {country}", address="1 Quarry Road", country=country)
