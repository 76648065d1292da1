"""Holds a ledger against what was sent, against itself, and against the ledger of another run."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

from backbone.envelope import read_fact
from backbone.mongo import Document
from contracts.values import quarter
from tests.faults.cargo import ACCEPTED, Planned
from tests.faults.ledger import DERIVED, SERVICES, Ledger

_TIMES = re.compile(rb'"(recordedAt|receivedAt|time)":"[^"]*"')
_READ_AS = {"certificates": "certificates", "participants": "participants", "statistics": "returns"}

Amount = tuple[int, Decimal, Decimal]


def check_outcomes(ledger: Ledger, planned: Iterable[Planned]) -> Counter[str]:
    """Every statement has the one outcome it must have, and there is no other; gives their counts."""
    wanted = {one.signed: [one.outcome] for one in planned}
    found = _outcomes(ledger)
    lost, doubled = wanted.keys() - found.keys(), [said for said in found.values() if len(said) > 1]
    assert not lost, f"{len(lost)} of {len(wanted)} submissions are lost"
    assert not doubled, f"{len(doubled)} submissions have more than one outcome, such as {doubled[0]}"
    assert found == wanted
    return Counter(outcome for [outcome] in found.values())


def _outcomes(ledger: Ledger) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for fact in ledger.facts():
        if fact.signed:  # the answer to a dead letter has none: the dead letter itself is counted
            found[fact.signed].append(ACCEPTED if fact.sequence else fact.findings[0]["code"])
    for letter in ledger.dead.values():
        found[(letter.value or b"").decode()].append(letter.reason)
    return dict(found)


def check_agreement(ledger: Ledger) -> None:
    """Stored state, facts topics and read model say the same, fact by fact and byte by byte."""
    for service in SERVICES:
        _check_stored(ledger, service)
        _check_read(ledger, service)
    assert set(ledger.model["facts"]) == {fact.id for fact in ledger.facts()}
    assert set(ledger.model["dead_letters"]) == set(ledger.dead)
    _check_totals(ledger)


def _check_stored(ledger: Ledger, service: str) -> None:
    published = {
        key: (record.key, record.value, list(record.headers))
        for key, record in ledger.published(service).items()
        if read_fact(record).type != DERIVED and not key.startswith("dead/")
    }
    stored = ledger.stored(service)
    assert published == {key: (fact.key.encode(), fact.value, fact.headers) for key, fact in stored.items()}


def _check_read(ledger: Ledger, service: str) -> None:
    last: dict[str, tuple[int, Any]] = {}
    versions: dict[str, list[int]] = defaultdict(list)
    for fact in map(read_fact, ledger.published(service).values()):
        if fact.sequence and fact.type != DERIVED:
            versions[fact.subject].append(fact.sequence)
            last[fact.subject] = max(last.get(fact.subject, (0, None)), (fact.sequence, fact.data), key=lambda v: v[0])
    assert all(sorted(some) == list(range(1, len(some) + 1)) for some in versions.values())
    stored, read = ledger.aggregates[service], ledger.model[_READ_AS[service]]
    assert last == {key: (one["version"], one["state"]) for key, one in stored.items()}
    assert last == {key: (one["version"], one["data"]) for key, one in read.items()}


def _check_totals(ledger: Ledger) -> None:
    told = {key: fact.data for key, fact in ledger.totals().items()}
    assert told == {key: one["data"] for key, one in ledger.model["corridors"].items()}
    assert set(told) == set(ledger.cells)
    assert not [one for one in ledger.cells.values() if "unpublished" in one]
    assert _summed(told.values()) == _counted(one["state"] for one in ledger.aggregates["certificates"].values())


def _summed(cells: Iterable[Mapping[str, Any]]) -> dict[str, Amount]:
    sums: dict[str, Amount] = {}
    for one in cells:
        name = f"{one['exporter']}>{one['importer']}|{one['period']}|{one['flow']}"
        sums[name] = _plus(sums.get(name), one["certificates"], one["carats"], one["valueUsd"])
    return sums


def _counted(certificates: Iterable[Document]) -> dict[str, Amount]:
    sums: dict[str, Amount] = {}
    for one in certificates:
        for flow, day, carats in _movements(one):
            name = f"{one['issuer']}>{one['destination']}|{quarter(date.fromisoformat(day))}|{flow}"
            sums[name] = _plus(sums.get(name), 1, carats, one["valueUsd"])
    return sums


def _movements(certificate: Document) -> Iterator[tuple[str, str, str]]:
    export, confirmation = certificate["export"], certificate["confirmation"]
    if export:
        yield "EXPORT", export["exportedOn"], certificate["carats"]
    if confirmation:
        yield "IMPORT", confirmation["confirmedOn"], confirmation["measuredCarats"]


def _plus(sum_: Amount | None, certificates: int, carats: str, value: str) -> Amount:
    number, weight, worth = sum_ or (0, Decimal(), Decimal())
    return number + certificates, weight + Decimal(carats), worth + Decimal(value)


def comparable(ledger: Ledger) -> dict[str, str]:
    """Hash each part of a ledger so that two runs of the same submissions give the same.

    Left out is what two runs cannot share: when the log received a record, the namespace, and how many batches a
    corridor's total was raised in (its version).
    """
    model = {name: list(documents.values()) for name, documents in ledger.model.items() if name != "freshness"}
    model["corridors"] = [_without(one, "version") for one in model["corridors"]]
    model["dead_letters"] = [_without(one, "order", "receivedMs") for one in model["dead_letters"]]
    parts: dict[str, Any] = {
        "facts": {service: _statements(ledger, service) for service in SERVICES},
        "aggregates": {name: _states(documents.values()) for name, documents in ledger.aggregates.items()},
        "rejections": {name: sorted(documents) for name, documents in ledger.rejections.items()},
        "dead letters": sorted((key, one.reason, one.claimed_id) for key, one in ledger.dead.items()),
        "totals": {key: fact.data for key, fact in sorted(ledger.totals().items())},
        "read model": model,
    }
    return {name: _hash(part, ledger.namespace) for name, part in parts.items()}


def _statements(ledger: Ledger, service: str) -> dict[str, list[str]]:
    return {
        key: [(record.value or b"").decode(), *(f"{name}={raw!r}" for name, raw in record.headers if name != "ce_time")]
        for key, record in sorted(ledger.published(service).items())
        if read_fact(record).type != DERIVED
    }


def _states(documents: Iterable[Document]) -> list[list[Any]]:
    return [[one["_id"], one["version"], one["state"], [h["id"] for h in one["history"]]] for one in documents]


def _without(document: Document, *names: str) -> Document:
    return {name: value for name, value in document.items() if name not in names}


def _hash(part: Any, namespace: str) -> str:
    plain = orjson.dumps(part, default=_plain, option=orjson.OPT_SORT_KEYS).replace(b'\\"', b'"')
    unnamed = plain.replace(f"{namespace}.".encode(), b"")
    return sha256(_TIMES.sub(rb'"\1":""', unnamed)).hexdigest()


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
