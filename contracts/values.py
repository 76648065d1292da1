"""The smallest words of the wire: carats, dollars, dates, codes; each with its limits and its error code."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

CENT = Decimal("0.01")

# Marks a list of values that may grow inside `.v1`: readers must expect one that they do not know.
OPEN = Field(json_schema_extra={"x-extensible": True})


class Wire(BaseModel):
    """A message or a part of one: camelCase on the wire, immutable, and closed to unknown fields.

    A misspelt optional field would otherwise be lost in silence.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        frozen=True,
        extra="forbid",
    )


class State(Wire):
    """A part of, or the whole, state of an aggregate as a fact carries it."""

    @classmethod
    def read(cls, document: object) -> Self:
        """Read a stored or received state, past fields that a newer `.v1` may have added."""
        return cls.model_validate(document, extra="ignore")


def _scale_two(value: Decimal) -> str:
    return str(value.quantize(CENT))


def _milliseconds(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_Scaled = PlainSerializer(_scale_two, return_type=str, when_used="json")

Carats = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2, allow_inf_nan=False), _Scaled]
Usd = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2, allow_inf_nan=False), _Scaled]
# Either sign, no limit: what lies between two weights.
Difference = Annotated[Decimal, _Scaled]
# Returns may say zero, and a real return once said carats without a value (domain.md §7.7 A15).
ReportedCarats = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2, allow_inf_nan=False), _Scaled]
ReportedUsd = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2, allow_inf_nan=False), _Scaled]

Instant = Annotated[AwareDatetime, PlainSerializer(_milliseconds, return_type=str, when_used="json")]
Alpha2 = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
AuthorityId = Annotated[str, Field(pattern=r"^[A-Z]{2,3}-[A-Z0-9-]{1,40}$")]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Hs6 = Literal["710210", "710221", "710231"]
Flow = Literal["EXPORT", "IMPORT"]
Role = Annotated[Literal["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY", "FOCAL_POINT", "SECRETARIAT"], OPEN]

SECRETARIAT = "KPS"
"""The participant code of the Secretariat: three letters, so that it can never be a country's."""

# What a violated limit is called, by the last field name of its path (domain.md §7.2 G-FIELDS).
FIELD_CODES = {
    "carats": "E_CARATS",
    "measuredCarats": "E_CARATS",
    "valueUsd": "E_VALUE",
    "parcelCount": "E_PARCELS",
    "hs6": "E_HS_OUT_OF_SCOPE",
    "number": "E_NUMBER_FORMAT",
    "attested": "E_ATTESTATION",
    "evidence": "E_NO_LAWFUL_SOURCE",
    "sealNumbers": "E_SEAL_MISSING",
    "decision": "E_DECISION_REQUIRED",
}


def quarter(day: date) -> str:
    """Name the calendar quarter of a date, as returns do: `2026-Q1`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"
