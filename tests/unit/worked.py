"""The worked examples of domain.md §7.2 as data, and a register in which they can happen."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from contracts.certificates import Certificate
from contracts.domain import Domain
from contracts.outcome import Accepted, Decision
from contracts.participants import DecisionRef, MemberState, Participant, SerialRange, StatusInterval
from contracts.registry import Registry
from contracts.submission import Claims, Signer

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DECISION = DecisionRef(
    ref="KP/2003/NOTICE/1",
    body="CHAIR",
    kind="NOTICE",
    adopted_on=date(2003, 1, 1),
    title="list of Participants",
    source="S45",
)


def interval(status: Any, begins: date, ends: date | None = None, **more: Any) -> StatusInterval:
    return StatusInterval(
        status=status,
        effective_from=begins,
        effective_to=ends,
        scope="all trade",
        flows=more.pop("flows", ["EXPORT", "IMPORT"]),
        decision=DECISION,
        recorded_at=NOW,
        **more,
    )


def participant(code: str, *statuses: StatusInterval, **more: Any) -> Participant:
    prefixes = more.pop("prefixes", [code])
    fields: dict[str, Any] = {
        "name": code,
        "kind": "PARTICIPANT",
        "since": date(2003, 1, 1),
        "precision": "DAY",
        "validity": "P60D",
        "producer": True,
        "member_states": [],
        "admission": DECISION,
        "serial_ranges": [
            SerialRange(year=year, prefix=prefix, first=1, last=99_999_999)
            for prefix in prefixes
            for year in (2014, 2026)
        ],
        **more,
    }
    return Participant(
        code=code,
        kpc_prefixes=prefixes,
        statuses=list(statuses) or [interval("ACTIVE", date(2003, 1, 1))],
        **fields,
    )


def register(*extra: Participant) -> SimpleNamespace:
    """A context whose register knows Angola, the Emirates, the EU with Germany and Belgium, and CAR's suspension."""
    members = [MemberState(code=code, effective_from=date(2003, 1, 1)) for code in ("BE", "DE")]
    members.append(MemberState(code="GB", effective_from=date(2003, 1, 1), effective_to=date(2021, 1, 1)))
    known = [
        participant("AO"),
        participant("AE", producer=False),
        participant("EU", kind="REIO", prefixes=["EU", "EC"], validity="P2M", member_states=members, producer=False),
        participant(
            "CF",
            interval("ACTIVE", date(2003, 1, 1), date(2013, 5, 23)),
            interval("SUSPENDED", date(2013, 5, 23), date(2015, 7, 17), flows=["EXPORT"]),
            interval("SPECIAL_MEASURES", date(2015, 7, 17), date(2024, 11, 15), mode="PRE_APPROVAL"),
            interval("ACTIVE", date(2024, 11, 15)),
        ),
        *extra,
    ]
    registry = Registry()
    for one in known:
        registry.record(1, one)
    return SimpleNamespace(registry=registry)


def signer(code: str, *roles: str) -> Signer:
    return Signer(f"{code}-A/1", f"{code}-A", code, frozenset(roles or ("EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY")))


W1: dict[str, Any] = {
    "number": "AO 000123",
    "issuer": "AO",
    "destination": "AE",
    "issuedOn": "2026-03-02",
    "expiresOn": "2026-05-01",
    "languages": ["pt", "en"],
    "attested": True,
    "origin": "AO",
    "parcelCount": 2,
    "carats": "1250.00",
    "valueUsd": "250000.00",
    "lines": [
        {"hs6": "710210", "carats": "800.00", "valueUsd": "96000.00"},
        {"hs6": "710231", "carats": "450.00", "valueUsd": "154000.00"},
    ],
    "evidence": [{"kind": "PRODUCTION_LOT", "ref": "AO-2026-02-LOT7"}],
    "issuedBy": "AO-0041",
    "private": {
        "exporter": {"name": "Exporter", "address": "Luanda", "country": "AO"},
        "importer": {"name": "Importer", "address": "Dubai", "country": "AE"},
    },
}
VALIDATE = {"validatedOn": "2026-03-04", "officerRef": "AO-0042", "method": "FULL", "sealNumbers": ["S-99812"]}
EXPORT = {"exportedOn": "2026-03-05", "port": "LAD"}
ARRIVE = {"arrivedOn": "2026-03-07"}
CONFIRM = {
    "confirmedOn": "2026-03-08",
    "parcelCount": 2,
    "measuredCarats": "1249.10",
    "hsCodes": ["710210", "710231"],
    "sealIntact": True,
    "originalSighted": True,
    "officerRef": "AE-7",
}
STEPS = (
    ("certificate.issue.v1", W1, "AO"),
    ("certificate.validate.v1", VALIDATE, "AO"),
    ("certificate.export.v1", EXPORT, "AO"),
    ("certificate.arrive.v1", ARRIVE, "AE"),
    ("certificate.confirm-import.v1", CONFIRM, "AE"),
)


def judge(
    domain: Domain[Any], state: Any, type_: str, data: dict[str, Any], by: Signer, subject: str, context: Any = None
) -> Decision:
    """Judge one submission as the loop does: contract first, then the rules."""
    claims = Claims(by.authority, "id", subject, type_, 0, data)
    return domain.judge(state, claims, by, NOW, context or register())


def after(domain: Domain[Any], state: Any, decision: Decision) -> Any:
    """The state after a decision; fails when it was refused."""
    assert isinstance(decision, Accepted), decision
    for event in decision.events:
        state = domain.evolve(state, event)
    return state


def codes(decision: Decision) -> set[str]:
    """The codes of everything found."""
    return {finding.code for finding in decision.findings}


def reasons(decision: Decision) -> set[str]:
    """The reasons for which a certificate cannot be confirmed."""
    return {finding.details["reason"] for finding in decision.findings if "reason" in finding.details}


def certificate(domain: Domain[Any], steps: int, **changes: Any) -> Certificate:
    """W1's certificate after so many of its steps."""
    state: Any = None
    for type_, data, code in STEPS[:steps]:
        merged = {**data, **changes} if type_ == "certificate.issue.v1" else data
        state = after(domain, state, judge(domain, state, type_, merged, signer(code), "AO123"))
    return state
