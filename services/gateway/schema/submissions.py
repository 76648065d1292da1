"""Submissions in the schema: what each led to, and what could not be taken at all."""

from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry import ID, Parent, field
from strawberry.scalars import JSON, Base64

from backbone.mongo import Document
from services.gateway.schema.words import Classification, Level, SubmissionStatus


@strawberry.type(description="One thing found in a submission.")
class Finding:
    code: str = field(description="A stable code, such as E_CARATS.")
    level: Level = field(description="How grave it is.")
    path: str = field(description="Which field: data.lines.0.carats. Empty for the submission as a whole.")
    message: str = field(description="One sentence that says the remedy.")
    details: JSON | None = field(description="What else helps, by name.")


def _id(root: Parent[Document]) -> ID:
    return root["_id"]


@strawberry.type(description="A fact that a submission led to.")
class RecordedFact:
    id: ID = field(resolver=_id, description="The id of the fact.")
    type: str = field(description="What happened, in the past tense: certificate.issued.v1.")
    subject: ID = field(description="To which aggregate: a certificate, a Participant, a return.")
    sequence: int = field(description="The version of the aggregate that this made.")
    time: datetime = field(description="When the log received the submission.")
    actor: ID = field(description="The authority that signed.")
    classification: Classification = field(description="Who may see it.")
    change: JSON = field(description="What changed, as the contract of the fact says.")
    signed: str = field(description="The original statement: a compact JWS.")
    findings: list[Finding] = field(description="Warnings that were recorded with it.")


@strawberry.type(description="The answer to a submission that changed nothing.")
class Rejection:
    id: ID = field(resolver=_id, description="The id of the answer.")
    refused: str = field(description="The type of the submission.")
    subject: ID = field(description="Which aggregate it was about.")
    time: datetime = field(description="When the log received the submission.")
    actor: ID = field(description="The authority that signed.")
    signed: str = field(description="The original statement: a compact JWS.")
    findings: list[Finding] = field(description="Everything that was found wrong.")


def _received_at(root: Parent[Document]) -> datetime:
    return datetime.fromtimestamp(root["receivedMs"] / 1000, UTC)


def _original(root: Parent[Document]) -> Any:
    return root["value"]


@strawberry.type(description="A record that could not be taken: not readable, or not signed by a registered key.")
class DeadLetter:
    id: ID = field(resolver=_id, description="Where the record stood in the log: topic/partition/offset.")
    reason: str = field(description="A stable code, such as E_SIGNATURE.")
    message: str = field(description="Why it was not taken.")
    topic: str = field(description="The topic it came by.")
    received_at: datetime = field(resolver=_received_at, description="When the log received it.")
    submission_id: str = field(description="The submission id that it claims; nobody vouches for it.")
    original: Base64 | None = field(resolver=_original, description="Its bytes as they came.")


@strawberry.type(
    description="What a submission led to. A fact or a true rejection decides; dead letters only claim the id."
)
class Submission:
    id: ID = field(description="The id its sender gave it.")
    status: SubmissionStatus = field(description="What became of it.")
    facts: list[RecordedFact] = field(description="The facts that were recorded because of it.")
    rejection: Rejection | None = field(description="Why it was refused.")
    reuses: list[Rejection] = field(description="Refusals of other statements that were sent under the same id.")
    dead_letters: list[DeadLetter] = field(description="Records that claim this id and could not be taken.")
