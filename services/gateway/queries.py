"""Everything the gateway reads from MongoDB: one round trip a question, plain documents back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backbone.mongo import Document, Store
from contracts.certificates import certificate_key
from contracts.values import CENT
from services.gateway.paging import Paging, connection
from services.gateway.projection import (
    CERTIFICATES,
    CORRIDORS,
    DEAD_LETTERS,
    FACTS_TOLD,
    FRESHNESS,
    PARTICIPANTS,
    RETURNS,
)

# Sorts behind every order that begins with a given date.
_END_OF_DAY = "~"


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """Which certificates are wanted; what is null does not matter. Dates of issue are inclusive."""

    issuer: str | None = None
    destination: str | None = None
    states: Sequence[str] | None = None
    issued_from: date | None = None
    issued_to: date | None = None


@dataclass(frozen=True, slots=True)
class Queries:
    """Reads the read model. Documents have the shape of `contracts`, with the `version` of their aggregate."""

    store: Store

    async def certificate(self, number: str) -> Document | None:
        """Find a certificate by its number in any printed form (domain.md §1.4)."""
        found = await self.store.find(CERTIFICATES, {"_id": certificate_key(number)}, {"data": 1, "version": 1})
        return _state(found[0]) if found else None

    async def certificates(self, wanted: CertificateFilter, paging: Paging) -> Document:
        """Page through certificates, the newest first."""
        order: Document = {}
        if wanted.issued_from:
            order["$gte"] = wanted.issued_from.isoformat()
        if wanted.issued_to:
            order["$lt"] = f"{wanted.issued_to.isoformat()}{_END_OF_DAY}"
        if (after := paging.begins_after) is not None:
            order["$lt"] = min(after, order.get("$lt", after))
        where = {
            **({"data.issuer": wanted.issuer} if wanted.issuer else {}),
            **({"data.destination": wanted.destination} if wanted.destination else {}),
            **({"data.state": {"$in": list(wanted.states)}} if wanted.states is not None else {}),
            **({"order": order} if order else {}),
        }
        rows = await self.store.find(CERTIFICATES, where, None, [("order", -1)], paging.first + 1)
        return connection([(row["order"], _state(row)) for row in rows], paging)

    async def histories(self, certificate_ids: Sequence[str]) -> list[list[Document]]:
        """Read the signed history of many certificates, each in the order of its versions."""
        where = {"subject": {"$in": list(certificate_ids)}, "sequence": {"$gt": 0}}
        rows = await self.store.find(FACTS_TOLD, where, None, [("subject", 1), ("sequence", 1)])
        histories: dict[str, list[Document]] = {}
        for row in rows:
            histories.setdefault(row["subject"], []).append(row)
        return [histories.get(certificate_id, []) for certificate_id in certificate_ids]

    async def verification(self, number: str) -> Document | None:
        """Read of a certificate what anybody may know."""
        fields = {f"data.{name}": 1 for name in ("number", "state", "issuer", "issuedOn", "expiresOn")}
        found = await self.store.find(CERTIFICATES, {"_id": certificate_key(number)}, fields)
        return found[0]["data"] if found else None

    async def participant(self, code: str, on: date) -> Document | None:
        """Find the participant that answers for a code on a date: `BE` is the EU (domain.md §1.8)."""
        member = {"code": code, **_in_force(on)}
        where = {"$or": [{"_id": code}, {"data.memberStates": {"$elemMatch": member}}]}
        found = sorted(await self.store.find(PARTICIPANTS, where), key=lambda row: row["_id"] == code)
        return _state(found[0]) if found else None

    async def participants(self, states: Sequence[str] | None, on: date, paging: Paging) -> Document:
        """Page through those who had a status on a date, by code."""
        status = {**({"status": {"$in": list(states)}} if states is not None else {}), **_in_force(on)}
        where: Document = {"data.statuses": {"$elemMatch": status}, **_after("_id", paging)}
        rows = await self.store.find(PARTICIPANTS, where, None, [("_id", 1)], paging.first + 1)
        return connection([(row["_id"], _state(row)) for row in rows], paging)

    async def production_returns(
        self, code: str | None, period: str | None, year: int | None, paging: Paging
    ) -> Document:
        """Page through production returns, by participant and period."""
        asked = {"data.code": code, "data.period": period, "data.year": year}
        where = {name: value for name, value in asked.items() if value is not None} | _after("_id", paging)
        rows = await self.store.find(RETURNS, where, {"data": 1, "version": 1}, [("_id", 1)], paging.first + 1)
        return connection([(row["_id"], _state(row)) for row in rows], paging)

    async def production_totals(self, year: int, code: str | None) -> Document:
        """Add up a year's production as filed now; exact, in MongoDB."""
        where = {"data.year": year, **({"data.code": code} if code else {})}
        sums = {**_sums(), "returns": {"$sum": 1}, "codes": {"$addToSet": "$data.code"}}
        rows = await self.store.aggregate(RETURNS, [{"$match": where}, {"$group": {"_id": None, **sums}}])
        row: Document = rows[0] if rows else {"carats": None, "valueUsd": None, "returns": 0, "codes": []}
        return {**_exact(row), "year": year, "code": code, "returns": row["returns"], "participants": len(row["codes"])}

    async def corridor_totals(self, asked: Mapping[str, str | None], paging: Paging) -> Document:
        """Page through corridors, each summed over the partitions of the log; `asked` maps fields to values."""
        where = {f"data.{name}": value for name, value in asked.items() if value is not None}
        last = {name: {"$first": f"$data.{name}"} for name in ("exporter", "importer", "period", "flow")}
        sums = {**_sums(), "certificates": {"$sum": "$data.certificates"}}
        pipeline = [
            {"$match": {**where, **_after("corridor", paging)}},
            {"$group": {"_id": "$corridor", **last, **sums}},
            {"$sort": {"_id": 1}},
            {"$limit": paging.first + 1},
        ]
        rows = await self.store.aggregate(CORRIDORS, pipeline)
        return connection([(row["_id"], {**row, **_exact(row)}) for row in rows], paging)

    async def led_to(self, submission_ids: Sequence[str]) -> list[Document]:
        """Read every fact, rejection and dead letter that names one of these submissions; dead ones have a `reason`."""
        match = {"$match": {"submissionId": {"$in": list(submission_ids)}}}
        dead = {"$unionWith": {"coll": DEAD_LETTERS, "pipeline": [match]}}
        return await self.store.aggregate(FACTS_TOLD, [match, {"$sort": {"sequence": 1}}, dead])

    async def dead_letters(self, paging: Paging) -> Document:
        """Page through dead letters, the newest first."""
        after = paging.begins_after
        where = {"order": {"$lt": after}} if after is not None else {}
        rows = await self.store.find(DEAD_LETTERS, where, None, [("order", -1)], paging.first + 1)
        return connection([(row["order"], row) for row in rows], paging)

    async def freshness(self) -> list[Document]:
        """Read how new the newest fact of each service is."""
        return await self.store.find(FRESHNESS, {}, None, [("_id", 1)])


def _state(row: Document) -> Document:
    return {**row["data"], "version": row["version"]}


def _after(field: str, paging: Paging) -> Document:
    after = paging.begins_after
    return {field: {"$gt": after}} if after is not None else {}


def _in_force(on: date) -> Document:
    day = on.isoformat()
    return {"effectiveFrom": {"$lte": day}, "$or": [{"effectiveTo": None}, {"effectiveTo": {"$gt": day}}]}


def _sums() -> Document:
    return {name: {"$sum": f"${name}"} for name in ("carats", "valueUsd")}


def _exact(row: Document) -> dict[str, Any]:
    return {name: _decimal(row[name]) for name in ("carats", "valueUsd")}


def _decimal(value: Any) -> str:
    return str((value.to_decimal() if value is not None else Decimal(0)).quantize(CENT))
