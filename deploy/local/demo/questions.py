"""The questions that the demo asks by GraphQL, and each answer as rows that a person can read."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contracts import jws
from contracts.values import quarter
from deploy.local.demo.graphql import Answer, GraphQL

Rows = list[tuple[str, ...]]
_BUSIEST = 8
_WHEN_IT_WAS_OTHERWISE = date(2014, 1, 1)

TURNING_POINTS = (
    ("CG", date(2005, 1, 1)),
    ("LB", date(2005, 1, 1)),
    ("CI", date(2010, 1, 1)),
    ("VE", date(2012, 1, 1)),
    ("ZW", date(2010, 1, 1)),
    ("CF", date(2014, 1, 1)),
    ("CF", date(2016, 1, 1)),
    ("CF", date(2020, 1, 1)),
    ("CF", date(2025, 1, 1)),
    ("GB", date(2020, 12, 31)),
    ("GB", date(2021, 1, 1)),
)
"""Countries and days on which the answer was another one than today: removed, embargoed, suspended, split."""

PARTICIPANTS = """query Participants($asOf: Date!, $first: Int!, $after: String) {
  participants(asOf: $asOf, first: $first, after: $after) {
    edges { node { code stateAsOf { status } } } pageInfo { hasNextPage endCursor }
  }
}"""
CAN_TRADE = """query CanTrade($code: ID!, $date: Date!) {
  canTrade(code: $code, flow: EXPORT, date: $date) { code allowed reason message decision { ref } }
}"""
CERTIFICATE = """query Certificate($number: ID!) {
  certificate(number: $number) {
    number state issuer destination carats valueUsd issuedOn expiresOn
    history { sequence type at actor submissionId signed }
  }
}"""
TOTALS = """query Totals($period: String!, $flow: Flow!, $first: Int!, $after: String) {
  corridorTotals(period: $period, flow: $flow, first: $first, after: $after) {
    edges { node { exporter importer certificates carats valueUsd } } pageInfo { hasNextPage endCursor }
  }
}"""
PRODUCTION = "query Production($year: Int!) { productionTotals(year: $year) { carats valueUsd participants returns } }"
SUBMISSION = """query LedTo($id: ID!) {
  submission(id: $id) {
    status facts { id type subject sequence } rejection { findings { code path message } }
    reuses { findings { code message } } deadLetters { reason message }
  }
}"""
VERIFY = """query Verify($number: ID!) {
  verifyCertificate(number: $number) { number known state issuer issuedOn expiresOn }
}"""
DEAD_LETTERS = "{ deadLetters(first: 20) { edges { node { id reason message topic submissionId } } } }"


async def world_total(graphql: GraphQL, year: int) -> Answer:
    """What the world mined in a year, as the returns say now."""
    return (await graphql.ask(PRODUCTION, year=year))["productionTotals"]


async def by_state(graphql: GraphQL, today: date) -> Rows:
    """Count participants by state today, and as of a day when the register looked otherwise."""
    rows: Rows = []
    for day in (today, _WHEN_IT_WAS_OTHERWISE):
        states: Counter[str] = Counter()
        others: list[str] = []
        async for node in graphql.nodes("participants", PARTICIPANTS, asOf=day.isoformat()):
            status = node["stateAsOf"]["status"]
            states[status] += 1
            if status != "ACTIVE":
                others.append(f"{node['code']} {status}")
        rows.append((day.isoformat(), str(states.total()), str(states["ACTIVE"]), ", ".join(others) or "–"))
    return rows


async def who_may_export(graphql: GraphQL, asked: Sequence[tuple[str, date]]) -> Rows:
    """Ask for countries whether they may export on a date."""
    answers = [
        (day, code, (await graphql.ask(CAN_TRADE, code=code, date=day.isoformat()))["canTrade"]) for code, day in asked
    ]
    return [(code, day.isoformat(), *_permission(code, answer)) for day, code, answer in answers]


def _permission(code: str, answer: Answer) -> tuple[str, str, str]:
    reason = answer["reason"] + (f" as {answer['code']}" if answer["code"] != code else "")
    words, _, _ = answer["message"].partition(":")
    return reason, (answer["decision"] or {}).get("ref", "–"), words.removesuffix(".")


async def signed_history(graphql: GraphQL, number: str) -> tuple[Answer, Rows]:
    """Read a certificate and its history, and verify every signature in it against the public keys."""
    certificate = (await graphql.ask(CERTIFICATE, number=number))["certificate"]
    keys = await graphql.public_keys()
    return certificate, [_entry(one, keys) for one in certificate["history"]]


def _entry(entry: dict[str, Any], keys: dict[str, str]) -> tuple[str, ...]:
    token = jws.parse(entry["signed"].encode())
    stands = jws.verified(token, jws.public_key(keys[token.kid]))
    seal = f"{token.kid}, {'verified here' if stands else 'BROKEN'}"
    return str(entry["sequence"]), entry["type"], entry["at"], entry["actor"], seal, entry["submissionId"]


def last_quarters(today: date) -> list[str]:
    """The quarters in which generated certificates left, the newest first."""
    return list(dict.fromkeys(quarter(today - timedelta(days)) for days in (10, 50)))


async def totals(graphql: GraphQL, period: str) -> tuple[Rows, int, Decimal, Decimal]:
    """Sum one quarter's exports: the busiest corridors, and how many corridors, carats and US$ in all."""
    nodes = [one async for one in graphql.nodes("corridorTotals", TOTALS, period=period, flow="EXPORT")]
    nodes.sort(key=lambda one: Decimal(one["valueUsd"]), reverse=True)
    rows = [
        (
            f"{one['exporter']} → {one['importer']}",
            str(one["certificates"]),
            f"{Decimal(one['carats']):,}",
            f"{Decimal(one['valueUsd']):,}",
        )
        for one in nodes[:_BUSIEST]
    ]
    carats, value = (sum((Decimal(one[name]) for one in nodes), Decimal()) for name in ("carats", "valueUsd"))
    return rows, len(nodes), carats, value


async def led_to(graphql: GraphQL, submission_id: str) -> Answer:
    """What a submission led to."""
    return (await graphql.ask(SUBMISSION, id=submission_id))["submission"]


async def verification(graphql: GraphQL, numbers: Sequence[str]) -> Rows:
    """What anybody may know of some numbers."""
    answers = [(await graphql.ask(VERIFY, number=one))["verifyCertificate"] for one in numbers]
    return [
        (
            one["number"],
            "known" if one["known"] else "not known",
            one["state"] or "–",
            f"issued {one['issuedOn']}, valid to {one['expiresOn']}" if one["known"] else "–",
        )
        for one in answers
    ]


async def dead_letters(graphql: GraphQL) -> list[Answer]:
    """The newest records that could not be taken."""
    return [edge["node"] for edge in (await graphql.ask(DEAD_LETTERS))["deadLetters"]["edges"]]
