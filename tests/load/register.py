"""The register under the load: every real participant, with one authority, one key and one serial range each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import reference
from client.keys import SigningKey
from contracts.catalogue import FACTS
from contracts.facts import Cause, OutgoingFact, compose
from contracts.participants import (
    Admitted,
    Authority,
    DecisionRef,
    Key,
    MemberState,
    Participant,
    SerialRange,
    StatusInterval,
)
from contracts.submission import Signer

LAST_SERIAL = 999_999
_BEGAN = date(2003, 1, 1)
_SINCE = datetime(2003, 1, 1, tzinfo=UTC)
_SECRETARIAT = Signer("", "KPS-GABORONE", "KPS", frozenset({"SECRETARIAT"}))
_DECISION = DecisionRef(
    ref="LOAD-1", body="PLENARY", kind="AD", adopted_on=_BEGAN, title="Admission", source="the load's own register"
)


@dataclass(frozen=True, slots=True)
class Register:
    """Keys and facts that follow from one seed, so that every process makes the same ones; `year` has the serials."""

    seed: bytes
    year: int

    def key(self, code: str) -> SigningKey:
        """The key of the one authority of a participant."""
        private = Ed25519PrivateKey.from_private_bytes(sha256(self.seed + code.encode()).digest())
        authority = f"{code}-AUTHORITY"
        return SigningKey(f"{authority}/load", authority, code, private)

    def facts(self) -> list[OutgoingFact]:
        """One `participant.admitted.v1` for each participant, carrying its whole state."""
        return [self._fact(one.code) for one in reference.participants()]

    def _fact(self, code: str) -> OutgoingFact:
        state = self._state(code)
        cause = Cause(f"load/{code}", code, _SECRETARIAT, _SINCE)
        change = Admitted(participant=state, status=state.statuses[0])
        return compose(FACTS["participant.admitted.v1"], cause, 1, state.model_dump_json().encode(), change, ())

    def _state(self, code: str) -> Participant:
        known = next(one for one in reference.participants() if one.code == code)
        members = reference.union_members() if code == "EU" else ()
        return Participant(
            code=code,
            name=known.name,
            kind="REIO" if code == "EU" else "PARTICIPANT",
            since=_BEGAN,
            precision="YEAR",
            kpc_prefixes=[code],
            validity=known.validity,
            producer=known.producer,
            member_states=[MemberState(code=one.code, effective_from=_BEGAN) for one in members],
            admission=_DECISION,
            statuses=[_active()],
            authorities=[self._authority(code)],
            serial_ranges=[SerialRange(year=self.year, prefix=code, first=1, last=LAST_SERIAL)],
        )

    def _authority(self, code: str) -> Authority:
        key = self.key(code)
        return Authority(
            authority_id=key.authority,
            name=f"Diamond authority of {code}",
            office="Head office",
            roles=["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY"],
            valid_from=_BEGAN,
            keys=[Key(kid=key.kid, x=key.x, valid_from=_SINCE)],
        )


def _active() -> StatusInterval:
    return StatusInterval(
        status="ACTIVE",
        effective_from=_BEGAN,
        scope="all trade",
        flows=["EXPORT", "IMPORT"],
        decision=_DECISION,
        recorded_at=_SINCE,
    )
