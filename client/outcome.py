"""What became of a submission: facts, a rejection with its findings, a dead letter, or nothing yet."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.outcome import Finding
from contracts.values import State

Status = Literal["PENDING", "ACCEPTED", "REJECTED", "DEAD"]


class RecordedFact(State):
    """A fact that was recorded because of the submission; `sequence` is the aggregate's new version."""

    id: str
    type: str
    subject: str
    sequence: int
    time: datetime


class Refusal(State):
    """Why the submission changed nothing: every violation at once."""

    findings: list[Finding] = Field(default_factory=list[Finding])


class DeadLetter(State):
    """Why a record that claims this id could not be taken at all: its envelope, its key or its signature."""

    reason: str
    message: str


class Outcome(State):
    """The answer to one submission, as the gateway knows it now."""

    id: str
    status: Status = "PENDING"
    facts: list[RecordedFact] = Field(default_factory=list[RecordedFact])
    rejection: Refusal | None = None
    dead_letters: list[DeadLetter] = Field(default_factory=list[DeadLetter])

    @property
    def findings(self) -> list[Finding]:
        """What was found wrong; empty unless rejected."""
        return self.rejection.findings if self.rejection else []
