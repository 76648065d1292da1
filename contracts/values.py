"""The smallest words of the wire: carats, dollars, dates, codes; each with its limits and its error code."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

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


def _milliseconds(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_REMEDY = 'write it as a string with two decimals, such as "1250.00", within its limits'


def _to_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT)


@dataclass(frozen=True, slots=True)
class WireDecimal:
    """Marks a `Decimal` that crosses the wire as a string of scale 2, and never as a number.

    Strictness is what makes it cheap: no step in Python, in or out (docs/decisions/0005).
    """

    digits: int
    gt: Decimal | None = None
    ge: Decimal | None = None

    @property
    def pattern(self) -> str:
        """The one text of each value: two decimals, no needless zero, the sign and size that the limits allow."""
        whole = f"[1-9][0-9]{{0,{self.digits - 3}}}"
        if self.gt == 0:
            return rf"^(?:{whole}\.[0-9]{{2}}|0\.(?:0[1-9]|[1-9][0-9]))$"
        return rf"^{'-?' if self.ge is None else ''}(?:0|{whole})\.[0-9]{{2}}$"

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        """Take a string of scale 2 or a Decimal, within the limits; one error for all that is wrong."""
        number = core_schema.decimal_schema(
            gt=self.gt, ge=self.ge, max_digits=self.digits, decimal_places=2, allow_inf_nan=False
        )
        text = core_schema.chain_schema([core_schema.str_schema(pattern=self.pattern, strict=True), number])
        exact = core_schema.no_info_after_validator_function(_to_cents, number)
        given = core_schema.chain_schema([core_schema.is_instance_schema(Decimal), exact])
        either = core_schema.union_schema([text, given], mode="left_to_right")
        return core_schema.custom_error_schema(either, custom_error_type="decimal_string", custom_error_message=_REMEDY)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: object) -> dict[str, str]:
        """Describe the string by the pattern that it is read by."""
        return {"type": "string", "pattern": self.pattern}


_ZERO = Decimal(0)
Carats = Annotated[Decimal, WireDecimal(14, gt=_ZERO)]
Usd = Annotated[Decimal, WireDecimal(18, gt=_ZERO)]
# Returns may say zero, and a real return once said carats without a value (domain.md §7.7 A15).
ReportedCarats = Annotated[Decimal, WireDecimal(14, ge=_ZERO)]
ReportedUsd = Annotated[Decimal, WireDecimal(18, ge=_ZERO)]
# Differences may be negative, and sums of many certificates pass the limits of one.
Difference = Annotated[Decimal, WireDecimal(18)]

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
