"""The first chapters: the servers, the real register, the authorities with their keys, the real production returns."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from contracts import topics
from deploy.local.demo import authorities, production, questions, register
from deploy.local.demo.narrator import Narrator
from deploy.local.demo.planted import LONG_AGO, SUSPENDED_ON
from deploy.local.demo.stage import Stage
from deploy.local.refusal import Refusal
from deploy.local.stack import Stack

WORLD_YEAR = 2023
WORLD = (Decimal("112071772.69"), Decimal("12882789714.55"))
"""The world's production of 2023 in carats and US$, to the last digit (domain.md §3.2)."""


def house(narrator: Narrator, stack: Stack) -> None:
    """Start whatever does not run yet."""
    explanation = "Real servers from the package registries, our four services, each a process of its own."
    with narrator.chapter("The house", explanation):
        running = stack.is_running()
        stack.up(narrator.fact)
        count = sum(row.pid is not None for row in stack.status())
        narrator.fact(f"{count} processes, each under the stack's supervisor, which starts again what dies")
        specs = topics.load()
        partitions = sum(one.partitions for one in specs)
        narrator.fact(f"{len(specs)} topics of contracts/topics.toml are there", f"{partitions} partitions")
        if running:
            narrator.aside("It was running already: this run goes on where the last one ended.")


async def real_register(stage: Stage) -> None:
    """Record who takes part, and every change of status since 2003."""
    explanation = (
        "The real participants and their history. Each entry is signed by the Secretariat and cites its decision."
    )
    with stage.narrator.chapter("The register", explanation):
        admitted, changed = register.admissions(stage.keyring.secretariat), register.changes(stage.keyring.secretariat)
        known = await stage.record("admissions", admitted)
        _tell(stage, f"{len(admitted)} participants admitted with the dates they joined", len(admitted), known)
        known = await stage.record("status history", changed)
        _tell(stage, f"{len(changed)} changes of status and measures since", len(changed), known)
        asked = await questions.who_may_export(stage.graphql, questions.TURNING_POINTS)
        stage.narrator.fact("canTrade: the rule of today, over the register as it was on a day")
        stage.narrator.table(("export of", "on", "answer", "decision it rests on", "in words"), asked)


async def keys_and_numbers(stage: Stage) -> None:
    """Give every authority a key, the platform its public half, and every participant its numbers."""
    explanation = "Every authority signs with an Ed25519 key of its own. The private half never leaves .local/keys."
    with stage.narrator.chapter("Authorities, keys, numbers", explanation):
        keyring, years = stage.keyring, {stage.today.year, (stage.today - timedelta(LONG_AGO)).year}
        designated, registered = authorities.designations(keyring), authorities.registrations(keyring)
        known = await stage.record("authorities", designated)
        _tell(stage, f"{len(designated)} authorities designated, the Union's seven among them", len(designated), known)
        known = await stage.record("keys", registered)
        await _require_same_keys(stage)
        _tell(stage, f"{len(registered)} public keys registered; /jwks lists exactly ours", len(registered), known)
        allocated = authorities.allocations(keyring, years, SUSPENDED_ON)
        known = await stage.record("ranges", allocated)
        _tell(stage, f"{len(allocated)} ranges of certificate numbers allocated", len(allocated), known)


async def _require_same_keys(stage: Stage) -> None:
    public = await stage.graphql.public_keys()
    if any(public.get(kid) != x for kid, x in ((key.kid, key.x) for key in stage.keyring.keys.values())):
        raise Refusal(
            f"The keys in {stage.stack.layout.keys} are not those the platform knows: "
            f"run `make down`, delete {stage.stack.layout.home / 'data'} and run again."
        )


async def real_production(stage: Stage) -> None:
    """File the real returns and show that the world's total of 2023 comes out exact."""
    explanation = "What participants reported to have mined, filed as historical imports with the dates of then."
    with stage.narrator.chapter("Production returns", explanation):
        filed = await asyncio.to_thread(production.find)
        statements = production.statements(stage.keyring.secretariat, filed)
        known = await stage.record("returns", statements)
        _tell(stage, f"{filed.rows:,} rows are {len(statements):,} returns, from {filed.told}", len(statements), known)
        total = await questions.world_total(stage.graphql, WORLD_YEAR)
        carats, value = Decimal(total["carats"]), Decimal(total["valueUsd"])
        if (carats, value) != WORLD:
            raise Refusal(f"The world's total of {WORLD_YEAR} should be {WORLD} and GraphQL says {(carats, value)}.")
        told = f"GraphQL, world {WORLD_YEAR}: {total['returns']} returns of {total['participants']} participants"
        stage.narrator.fact(told, f"{carats:,} ct, US$ {value:,}")


def _tell(stage: Stage, text: str, count: int, known: int) -> None:
    again = f"{known:,} known: the same again" if known else f"{count:,} recorded"
    stage.narrator.fact(text, again)
