"""The HTTP door: takes signed submissions, verifies them before they are published, and says what became of them."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

import orjson
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backbone.envelope import Arrival, Dead, Record, read_submission
from backbone.kafka import Publisher
from backbone.mongo import Document
from backbone.signing import Register, begin_verifying
from backbone.telemetry import answers
from contracts import jws
from contracts.catalogue import SUBMISSIONS
from contracts.cloudevents import JOSE, STRUCTURED, CloudEvent, MalformedEvent, from_json, to_kafka
from contracts.submission import ClaimsMismatch, read_claims
from services.gateway.outcome import ACCEPTED, PENDING, Outcomes
from services.gateway.problem import Problem, limited

_PATIENCE = 5.0
_LONGEST_WAIT = 30.0
_WAIT = re.compile(r"(\d{1,2}(?:\.\d{1,3})?)s")
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_FORBIDDEN = frozenset({"E_KEY_UNKNOWN", "E_KEY_NOT_IN_FORCE", "E_SIGNATURE"})
_REMEDIES = {
    "E_ENVELOPE": f"Send a compact JWS as {JOSE}, or a CloudEvent 1.0 that holds one as {STRUCTURED}.",
    "E_KEY_UNKNOWN": "Register the key first (participant.register-key.v1), or name the right one as kid.",
    "E_KEY_NOT_IN_FORCE": "Sign with a key that is in force now; /jwks lists them with their times.",
    "E_SIGNATURE": "Sign the exact bytes that are sent, with the private half of the key that kid names.",
    "E_CLAIMS_MISMATCH": "Let jti, typ, sub and iss say what id, type, subject and source of the envelope say.",
}
Clock = Callable[[], datetime]


class Door:
    """The two routes of submissions. Nothing is published that no registered key has signed."""

    def __init__(self, publisher: Publisher, register: Register, outcomes: Outcomes, clock: Clock) -> None:
        self._publisher, self._register = publisher, register
        self._outcomes, self._clock = outcomes, clock

    def routes(self) -> list[Route]:
        """The routes, to be served."""
        return [
            Route("/submissions", self.submit, methods=["POST"]),
            Route("/submissions/{id:path}", self.tell, methods=["GET"]),
        ]

    async def submit(self, request: Request) -> Response:
        """Take one submission: 202 and where to ask, or with `?wait=2s` the outcome, when it comes in time."""
        seconds = _seconds(request)
        try:
            arrival = await self._verified(await _event(request))
            await self._publish(arrival)
        except Problem as problem:
            answers.add(1, {"service": "gateway", "code": problem.code})
            raise
        answers.add(1, {"service": "gateway", "code": "TAKEN"})
        if not seconds:
            return _pending(arrival.event)
        token = arrival.event.data.decode("ascii")
        found = await self._outcomes.wait(arrival.event.id, seconds, token)
        if found["status"] == PENDING:
            return _pending(arrival.event)
        if found["status"] == ACCEPTED:
            return _recorded(written(found))
        raise _refusal(written(found))

    async def tell(self, request: Request) -> Response:
        """Say what became of a submission; 404 when nothing is known of it, or not yet."""
        submission_id: str = request.path_params["id"]
        found = await self._outcomes.wait(submission_id, _seconds(request))
        if found["status"] != PENDING:
            return _recorded(written(found))
        raise Problem(
            404,
            "E_NO_OUTCOME",
            f"The submission {submission_id} is unknown here, or not decided yet.",
            "Ask again in a moment, with ?wait=10s; if it stays so, send the same bytes again: they count once.",
        )

    async def _verified(self, event: CloudEvent) -> Arrival:
        record = _record(event, self._clock())
        checked = await self._check(record)
        if isinstance(checked, Dead) and checked.code == "E_KEY_UNKNOWN":
            await self._catch_up()  # the key may have been registered a moment ago
            checked = await self._check(record)
        if isinstance(checked, Dead):
            status = 403 if checked.code in _FORBIDDEN else 400
            raise Problem(status, checked.code, f"{checked.message}.", _REMEDIES[checked.code])
        return checked

    async def _check(self, record: Record) -> Arrival | Dead:
        (verifying,) = begin_verifying([read_submission(record)], self._register.registry)
        [checked] = await verifying
        return checked

    async def _catch_up(self) -> None:
        try:
            await self._register.catch_up(_PATIENCE)
        except (KafkaError, TimeoutError) as error:
            raise _away() from error

    async def _publish(self, arrival: Arrival) -> None:
        event = arrival.event
        kind = SUBMISSIONS.get(event.type)
        if kind is None:
            remedy = "Send a type that /contracts/asyncapi.json lists."
            raise Problem(422, "E_TYPE_UNKNOWN", f"There is no submission of the type {event.type}.", remedy)
        record = (kind.topic, event.subject.encode(), event.data, to_kafka(event))
        try:
            await asyncio.wait_for(self._publisher.publish_raw([record]), _PATIENCE)
        except MessageSizeTooLargeError as error:
            raise Problem(413, "E_TOO_LARGE", "The log takes no record of this size.", "Send less at once.") from error
        except (KafkaError, TimeoutError) as error:
            raise _away() from error


def _away() -> Problem:
    remedy = "Send the same bytes again after a moment: whether or not they arrived, they count once."
    return Problem(503, "E_KAFKA_AWAY", "The log did not confirm this in time.", remedy, headers={"Retry-After": "5"})


async def _event(request: Request) -> CloudEvent:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JOSE, STRUCTURED):
        raise Problem(
            415, "E_MEDIA_TYPE", f"The content type {kind or 'of nothing'} is not taken.", _REMEDIES["E_ENVELOPE"]
        )
    body = await Request(request.scope, limited(request.receive)).body()
    trace = request.headers.get("traceparent", "")
    try:
        event = from_json(body, trace) if kind == STRUCTURED else _of_claims(body.strip(), trace)
    except (MalformedEvent, jws.MalformedJws, ClaimsMismatch) as error:
        raise Problem(400, "E_ENVELOPE", f"{error}.", _REMEDIES["E_ENVELOPE"]) from error
    return event if _TRACE.fullmatch(event.traceparent) else replace(event, traceparent="")


def _of_claims(token: bytes, traceparent: str) -> CloudEvent:
    """Derive the envelope from the claims; whether they are true is for the signature to say."""
    claims = read_claims(jws.parse(token).payload)
    return CloudEvent(claims.id, claims.type, claims.issuer, claims.subject, token, JOSE, traceparent=traceparent)


def _record(event: CloudEvent, now: datetime) -> Record:
    key, headers = event.subject.encode(), to_kafka(event)
    milliseconds = int(now.timestamp() * 1000)
    return ConsumerRecord(
        "http", -1, -1, milliseconds, 1, key, event.data, None, len(key), len(event.data), tuple(headers)
    )


def _seconds(request: Request) -> float:
    wait = request.query_params.get("wait")
    if wait is None:
        return 0.0
    said = _WAIT.fullmatch(wait)
    if not said or float(said[1]) > _LONGEST_WAIT:
        raise Problem(400, "E_WAIT", f"The wait {wait} is not understood.", "Say for example wait=2s, at most 30s.")
    return float(said[1])


def _location(submission_id: str) -> str:
    return f"/submissions/{quote(submission_id, safe='/:')}"


def _pending(event: CloudEvent) -> Response:
    location = _location(event.id)
    document = {"id": event.id, "status": PENDING, "type": event.type, "subject": event.subject, "location": location}
    return Response(orjson.dumps(document), 202, {"Location": location}, "application/json")


def _recorded(document: Document) -> Response:
    return Response(orjson.dumps(document), 200, media_type="application/json")


def _refusal(document: Document) -> Problem:
    findings = document["rejection"]["findings"] if document["rejection"] else document["deadLetters"]
    first, members = findings[0], {name: value for name, value in document.items() if name != "status"}
    detail = f"The submission {document['id']} changed nothing; the findings say why."
    code = first.get("code") or first["reason"]
    return Problem(422, code, detail, first["message"], members={**members, "findings": findings})


def written(found: Document) -> Document:
    """Write an outcome as JSON: what was recorded, or the findings, and the dead letters that claim the id."""
    fields = ("type", "subject", "sequence", "findings")
    facts = [{"id": f["_id"], "time": f["time"].isoformat(), **{n: f[n] for n in fields}} for f in found["facts"]]
    dead = [{"place": d["_id"], "reason": d["reason"], "message": d["message"]} for d in found["deadLetters"]]
    rejection = found["rejection"] and {"findings": found["rejection"]["findings"]}
    return {"id": found["id"], "status": found["status"], "facts": facts, "rejection": rejection, "deadLetters": dead}
