"""What is sent in the tests of crashes: submissions of every kind, each with the one outcome that it must have."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from string import ascii_uppercase

from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.certificates import ConfirmImport, ExportCertificate, ValidateCertificate
from contracts.statistics import FileProductionReturn, HistoricalImport, ProductionLine
from tests.unit.worked import CONFIRM, EXPORT, VALIDATE
from tests.world import World

ACCEPTED = "ACCEPTED"
DEAD = frozenset({"E_SIGNATURE", "E_KEY_UNKNOWN", "E_CLAIMS_MISMATCH", "E_ENVELOPE"})
"""The outcomes that are dead letters."""

# Codes that ISO 3166 leaves to users, for participants and returns that no certificate depends on.
BYSTANDERS = [*(f"X{letter}" for letter in ascii_uppercase), *(f"Q{letter}" for letter in ascii_uppercase[12:])]
_STRANGER = SigningKey.make("AO-A", "never-registered")


@dataclass(frozen=True, slots=True)
class Planned:
    """A submission, and the outcome it must have: `ACCEPTED`, or the code of its rejection or dead letter."""

    sealed: Sealed
    outcome: str = ACCEPTED

    @property
    def signed(self) -> str:
        """The statement itself; what has the same bytes is the same statement, however often it is sent."""
        return self.sealed.event.data.decode()


@dataclass(frozen=True, slots=True)
class _Life:
    """One certificate's five good submissions, and what else may be said about it."""

    world: World
    number: str
    steps: Sequence[Sealed]

    def overweight(self) -> Planned:
        return Planned(self.world.issue(self.number, carats="1250.01"), "E_SUM_MISMATCH")

    def issued_again(self) -> Planned:
        return Planned(self.world.issue(self.number), "E_CERT_NUMBER_DUPLICATE")

    def exported_early(self) -> Planned:
        return Planned(self._export(), "E_CERTIFICATE_TRANSITION")

    def validated_by_the_importer(self) -> Planned:
        return Planned(self._validate("AE"), "E_FORBIDDEN_AUTHORITY")

    def confirmed_short(self) -> Planned:
        short = {**CONFIRM, "measuredCarats": "1000.00"}
        return Planned(self.world.step(ConfirmImport, short, self.number, "AE"), "E_NOT_CONFIRMABLE")

    def confirmed_again(self) -> Planned:
        return Planned(self.world.step(ConfirmImport, CONFIRM, self.number, "AE"), "E_ALREADY_CONFIRMED")

    def under_a_used_id(self) -> Planned:
        data = ExportCertificate.model_validate(EXPORT)
        reused = build(self.world.keys["AO"], data, self.number, submission_id=self.steps[0].id)
        return Planned(reused, "E_ID_REUSED")

    def forged(self) -> Planned:
        body, _, _ = self._validate().event.data.rpartition(b".")
        return self._altered("E_SIGNATURE", data=body + b"." + self.steps[0].event.data.rpartition(b".")[2])

    def by_a_stranger(self) -> Planned:
        return Planned(replace(self.world, keys={"AO": _STRANGER}).issue(self.number), "E_KEY_UNKNOWN")

    def mislabelled(self) -> Planned:
        return self._altered("E_CLAIMS_MISMATCH", type="certificate.export.v1")

    def unsealed(self) -> Planned:
        return self._altered("E_ENVELOPE", data=f"not sealed: {self.number}".encode())

    def _altered(self, outcome: str, **changed: object) -> Planned:
        sealed = self._validate()
        return Planned(replace(sealed, event=replace(sealed.event, **changed)), outcome)  # type: ignore[arg-type]

    def _validate(self, by: str = "AO") -> Sealed:
        return self.world.step(ValidateCertificate, VALIDATE, self.number, by)

    def _export(self) -> Sealed:
        return self.world.step(ExportCertificate, EXPORT, self.number, "AO")


# What else is said, and before which of the five steps. Each of it about one certificate in twenty.
_MORE: Sequence[tuple[int, Callable[[_Life], Planned]]] = (
    (0, _Life.overweight),
    (1, _Life.issued_again),
    (1, _Life.exported_early),
    (1, _Life.validated_by_the_importer),
    (4, _Life.confirmed_short),
    (5, _Life.confirmed_again),
    (3, lambda life: Planned(life.steps[1])),
    (5, lambda life: Planned(life.steps[4])),
    (4, _Life.under_a_used_id),
    (2, _Life.forged),
    (2, _Life.by_a_stranger),
    (2, _Life.mislabelled),
    (2, _Life.unsealed),
)
_ONE_IN = 20


def certificates(world: World, count: int, first: int = 1_000) -> list[list[Planned]]:
    """Build the lives of certificates; thirteen in twenty have something bad or repeated among their five steps."""
    return [_life(world, serial) for serial in range(first, first + count)]


def _life(world: World, serial: int) -> list[Planned]:
    life = _Life(world, f"AO{serial}", world.life(f"AO{serial}"))
    planned = [Planned(one) for one in life.steps]
    if serial % _ONE_IN < len(_MORE):
        place, more = _MORE[serial % _ONE_IN]
        planned.insert(place, more(life))
    return planned


def participants(world: World) -> list[list[Planned]]:
    """Found participants whom no certificate concerns, each admitted once too often."""
    keys = {code: SigningKey.make(f"{code}-A", "1") for code in BYSTANDERS}
    others = replace(world, keys=keys)
    first, again = others.founding()[:-1], others.founding()[:-1]
    each = len(first) // len(keys)
    return [
        [*map(Planned, first[at : at + each]), Planned(again[at], "E_PARTICIPATION_TRANSITION")]
        for at in range(0, len(first), each)
    ]


def returns(world: World) -> list[list[Planned]]:
    """File production returns of five half-years, the last of them twice."""
    good = {code: [Planned(_filed(world, code, year)) for year in range(2020, 2025)] for code in BYSTANDERS}
    return [[*some, Planned(_filed(world, code, 2024), "E_DUPLICATE_SUBMISSION")] for code, some in good.items()]


def _filed(world: World, code: str, year: int) -> Sealed:
    line = ProductionLine(sector="TOTAL", carats=Decimal("12.50"), value_usd=Decimal("1250.00"))
    source = HistoricalImport(source="made up for tests")
    data = FileProductionReturn(code=code, period=f"{year}-H1", nil=False, lines=[line], historical=source)
    return build(world.secretariat, data)


def mingled(lives: Iterable[list[Planned]], chance: random.Random) -> list[Planned]:
    """Bring many lives into one order by chance; the order within each life stays."""
    waiting = [life[::-1] for life in lives]
    turns = [index for index, life in enumerate(waiting) for _ in life]
    chance.shuffle(turns)
    return [waiting[index].pop() for index in turns]
