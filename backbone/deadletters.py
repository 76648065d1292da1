"""Where records go that cannot be taken, and where aggregates wait whose next submission hit a bug."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from backbone.envelope import Arrival, Dead, Record, received_at
from backbone.kafka import Publisher
from backbone.mongo import DeleteOne, Document, IndexModel, Store, UpdateOne
from contracts.facts import Cause, OutgoingFact, compose_refusal
from contracts.outcome import refuse

TOPIC = "dead-letters"
PARKED = "parked"
_OURS = "kp_dead_"


async def publish_dead(publisher: Publisher, dead: Iterable[Dead]) -> None:
    """Publish dead letters: the original bytes and headers, with where they stood and why they were not taken."""
    await publisher.publish_raw([_letter(letter) for letter in dead])


def _letter(dead: Dead) -> tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]:
    record = dead.record
    added = {
        "reason": dead.code,
        "message": dead.message,
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "received": str(record.timestamp),
        "claimed_id": dead.claimed_id,
    }
    headers = [(f"{_OURS}{name}", text.encode()) for name, text in added.items()]
    return TOPIC, record.key, record.value, [*record.headers, *headers]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as read back: `id` is where the record stood, and so the same after every redelivery."""

    id: str
    reason: str
    message: str
    topic: str
    claimed_id: str
    received_ms: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def read_dead(record: Record) -> DeadLetter:
    """Read a record of the dead-letter topic."""
    ours = {name[len(_OURS) :]: raw.decode() for name, raw in record.headers if name.startswith(_OURS)}
    return DeadLetter(
        id=f"{ours['topic']}/{ours['partition']}/{ours['offset']}",
        reason=ours["reason"],
        message=ours["message"],
        topic=ours["topic"],
        claimed_id=ours["claimed_id"],
        received_ms=int(ours["received"]),
        key=record.key,
        value=record.value,
        headers=[(name, raw) for name, raw in record.headers if not name.startswith(_OURS)],
    )


def answer_dead(service: str, dead: Sequence[Dead]) -> list[OutgoingFact]:
    """Answer dead letters whose sender is known: the signature stands, but the envelope says otherwise.

    Filed under the place of the record, not the id it claims: else a copied statement in a false envelope
    could take away the answer to the true one.
    """
    answers: list[OutgoingFact] = []
    for one in dead:
        if one.signer and one.claims:
            cause = Cause(f"dead/{one.place}", one.claims.subject, one.signer, received_at(one.record))
            answers.append(compose_refusal(service, cause, one.claims, [refuse(one.code, "", one.message)]))
    return answers


@dataclass(slots=True)
class Parking:
    """The parked submissions of a batch's aggregates, in their order; only the first of each may be tried again."""

    queues: dict[str, list[str]]
    newly: dict[str, UpdateOne] = field(default_factory=dict[str, UpdateOne])
    released: list[str] = field(default_factory=list[str])

    def holds(self, arrival: Arrival) -> bool:
        """Say whether the submission must wait behind another one of its aggregate."""
        queue = self.queues.get(arrival.event.subject)
        return bool(queue) and queue[0] != arrival.event.id

    def park(self, arrival: Arrival, error: str) -> None:
        """Let a submission wait for an operator; parking it twice changes nothing."""
        queue = self.queues.setdefault(arrival.event.subject, [])
        if arrival.event.id not in queue:
            queue.append(arrival.event.id)
        self.newly[arrival.event.id] = _parked(arrival, error)

    def release(self, arrival: Arrival) -> None:
        """Take a submission out of its queue: it has an answer now."""
        queue = self.queues.get(arrival.event.subject)
        if queue and queue[0] == arrival.event.id:
            queue.pop(0)
            self.released.append(arrival.event.id)

    async def save(self, store: Store) -> None:
        """Write what changed; called after the answers are stored."""
        gone = [DeleteOne({"_id": submission_id}) for submission_id in self.released]
        await store.write(PARKED, [*self.newly.values(), *gone])


def _parked(arrival: Arrival, error: str) -> UpdateOne:
    record = arrival.record
    document: Document = {
        "aggregate": arrival.event.subject,
        "type": arrival.event.type,
        "order": record.offset,
        "topic": record.topic,
        "key": record.key,
        "value": record.value,
        "headers": [[name, raw] for name, raw in record.headers],
        "receivedAt": arrival.received_at,
        "error": error,
    }
    return UpdateOne({"_id": arrival.event.id}, {"$setOnInsert": document}, upsert=True)


async def load_parking(store: Store, subjects: Sequence[str]) -> Parking:
    """Read which of the aggregates have submissions waiting."""
    fields = {"aggregate": 1}
    rows = await store.find(PARKED, {"aggregate": {"$in": list(subjects)}}, fields, [("order", 1)])
    queues: dict[str, list[str]] = {}
    for row in rows:
        queues.setdefault(row["aggregate"], []).append(row["_id"])
    return Parking(queues)


async def ensure_parking(store: Store) -> None:
    """Create the index that makes looking up parked aggregates free."""
    await store.ensure_indexes(PARKED, [IndexModel([("aggregate", 1), ("order", 1)])])
