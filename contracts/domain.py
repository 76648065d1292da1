"""The shape every service's pure domain has, and how its judgement of one submission becomes facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from contracts.catalogue import FACTS, SUBMISSIONS, FactType, SubmissionType
from contracts.facts import Cause, OutgoingFact, compose
from contracts.outcome import TYPE_UNKNOWN, Accepted, Decision, Event, from_validation
from contracts.submission import Claims, Signer, Submission
from contracts.values import State

S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Domain(Generic[S]):
    """A pure domain: `decide` says what happens, `evolve` what is then true. Neither reads a clock or a server."""

    service: str
    state: type[S]
    decide: Callable[[S | None, Submission, Any], Decision]
    evolve: Callable[[S | None, Event], S]

    @cached_property
    def submissions(self) -> Mapping[str, SubmissionType]:
        """The submissions that this service answers."""
        return {name: kind for name, kind in SUBMISSIONS.items() if kind.topic == f"{self.service}.submissions"}

    @cached_property
    def facts(self) -> Mapping[str, FactType]:
        """The facts that it says."""
        return {name: kind for name, kind in FACTS.items() if kind.topic == f"{self.service}.facts"}

    def judge(self, state: S | None, claims: Claims, signer: Signer, received_at: datetime, context: Any) -> Decision:
        """Hold a verified submission against its contract, then against the rules."""
        kind = self.submissions.get(claims.type)
        if kind is None:
            return TYPE_UNKNOWN
        try:
            data = kind.data.model_validate(claims.data)
        except ValidationError as error:
            return from_validation(error)
        submission = Submission(claims.id, claims.type, claims.subject, signer, received_at, data)
        return self.decide(state, submission, context)

    def apply(
        self, state: S | None, version: int, accepted: Accepted, cause: Cause
    ) -> tuple[S, list[OutgoingFact], bytes]:
        """Evolve the state by every event; give the new state, the facts, and the state as JSON."""
        facts: list[OutgoingFact] = []
        document = b""
        for number, event in enumerate(accepted.events, version + 1):
            state = self.evolve(state, event)
            document = state.model_dump_json().encode()
            fact = compose(self.facts[event.type], cause, number, document, event.change, accepted.findings)
            facts.append(fact)
        if state is None:
            raise ValueError("an accepted submission says at least one event")
        return state, facts, document
