"""The scalars and enumerations of the schema: dates, instants, carats, dollars, and the words of states."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Carats = NewType("Carats", Decimal)
Usd = NewType("Usd", Decimal)


def _as_stored(value: Any) -> Any:
    return value


def _instant(value: datetime | str) -> str:
    if isinstance(value, str):
        return value
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A calendar date, without a time and without a time zone: 2026-03-02.",
        serialize=_as_stored,
        parse_value=date.fromisoformat,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, UTC, in milliseconds: 2026-03-02T08:30:00.000Z.",
        serialize=_instant,
        parse_value=datetime.fromisoformat,
    ),
    Carats: strawberry.scalar(
        name="Carats",
        description="A mass in carats (0.2 g): a decimal with two places, as text. Never a floating point number.",
        serialize=_as_stored,
        parse_value=Decimal,
    ),
    Usd: strawberry.scalar(
        name="Usd",
        description="A value in US dollars: a decimal with two places, as text. Never a floating point number.",
        serialize=_as_stored,
        parse_value=Decimal,
    ),
}


@strawberry.enum(description="How far a certificate has come.")
class CertificateState(Enum):
    ISSUED = strawberry.enum_value("ISSUED", description="The exporting authority has issued it.")
    VALIDATED = strawberry.enum_value("VALIDATED", description="The parcel was checked and sealed.")
    EXPORTED = strawberry.enum_value("EXPORTED", description="The shipment has left.")
    ARRIVED = strawberry.enum_value("ARRIVED", description="The shipment was presented to the importing authority.")
    CONFIRMED = strawberry.enum_value("CONFIRMED", description="The importing authority has verified the shipment.")


@strawberry.enum(description="The status of a Participant; each rests on a recorded decision.")
class ParticipationState(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="Takes part without restriction.")
    SPECIAL_MEASURES = strawberry.enum_value(
        "SPECIAL_MEASURES", description="Exports under conditions, such as compliant zones."
    )
    SUSPENDED = strawberry.enum_value("SUSPENDED", description="Suspended from the trade, wholly or for some flows.")
    SELF_SUSPENDED = strawberry.enum_value("SELF_SUSPENDED", description="Has suspended its own trade.")
    REMOVED = strawberry.enum_value("REMOVED", description="Removed from the list of Participants.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="Has left the Kimberley Process.")
    MERGED = strawberry.enum_value("MERGED", description="Takes part through another Participant since.")


@strawberry.enum(description="The direction of trade, as seen from the Participant.")
class Flow(Enum):
    EXPORT = strawberry.enum_value("EXPORT", description="Out of the Participant.")
    IMPORT = strawberry.enum_value("IMPORT", description="Into the Participant.")


@strawberry.enum(description="What became of a submission.")
class SubmissionStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Unknown here, or not decided yet.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="It was recorded as one or more facts.")
    REJECTED = strawberry.enum_value("REJECTED", description="It was refused by a rule and changed nothing.")
    DEAD = strawberry.enum_value("DEAD", description="What claims this id could not be taken at all.")


@strawberry.enum(description="How grave a finding is.")
class Level(Enum):
    SEVERE = strawberry.enum_value("SEVERE", description="The submission was refused for it.")
    WARNING = strawberry.enum_value("WARNING", description="Accepted, and recorded with the fact.")
    INFO = strawberry.enum_value("INFO", description="For information.")


@strawberry.enum(description="Who may see a fact.")
class Classification(Enum):
    PUBLIC = strawberry.enum_value("PUBLIC", description="Everybody.")
    KP_ONLY = strawberry.enum_value("KP_ONLY", description="Participants, and bodies of the Kimberley Process.")
    RESTRICTED = strawberry.enum_value("RESTRICTED", description="Those whom it concerns: it may name companies.")
