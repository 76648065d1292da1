"""How an example is told: who said what and when the log received it, and what was true before and after."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import jws
from contracts.catalogue import FACTS, SUBMISSIONS, SubmissionType
from contracts.cloudevents import JOSE, CloudEvent
from contracts.facts import Cause, OutgoingFact, compose
from contracts.submission import Claims, Signer, write_claims
from contracts.values import State, Wire

# The key pair that RFC 8037 publishes (appendix A.1): anyone can verify the examples, and nobody may register it.
PUBLIC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
_PRIVATE = Ed25519PrivateKey.from_private_bytes(jws.b64decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
_KINDS = {kind.data: kind for kind in SUBMISSIONS.values()}

SECRETARIAT = Signer("kps-2026-1", "KPS-GABORONE", "KPS", frozenset({"SECRETARIAT"}))


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission as it was sent; `received_at` is when the log received it, UTC."""

    signer: Signer
    subject: str
    received_at: datetime
    data: Wire

    @property
    def kind(self) -> SubmissionType:
        """The entry of the catalogue, which follows from the class of `data`."""
        return _KINDS[type(self.data)]

    @property
    def id(self) -> str:
        """A UUIDv7 (RFC 9562 §5.7) with no chance in it: its random bits are the place in the catalogue."""
        milliseconds, place = int(self.received_at.timestamp() * 1000), list(SUBMISSIONS).index(self.kind.name)
        return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7000-8000-{place:012x}"

    @property
    def claims(self) -> Claims:
        """What is signed; a field without a value is left out, as a participant's system does."""
        fields = self.data.model_dump(mode="json", exclude_none=True)
        at = int(self.received_at.timestamp())
        return Claims(self.signer.authority, self.id, self.subject, self.kind.name, at, fields)

    @property
    def event(self) -> CloudEvent:
        """The event that carries the signed claims."""
        token = jws.sign(write_claims(self.claims), self.signer.kid, _PRIVATE)
        time = self.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return CloudEvent(self.id, self.kind.name, self.signer.authority, self.subject, token, JOSE, time)

    @property
    def cause(self) -> Cause:
        """What the fact says of the submission behind it."""
        return Cause(self.id, self.subject, self.signer, self.received_at, self.event.data)


@dataclass(frozen=True, slots=True)
class Step:
    """One submission in the life of an aggregate, from what was true before to `version`, which is true after."""

    before: State | None
    sent: Sent
    version: int
    change: Wire
    after: State

    def fact(self) -> OutgoingFact:
        """Write the fact that the submission became."""
        state = self.after.model_dump_json().encode()
        return compose(FACTS[self.sent.kind.becomes], self.sent.cause, self.version, state, self.change, ())
