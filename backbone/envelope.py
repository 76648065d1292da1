"""Turns Kafka records into submissions; nothing it is given can make it raise."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from aiokafka import ConsumerRecord

from contracts import jws
from contracts.cloudevents import JOSE, CloudEvent, MalformedEvent, from_kafka
from contracts.facts import Cause, Fact, read
from contracts.submission import Claims, ClaimsMismatch, Signer, read_claims

Record = ConsumerRecord[bytes, bytes]


@dataclass
class Arrival:
    """A record that is a sealed submission; `signer` and `claims` stand once the signature is verified."""

    record: Record
    event: CloudEvent
    token: jws.Jws
    signer: Signer | None = None
    claims: Claims | None = None

    @cached_property
    def received_at(self) -> datetime:
        """When the log received it (LogAppendTime), UTC."""
        return received_at(self.record)

    @property
    def sealed(self) -> Claims:
        """The claims of a verified arrival."""
        if self.claims is None:
            raise RuntimeError("the claims of an unverified submission were asked for")
        return self.claims

    def cause(self) -> Cause:
        """What the facts that follow from it say of it."""
        if self.signer is None:
            raise RuntimeError("the signer of an unverified submission was asked for")
        event, correlation = self.event, self.event.extensions.get("correlationid", "")
        return Cause(event.id, event.subject, self.signer, self.received_at, event.data, correlation, event.traceparent)


@dataclass(slots=True)
class Dead:
    """A record that cannot be taken: why, and, when the signature stands, who sent it and what it said."""

    record: Record
    code: str
    message: str
    claimed_id: str = ""
    signer: Signer | None = None
    claims: Claims | None = None

    @property
    def place(self) -> str:
        """Where the record stands in the log; the one name that nobody but the log gave it."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"


def received_at(record: Record) -> datetime:
    """Say when the log received a record, UTC."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def read_submission(record: Record) -> Arrival | Dead:
    """Read a record as a sealed submission; whatever else it is becomes a dead letter."""
    try:
        event = from_kafka(record.headers, record.value)
    except MalformedEvent as error:
        return Dead(record, "E_ENVELOPE", str(error))
    if not event.content_type.startswith(JOSE):
        return Dead(record, "E_ENVELOPE", f"the content type must be {JOSE}", event.id)
    try:
        return Arrival(record, event, jws.parse(event.data))
    except jws.MalformedJws as error:
        return Dead(record, "E_ENVELOPE", str(error), event.id)


def open_claims(arrival: Arrival, signer: Signer) -> Arrival | Dead:
    """Read the claims of a verified arrival and hold them against its envelope (design §3)."""
    try:
        claims = read_claims(arrival.token.payload)
    except ClaimsMismatch as error:
        return Dead(arrival.record, "E_CLAIMS_MISMATCH", str(error), arrival.event.id, signer)
    differing = _differences(arrival, claims, signer)
    if differing:
        message = f"signed claims and envelope differ in: {', '.join(differing)}"
        return Dead(arrival.record, "E_CLAIMS_MISMATCH", message, claims.id, signer, claims)
    arrival.signer, arrival.claims = signer, claims
    return arrival


def _differences(arrival: Arrival, claims: Claims, signer: Signer) -> list[str]:
    event, key = arrival.event, (arrival.record.key or b"").decode("utf-8", "replace")
    pairs = (
        ("ce_id", event.id, claims.id),
        ("ce_type", event.type, claims.type),
        ("ce_subject", event.subject, claims.subject),
        ("ce_source", event.source, claims.issuer),
        ("key", key, claims.subject),
        ("iss", signer.authority, claims.issuer),
    )
    return [name for name, said, signed in pairs if said != signed]


def read_fact(record: Record) -> Fact:
    """Read a record of a facts topic."""
    return read(record.headers, record.value)
