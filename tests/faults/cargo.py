"""What is sent in the tests of crashes: submissions of every kind, each with the one outcome that it must have."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from string import ascii_uppercase

from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.statistics import FileProductionReturn, HistoricalImport, ProductionLine
from contracts.values import Wire
from tests.faults.cast import Cast, enrol
from tests.faults.life import Life

ACCEPTED = "ACCEPTED"
EXPORTERS, IMPORTERS = ("AO", "BW", "NA"), ("AE", "IN")
# Codes that ISO 3166 leaves to users, for participants and returns that nobody's certificates depend on.
BYSTANDERS = [*(f"X{letter}" for letter in ascii_uppercase), *(f"Q{letter}" for letter in ascii_uppercase[12:])]


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
class _Author:
    """Builds the submissions of one certificate, good and bad."""

    cast: Cast
    life: Life
    stranger: SigningKey

    def steps(self) -> list[Planned]:
        """The five that are accepted, in their order."""
        life = self.life
        exporter = [self.by(life.issuer, data) for data in (life.issue(), life.validate(), life.export())]
        return [*exporter, *(self.by(life.destination, data) for data in (life.arrive(), life.confirm()))]

    def by(self, code: str, data: Wire, outcome: str = ACCEPTED) -> Planned:
        return Planned(build(self.cast.keys[code], data, self.life.number), outcome)

    def reused(self, first: Planned) -> Planned:
        """Other bytes under an id that was answered."""
        key, life = self.cast.keys[self.life.issuer], self.life
        return Planned(build(key, life.export(), life.number, submission_id=first.sealed.id), "E_ID_REUSED")

    def forged(self) -> Planned:
        """A statement under which another one's signature stands."""
        mine, other = self._validation(), self._validation()
        body, _, _ = mine.event.data.rpartition(b".")
        token = body + b"." + other.event.data.rpartition(b".")[2]
        return Planned(replace(mine, event=replace(mine.event, data=token)), "E_SIGNATURE")

    def by_a_stranger(self) -> Planned:
        """A statement under a key that nobody registered."""
        return Planned(build(self.stranger, self.life.validate(), self.life.number), "E_KEY_UNKNOWN")

    def mislabelled(self) -> Planned:
        """A true statement in an envelope that says otherwise."""
        mine = self._validation()
        return Planned(
            replace(mine, event=replace(mine.event, type="certificate.export.v1")), "E_CLAIMS_MISMATCH"
        )

    def unsealed(self) -> Planned:
        """Text where a sealed statement should be."""
        mine = self._validation()
        token = f"not sealed: {self.life.number}".encode()
        return Planned(replace(mine, event=replace(mine.event, data=token)), "E_ENVELOPE")

    def _validation(self) -> Sealed:
        return build(self.cast.keys[self.life.issuer], self.life.validate(), self.life.number)


# Where in a certificate's life something else is put in, and what. Each is done to one certificate in twenty.
_Fault = tuple[int, Callable[[_Author, Sequence[Planned]], Planned]]
_FAULTS: tuple[_Fault, ...] = (
    (0, lambda a, _: a.by(a.life.issuer, a.life.issue(a.life.carats + 1), "E_SUM_MISMATCH")),
    (1, lambda a, _: a.by(a.life.issuer, a.life.issue(), "E_CERT_NUMBER_DUPLICATE")),
    (1, lambda a, _: a.by(a.life.issuer, a.life.export(), "E_CERTIFICATE_TRANSITION")),
    (1, lambda a, _: a.by(a.life.destination, a.life.validate(), "E_FORBIDDEN_AUTHORITY")),
    (4, lambda a, _: a.by(a.life.destination, a.life.confirm(a.life.carats + Decimal(5)), "E_NOT_CONFIRMABLE")),
    (5, lambda a, _: a.by(a.life.destination, a.life.confirm(), "E_ALREADY_CONFIRMED")),
    (3, lambda _, steps: steps[1]),
    (5, lambda _, steps: steps[4]),
    (4, lambda a, steps: a.reused(steps[0])),
    (2, lambda a, _: a.forged()),
    (2, lambda a, _: a.by_a_stranger()),
    (2, lambda a, _: a.mislabelled()),
    (2, lambda a, _: a.unsealed()),
)
_ONE_IN = 20


def certificates(cast: Cast, count: int) -> list[list[Planned]]:
    """Build the lives of certificates, something bad or repeated among the five steps of most kinds of them."""
    stranger = SigningKey.make("AO-STRANGER", "1")
    return [list(_life(cast, serial, stranger)) for serial in range(1, count + 1)]


def _life(cast: Cast, serial: int, stranger: SigningKey) -> Iterator[Planned]:
    life = Life(EXPORTERS[serial % len(EXPORTERS)], IMPORTERS[serial % len(IMPORTERS)], serial)
    author = _Author(cast, life, stranger)
    steps = author.steps()
    kind = serial % _ONE_IN
    if kind < len(_FAULTS):
        place, bad = _FAULTS[kind]
        steps = [*steps[:place], bad(author, steps), *steps[place:]]
    yield from steps


def participants(cast: Cast) -> list[list[Planned]]:
    """Enrol participants whom no certificate concerns, each admitted once too often."""
    lives: list[list[Planned]] = []
    for code in BYSTANDERS:
        key = SigningKey.make(f"{code}-AUTHORITY", "1")
        steps = [Planned(one) for one in enrol(cast.secretariat, key)]
        again = enrol(cast.secretariat, key)[0]
        lives.append([*steps, Planned(again, "E_PARTICIPATION_TRANSITION")])
    return lives


def returns(cast: Cast) -> list[list[Planned]]:
    """File production returns of five half-years, the last of them twice."""
    return [[*map(Planned, _filed(cast, code)), _again(cast, code)] for code in BYSTANDERS]


def _filed(cast: Cast, code: str) -> list[Sealed]:
    return [build(cast.secretariat, _return(code, f"20{year}-H1")) for year in range(20, 25)]


def _again(cast: Cast, code: str) -> Planned:
    return Planned(build(cast.secretariat, _return(code, "2024-H1")), "E_DUPLICATE_SUBMISSION")


def _return(code: str, period: str) -> FileProductionReturn:
    line = ProductionLine(sector="TOTAL", carats=Decimal("12.50"), value_usd=Decimal("1250.00"))
    source = HistoricalImport(source="made up for tests")
    return FileProductionReturn(code=code, period=period, nil=False, lines=[line], historical=source)


def mingled(lives: Iterable[list[Planned]], chance: random.Random) -> list[Planned]:
    """Bring many lives into one order by chance; the order within each life stays."""
    waiting = [life[::-1] for life in lives]
    weights = [index for index, life in enumerate(waiting) for _ in life]
    chance.shuffle(weights)
    return [waiting[index].pop() for index in weights]
