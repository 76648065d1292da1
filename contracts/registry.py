"""The register as every service reads it from facts: keys and whose they are, participants, who may trade."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.facts import Fact
from contracts.jws import public_key
from contracts.participants import Authority, Key, MemberState, Participant
from contracts.submission import GABORONE, Signer
from contracts.trade_permission import Permission, can_trade, in_force
from contracts.values import Flow

TOPIC = "participants.facts"


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A public key, whose it is, and the instants `[valid_from, valid_to)` in which the log must have received."""

    signer: Signer
    public: Ed25519PublicKey
    valid_from: datetime
    valid_to: datetime | None

    def counts_at(self, received_at: datetime) -> bool:
        """Say whether a signature under this key is taken for a record received at that instant."""
        return self.valid_from <= received_at and (self.valid_to is None or received_at < self.valid_to)


class Registry:
    """Participants and keys, kept from facts. Reads are dictionary look-ups."""

    def __init__(self, anchors: Iterable[RegisteredKey] = ()) -> None:
        self._anchors = {key.signer.kid: key for key in anchors}
        self._keys = dict(self._anchors)
        self._participants: dict[str, tuple[int, Participant]] = {}
        self._memberships: dict[str, list[tuple[str, MemberState]]] = {}
        # The same few corridors and days are asked for again and again; any change to the register empties it.
        self._answers: dict[tuple[str, Flow, date], Permission] = {}

    def take(self, fact: Fact) -> None:
        """Take in a fact of the register's topic; a rejection among them changes nothing."""
        if fact.sequence:
            self.record(fact.sequence, Participant.read(fact.data))

    def record(self, version: int, participant: Participant) -> None:
        """Take in one participant's state; an older version than the known one is ignored."""
        known, before = self._participants.get(participant.code, (0, None))
        if version <= known:
            return
        self._participants[participant.code] = (version, participant)
        self._answers.clear()
        for key in _keys_of(before) if before else ():
            self._keys.pop(key.signer.kid, None)
        self._keys.update({key.signer.kid: key for key in _keys_of(participant)})
        if participant.member_states or (before and before.member_states):
            self._index_memberships()

    def _index_memberships(self) -> None:
        self._memberships = {}
        for one in self.participants():
            for member in one.member_states:
                self._memberships.setdefault(member.code, []).append((one.code, member))

    def key(self, kid: str) -> RegisteredKey | None:
        """Find a key by its id."""
        return self._keys.get(kid)

    def keys(self) -> list[RegisteredKey]:
        """List every key that was ever registered, the trust anchors first."""
        return list(self._keys.values())

    def participant(self, code: str) -> Participant | None:
        """Find a participant by its code."""
        return self._participants.get(code, (0, None))[1]

    def participants(self) -> list[Participant]:
        """List every participant."""
        return [participant for _, participant in self._participants.values()]

    def resolve(self, code: str, on: date) -> str:
        """Name the participant that answers for a country on a date: `BE` is the EU, `GB` was until 2021."""
        for organisation, member in self._memberships.get(code, ()):
            if in_force((member,), on):
                return organisation
        return code

    def can_trade(self, code: str, flow: Flow, on: date) -> Permission:
        """Answer whether a country may trade on a date (domain.md §7.4)."""
        asked = (code, flow, on)
        answer = self._answers.get(asked)
        if answer is None:
            resolved = self.resolve(code, on)
            answer = self._answers[asked] = can_trade(self.participant(resolved), resolved, flow, on)
        return answer


def _keys_of(participant: Participant) -> list[RegisteredKey]:
    return [_registered(participant, authority, key) for authority in participant.authorities for key in authority.keys]


def _registered(participant: Participant, authority: Authority, key: Key) -> RegisteredKey:
    roles = frozenset[str](authority.roles)
    signer = Signer(key.kid, authority.authority_id, participant.code, roles)
    ends = [end for end in (key.valid_to, _midnight(authority.valid_to)) if end]
    return RegisteredKey(signer, public_key(key.x), key.valid_from, min(ends, default=None))


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, GABORONE).astimezone(UTC) if day else None


def read_anchors(jwks: bytes) -> list[RegisteredKey]:
    """Read the trust anchors: a JWK Set whose keys carry `kp:authority`, `kp:participant`, `kp:roles`, `kp:from`."""
    document: dict[str, list[dict[str, Any]]] = orjson.loads(jwks)
    return [_anchor(jwk) for jwk in document["keys"]]


def _anchor(jwk: dict[str, Any]) -> RegisteredKey:
    signer = Signer(jwk["kid"], jwk["kp:authority"], jwk["kp:participant"], frozenset(jwk["kp:roles"]))
    return RegisteredKey(signer, public_key(jwk["x"]), datetime.fromisoformat(jwk["kp:from"]), None)
