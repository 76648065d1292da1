"""Facts as the services tell them, made by hand: certificates, participants, returns, totals and rejections."""

from datetime import date
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import jws
from contracts.catalogue import FACTS
from contracts.certificates import certificate_key
from contracts.facts import Cause, OutgoingFact, compose, compose_derived, compose_refusal
from contracts.outcome import Accepted, refuse
from contracts.participants import Admitted, Authority, Key, Participant
from contracts.statistics import CorridorTotals, ProductionReturn, ProductionReturnFiled
from contracts.submission import Claims, Signer, write_claims
from contracts.values import State, Wire
from services.certificates.domain import DOMAIN
from tests.unit.worked import NOW, STEPS, participant, register, signer

KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"tests").digest())
SECRETARIAT = Signer("KPS-GABORONE/1", "KPS-GABORONE", "KPS", frozenset({"SECRETARIAT"}))


def anchors() -> bytes:
    """The trust anchor under which `KEY` is the Secretariat's."""
    standing = {
        "kp:authority": SECRETARIAT.authority,
        "kp:participant": SECRETARIAT.participant,
        "kp:roles": ["SECRETARIAT"],
        "kp:from": "2020-01-01T00:00:00.000Z",
    }
    return orjson.dumps({"keys": [{"kid": SECRETARIAT.kid, "x": jws.public_x(KEY), **standing}]})


def sealed(claims: Claims, kid: str = SECRETARIAT.kid, key: Ed25519PrivateKey = KEY) -> bytes:
    """The claims as a compact JWS."""
    return jws.sign(write_claims(claims), kid, key)


def certificate_facts(number: str = "AO 000123", steps: int = 5, **changes: Any) -> list[OutgoingFact]:
    """The facts of one certificate; the submission behind version 2 of AO123 is `AO123-2`."""
    subject, state, facts = certificate_key(number), None, list[OutgoingFact]()
    for version, (type_, data, code) in enumerate(STEPS[:steps]):
        issued = {**data, **changes, "number": number} if version == 0 else data
        claims = Claims(signer(code).authority, f"{subject}-{version + 1}", subject, type_, 0, issued)
        cause = Cause(claims.id, subject, signer(code), NOW, sealed(claims, signer(code).kid))
        decision = DOMAIN.judge(state, claims, cause.signer, NOW, register())
        assert isinstance(decision, Accepted), decision
        state, told, _ = DOMAIN.apply(state, version, decision, cause)
        facts += told
    return facts


def told(name: str, submission_id: str, subject: str, version: int, state: State, change: Wire) -> OutgoingFact:
    """Any fact, said because of a submission of the Secretariat's."""
    cause = Cause(submission_id, subject, SECRETARIAT, NOW, b"signed")
    return compose(FACTS[name], cause, version, state.model_dump_json().encode(), change, ())


def participant_fact(state: Participant) -> OutgoingFact:
    """The admission of a participant; the submission behind it is `admit-AO`."""
    change = Admitted(participant=state, status=state.statuses[0])
    return told("participant.admitted.v1", f"admit-{state.code}", state.code, 1, state, change)


def with_key(code: str) -> Participant:
    """A participant whose authority `AO-A` has registered `KEY` as `AO-A/1`."""
    key = Key(kid=f"{code}-A/1", x=jws.public_x(KEY), valid_from=NOW.replace(year=2020))
    roles: Any = ["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY", "FOCAL_POINT"]
    began = date(2003, 1, 1)
    authority = Authority(
        authority_id=f"{code}-A", name="Authority", office="Capital", roles=roles, valid_from=began, keys=[key]
    )
    return participant(code, authorities=[authority])


def return_fact(code: str, period: str, carats: str, value: str, version: int = 1) -> OutgoingFact:
    """A production return of one line; the submission behind version 1 is `CD|PRODUCTION|2022-H1-1`."""
    subject = f"{code}|PRODUCTION|{period}"
    state = ProductionReturn.read(
        {
            "id": subject,
            "code": code,
            "period": period,
            "year": int(period[:4]),
            "nil": False,
            "nilRows": 0,
            "lines": [{"sector": "TOTAL", "carats": carats, "valueUsd": value}],
            "carats": carats,
            "valueUsd": value,
            "filedOn": "2023-02-01",
            "receivedAt": NOW,
            "filedBy": f"{code}-A",
        }
    )
    change = ProductionReturnFiled(production_return=state)
    return told("production-return.filed.v1", f"{subject}-{version}", subject, version, state, change)


def corridor_fact(exporter: str, importer: str, partition: int, carats: str, version: int = 1) -> OutgoingFact:
    """The totals of a corridor in 2026-Q1, as far as one partition knows."""
    subject = f"{exporter}>{importer}|2026-Q1|EXPORT|{partition}"
    where = {"exporter": exporter, "importer": importer, "period": "2026-Q1", "flow": "EXPORT", "partition": partition}
    sums = {"certificates": 3, "carats": carats, "valueUsd": "0.10"}
    state = CorridorTotals.read({"id": subject, **where, **sums})
    return compose_derived(FACTS["corridor.totalled.v1"], subject, version, state, NOW)


def refusal_fact(
    submission_id: str, subject: str = "AO123", suffix: str = "", signed: bytes = b"signed"
) -> OutgoingFact:
    """The rejection of a submission about a certificate."""
    claims = Claims(SECRETARIAT.authority, submission_id, subject, "certificate.issue.v1", 0, {})
    finding = refuse("E_CARATS", "data.carats", "Correct data.carats: it must be above zero.")
    return compose_refusal(
        "certificates", Cause(submission_id, subject, SECRETARIAT, NOW, signed), claims, [finding], suffix
    )
