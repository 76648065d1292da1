"""A small world for tests: Angola, the Emirates and a suspended CAR, with authorities, keys and serial ranges."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.certificates import (
    ArriveCertificate,
    ConfirmImport,
    ExportCertificate,
    IssueCertificate,
    ValidateCertificate,
)
from contracts.participants import (
    AdmitParticipant,
    AllocateSerialRange,
    ChangeStatus,
    DecisionRef,
    RegisterAuthority,
)
from contracts.values import Wire
from tests.unit.worked import ARRIVE, CONFIRM, EXPORT, VALIDATE, W1

DECISION = DecisionRef(
    ref="KP/TEST/1", body="PLENARY", kind="AD", adopted_on=date(2003, 1, 1), title="a decision", source="a test"
)
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
ROLES: list[Any] = ["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY", "FOCAL_POINT"]


@dataclass(slots=True)
class World:
    """The keys of a small world, and the submissions that set it up."""

    secretariat: SigningKey
    keys: dict[str, SigningKey] = field(default_factory=dict[str, SigningKey])

    @classmethod
    def load(cls, secretariat: Path) -> "World":
        """Make a world under the Secretariat's key."""
        codes = ("AO", "AE", "CF")
        return cls(SigningKey.load(secretariat), {code: SigningKey.make(f"{code}-A", "1") for code in codes})

    def founding(self) -> list[Sealed]:
        """Every submission that sets the world up, in order."""
        made = [self._by_secretariat(data, code) for code in self.keys for data in self._of(code)]
        suspension = ChangeStatus(
            to="SUSPENDED",
            effective_from=date(2013, 5, 23),
            scope="all exports",
            flows=["EXPORT"],
            retroactive=True,
            decision=DECISION,
        )
        return [*made, self._by_secretariat(suspension, "CF")]

    def _of(self, code: str) -> Iterable[Wire]:
        begins = date(2003, 1, 1)
        yield AdmitParticipant(
            code=code,
            name=code,
            kind="PARTICIPANT",
            effective_from=begins,
            kpc_prefixes=[code],
            producer=True,
            decision=DECISION,
        )
        yield RegisterAuthority(authority_id=f"{code}-A", name=code, office=code, roles=ROLES, valid_from=begins)
        yield self.keys[code].registration(datetime(2025, 1, 1, tzinfo=UTC))
        yield AllocateSerialRange(year=2014, prefix=code, first=1, last=99)
        yield AllocateSerialRange(year=2026, prefix=code, first=100, last=9_999_999)

    def _by_secretariat(self, data: Wire, code: str) -> Sealed:
        return build(self.secretariat, data, code, issued_at=MOMENT)

    def issue(self, number: str = "AO000123", by: str = "AO", **changes: Any) -> Sealed:
        """A certificate as in the worked example W1, issued by the key of `by`."""
        data = IssueCertificate.model_validate({**W1, "number": number, **changes})
        return build(self.keys[by], data, issued_at=MOMENT)

    def step(self, kind: type[Wire], data: Mapping[str, Any], number: str, by: str) -> Sealed:
        """One more step of a certificate's life."""
        return build(self.keys[by], kind.model_validate(data), number, issued_at=MOMENT)

    def life(self, number: str) -> list[Sealed]:
        """The five submissions that take a certificate from issue to confirmation."""
        return [
            self.issue(number),
            self.step(ValidateCertificate, VALIDATE, number, "AO"),
            self.step(ExportCertificate, EXPORT, number, "AO"),
            self.step(ArriveCertificate, ARRIVE, number, "AE"),
            self.step(ConfirmImport, CONFIRM, number, "AE"),
        ]
