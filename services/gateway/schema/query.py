"""The questions that can be asked; each is one round trip to the read model, or a look into the register."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import ID, argument, field

from backbone.mongo import Document
from contracts.certificates import canonical_number
from services.gateway.paging import Paging
from services.gateway.problem import Problem
from services.gateway.queries import CertificateFilter
from services.gateway.schema.certificates import Certificate, CertificateVerification
from services.gateway.schema.context import Asked
from services.gateway.schema.participants import Participant, TradePermission
from services.gateway.schema.relay import Connection
from services.gateway.schema.statistics import CorridorTotals, Freshness, ProductionReturn, ProductionTotals
from services.gateway.schema.submissions import DeadLetter, Submission
from services.gateway.schema.words import CertificateState, Flow, ParticipationState

_MOST_IDS = 1000

First = Annotated[int, argument(description="How many: 1 to 200.")]
After = Annotated[str | None, argument(description="Go on behind this cursor.")]
Code = Annotated[ID, argument(description="The code of a Participant or of a country: AO, BE.")]
OfCode = Annotated[ID | None, argument(description="Of this Participant only.")]
Number = Annotated[ID, argument(description="The number in any printed form: AO 000123, ao-123.")]
AsOf = Annotated[date | None, argument(description="On this date; today in Gaborone when null.")]


@strawberry.type(description="What can be asked. Every answer comes from the gateway's own read model.")
class Query:
    @field(description="Participants that had a status on a date, by code.", graphql_type=Connection[Participant])
    async def participants(
        self,
        info: Asked,
        state: Annotated[list[ParticipationState] | None, argument(description="With one of these.")] = None,
        as_of: AsOf = None,
        first: First = 50,
        after: After = None,
    ) -> Document:
        on, states = info.context.on(as_of), _names(state)
        page = await info.context.queries.participants(states, on, Paging(first, after))
        for edge in page["edges"]:
            edge["node"]["asOf"] = on.isoformat()
        return page

    @field(description="The Participant that answers for a code on a date.", graphql_type=Participant | None)
    async def participant(self, info: Asked, code: Code, as_of: AsOf = None) -> Document | None:
        on = info.context.on(as_of)
        found = await info.context.queries.participant(code, on)
        return found and {**found, "asOf": on.isoformat()}

    @field(description="Whether a country may trade on a date.", graphql_type=TradePermission)
    def can_trade(
        self,
        info: Asked,
        code: Code,
        flow: Annotated[Flow, argument(description="In which direction.")],
        date: Annotated[date, argument(description="On which date.")],
    ) -> Document:
        registry = info.context.registry
        permission = registry.can_trade(code, "EXPORT" if flow is Flow.EXPORT else "IMPORT", date)
        status = permission.status
        return {
            "code": registry.resolve(code, date),
            "allowed": permission.allowed,
            "reason": permission.code,
            "message": permission.message,
            "status": status and status.status,
            "decision": status and status.decision.model_dump(mode="json"),
        }

    @field(description="A certificate by its number.", graphql_type=Certificate | None)
    async def certificate(self, info: Asked, number: Number) -> Document | None:
        return await info.context.queries.certificate(number)

    @field(description="Certificates, the newest first.", graphql_type=Connection[Certificate])
    async def certificates(
        self,
        info: Asked,
        issuer: Annotated[ID | None, argument(description="Issued by this Participant.")] = None,
        destination: Annotated[ID | None, argument(description="Sent to this Participant.")] = None,
        state: Annotated[list[CertificateState] | None, argument(description="In one of these states.")] = None,
        issued_from: Annotated[date | None, argument(description="Issued on this day or later.")] = None,
        issued_to: Annotated[date | None, argument(description="Issued on this day or earlier.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Document:
        wanted = CertificateFilter(issuer, destination, _names(state), issued_from, issued_to)
        return await info.context.queries.certificates(wanted, Paging(first, after))

    @field(description="What anybody may know of a number.", graphql_type=CertificateVerification)
    async def verify_certificate(self, info: Asked, number: Number) -> Document:
        found = await info.context.queries.verification(number)
        return {"number": canonical_number(number), **(found or {}), "known": found is not None}

    @field(description="What certificates add up to, by corridor.", graphql_type=Connection[CorridorTotals])
    async def corridor_totals(
        self,
        info: Asked,
        exporter: Annotated[ID | None, argument(description="From this Participant.")] = None,
        importer: Annotated[ID | None, argument(description="To this Participant.")] = None,
        period: Annotated[str | None, argument(description="In this quarter: 2026-Q1.")] = None,
        flow: Annotated[Flow | None, argument(description="As exported, or as confirmed.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Document:
        asked = {"exporter": exporter, "importer": importer, "period": period, "flow": flow and flow.name}
        return await info.context.queries.corridor_totals(asked, Paging(first, after))

    @field(description="The production of a year, exact.", graphql_type=ProductionTotals)
    async def production_totals(
        self, info: Asked, year: Annotated[int, argument(description="The year.")], code: OfCode = None
    ) -> Document:
        return await info.context.queries.production_totals(year, code)

    @field(description="Production returns, by Participant and half-year.", graphql_type=Connection[ProductionReturn])
    async def production_returns(
        self,
        info: Asked,
        code: OfCode = None,
        period: Annotated[str | None, argument(description="Of this half-year: 2022-H1.")] = None,
        year: Annotated[int | None, argument(description="Of this year.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Document:
        return await info.context.queries.production_returns(code, period, year, Paging(first, after))

    @field(description="What a submission led to.", graphql_type=Submission)
    async def submission(
        self, info: Asked, id: Annotated[ID, argument(description="The id its sender gave it.")]
    ) -> Document:
        return (await info.context.outcomes.look([id]))[0]

    @field(description="What many submissions led to, in the order asked for.", graphql_type=list[Submission])
    async def submissions(
        self, info: Asked, ids: Annotated[list[ID], argument(description="Their ids, at most 1,000.")]
    ) -> list[Document]:
        if len(ids) > _MOST_IDS:
            remedy = f"Ask for at most {_MOST_IDS} at a time."
            raise Problem(400, "E_PAGE_SIZE", f"{len(ids)} submissions were asked for.", remedy)
        return await info.context.outcomes.look(ids)

    @field(description="Records that could not be taken, the newest first.", graphql_type=Connection[DeadLetter])
    async def dead_letters(self, info: Asked, first: First = 50, after: After = None) -> Document:
        return await info.context.queries.dead_letters(Paging(first, after))

    @field(description="How new the newest fact of each service is.", graphql_type=list[Freshness])
    async def freshness(self, info: Asked) -> list[Document]:
        now, rows = info.context.clock(), await info.context.queries.freshness()
        return [{**row, "ageSeconds": (now - row["newest"]).total_seconds()} for row in rows]


def _names(states: list[CertificateState] | list[ParticipationState] | None) -> list[str] | None:
    return None if states is None else [state.name for state in states]
