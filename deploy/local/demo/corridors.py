"""Who sends where, how much and at what price: `corridors.toml`, and the real prices of 2023."""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files

import reference
from contracts.values import CENT
from reference.facts import Participant
from reference.vocabulary import Status


@dataclass(frozen=True)
class Exporter:
    """A participant that sends; `mixed` goods come from many countries, others are its own."""

    participant: Participant
    shipments: int
    carats: int
    port: str
    usd_per_carat: Decimal
    mixed: bool
    destinations: dict[str, int]

    def destination(self, chance: random.Random) -> str:
        """Choose where one shipment goes."""
        return chance.choices(list(self.destinations), list(self.destinations.values()))[0]


def exporters(on: date) -> list[Exporter]:
    """Everyone who sends, and only where both sides are ACTIVE on that date."""
    active = {one.code: one for one in reference.participants() if _is_active(one, on)}
    table = tomllib.loads(files("deploy.local.demo").joinpath("corridors.toml").read_text("utf-8"))["exporters"]
    return [_exporter(row, active) for row in table if row["code"] in active]


def choose(some: Sequence[Exporter], chance: random.Random) -> Exporter:
    """Choose who sends the next shipment."""
    return chance.choices(some, [one.shipments for one in some])[0]


def price_of_2023(code: str) -> Decimal:
    """US$ per carat of a producer, over all it reported for 2023."""
    lines = [line for one in reference.returns_2023() if one.code == code for line in one.lines]
    value, carats = (sum((getattr(line, name) for line in lines), Decimal()) for name in ("value_usd", "carats"))
    return (value / carats).quantize(CENT)


def _is_active(participant: Participant, on: date) -> bool:
    return any(one.status is Status.ACTIVE and one.holds_on(on) for one in reference.status_history(participant.code))


def _exporter(row: dict[str, object], active: dict[str, Participant]) -> Exporter:
    code, said = str(row["code"]), row.get("usd_per_carat")
    destinations: dict[str, int] = row["destinations"]  # type: ignore[assignment]  # TOML is untyped; a test reads the file
    return Exporter(
        participant=active[code],
        shipments=int(str(row["shipments"])),
        carats=int(str(row["carats"])),
        port=str(row["port"]),
        usd_per_carat=Decimal(str(said)) if said else price_of_2023(code),
        mixed=said is not None,
        destinations={name: weight for name, weight in destinations.items() if name in active},
    )
