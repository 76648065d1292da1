"""Builds a submission from a contract's model and seals it: the exact bytes that Kafka and the gateway take."""

from dataclasses import dataclass
from datetime import UTC, datetime

import uuid_utils

from client.errors import Mistake
from client.keys import SigningKey
from contracts import jws
from contracts.catalogue import SUBMISSIONS
from contracts.certificates import IssueCertificate, certificate_key
from contracts.cloudevents import JOSE, CloudEvent
from contracts.participants import AdmitParticipant
from contracts.statistics import FileProductionReturn, return_key
from contracts.submission import Claims, write_claims
from contracts.values import SECRETARIAT, Wire

_KINDS = {kind.data: kind for kind in SUBMISSIONS.values()}
_CERTIFICATES = "certificates.submissions"
_PARTICIPANTS = "participants.submissions"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed submission. Keep it until it is answered: sent again as it is, it counts once; built again, twice.

    `topic` is without namespace; `event.data` is the compact JWS; the Kafka key is `event.subject`.
    """

    topic: str
    event: CloudEvent

    @property
    def id(self) -> str:
        """The id under which the outcome is asked for."""
        return self.event.id


def build(
    key: SigningKey,
    data: Wire,
    subject: str | None = None,
    *,
    submission_id: str | None = None,
    issued_at: datetime | None = None,
    traceparent: str = "",
) -> Sealed:
    """Build and sign a submission; type and topic follow from the class of `data` (`contracts.catalogue`).

    `subject` names the aggregate: a certificate's number in any print form, or a participant's code. It is derived
    where `data` says it. `issued_at` is now, and the id a new UUIDv7, unless given. Raises `Mistake`.
    """
    kind = _KINDS.get(type(data))
    if kind is None:
        raise Mistake("E_TYPE_UNKNOWN", type(data).__name__, "Give the data of a submission that the contracts list.")
    subject = _subject(kind.topic, key, data, subject)
    identity = submission_id or str(uuid_utils.uuid7())
    at = (issued_at or datetime.now(UTC)).astimezone(UTC)
    fields = data.model_dump(mode="json", exclude_none=True)
    claims = Claims(key.authority, identity, subject, kind.name, int(at.timestamp()), fields)
    token = jws.sign(write_claims(claims), key.kid, key.private)
    time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event = CloudEvent(identity, kind.name, key.authority, subject, token, JOSE, time, traceparent=traceparent)
    return Sealed(kind.topic, event)


def _subject(topic: str, key: SigningKey, data: Wire, said: str | None) -> str:
    if isinstance(data, IssueCertificate):
        return certificate_key(data.number)
    if isinstance(data, FileProductionReturn):
        return return_key(data.code, "PRODUCTION", data.period)
    if isinstance(data, AdmitParticipant):
        return data.code
    if said:
        return certificate_key(said) if topic == _CERTIFICATES else said
    if topic == _PARTICIPANTS and key.participant != SECRETARIAT:
        return key.participant
    raise Mistake("E_SUBJECT_MISSING", "subject", "Say which certificate (its number) or participant (its code).")
