"""Who acts in these tests: the Secretariat with its key, and participants whom it registers over the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.participants import (
    AdmitParticipant,
    AllocateSerialRange,
    DecisionRef,
    RegisterAuthority,
    RegisterKey,
)
from deploy.local import anchor

YEAR = 2024
LAST_SERIAL = 9_999
_BEGAN = date(2003, 1, 1)
_SINCE = datetime(2025, 1, 1, tzinfo=UTC)
DECISION = DecisionRef(
    ref="T-1", body="PLENARY", kind="AD", adopted_on=_BEGAN, title="Admission", source="a decision made up for tests"
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The Secretariat's key, and one key for each participant, by its code."""

    secretariat: SigningKey
    keys: Mapping[str, SigningKey]

    @classmethod
    def of(cls, root: Path, codes: Sequence[str]) -> "Cast":
        """Make keys for participants, beside the Secretariat's of the stack under `root`."""
        anchor.ensure(root)
        secretariat = SigningKey.load(anchor.secretariat_key(root))
        return cls(secretariat, {code: SigningKey.make(f"{code}-AUTHORITY", "1") for code in codes})

    def register(self) -> list[Sealed]:
        """Build what makes every participant known, with its authority, its key and its serials."""
        return [one for key in self.keys.values() for one in enrol(self.secretariat, key)]


def enrol(secretariat: SigningKey, key: SigningKey) -> list[Sealed]:
    """Build the four submissions that let a participant act, in their order."""
    admit = AdmitParticipant(
        code=key.participant,
        name=f"Participant {key.participant}",
        kind="PARTICIPANT",
        effective_from=_BEGAN,
        kpc_prefixes=[key.participant],
        producer=True,
        decision=DECISION,
    )
    authority = RegisterAuthority(
        authority_id=key.authority,
        name=f"Diamond authority of {key.participant}",
        office="Head office",
        roles=["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY"],
        valid_from=_BEGAN,
    )
    registration: RegisterKey = key.registration(_SINCE)
    serials = AllocateSerialRange(year=YEAR, prefix=key.participant, first=1, last=LAST_SERIAL)
    return [build(secretariat, data, key.participant) for data in (admit, authority, registration, serials)]
