"""One true example of every submission and every fact: the worked case AO000123, and real records of the register."""

from typing import Any

import orjson

from contracts.cloudevents import Headers, to_kafka
from contracts.examples import certificates, participants, statistics
from contracts.examples.step import Step
from contracts.facts import OutgoingFact
from contracts.submission import write_claims

STEPS: dict[str, Step] = {
    step.sent.kind.name: step for step in (*certificates.STEPS, *participants.STEPS, *statistics.STEPS)
}
"""By the type of its submission: what was true before, what was said, and what was then recorded."""

RECORDED: dict[str, OutgoingFact] = {
    **{step.sent.kind.becomes: step.fact() for step in STEPS.values()},
    "corridor.totalled.v1": statistics.TOTALLED,
    "submission.rejected.v1": certificates.REFUSED,
}
"""By the type of the fact: the record as it stands on its topic."""


def bodies() -> dict[str, dict[str, Any]]:
    """Give by type what the schemas describe: the claims of a submission, the value of a fact."""
    said = {name: orjson.loads(write_claims(step.sent.claims)) for name, step in STEPS.items()}
    return said | {name: orjson.loads(fact.value) for name, fact in RECORDED.items()}


def headers() -> dict[str, Headers]:
    """Give the Kafka headers by type."""
    said = {name: to_kafka(step.sent.event) for name, step in STEPS.items()}
    return said | {name: fact.headers for name, fact in RECORDED.items()}
