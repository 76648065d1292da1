"""The chapter of what must not pass: fourteen bad records among the good ones, and the answer each got."""

import asyncio
import time
from collections.abc import Sequence

from client.outcome import Outcome
from client.submission import Sealed
from deploy.local.demo import planted, questions
from deploy.local.demo.planted import Bad, Ground
from deploy.local.demo.plot import Plot
from deploy.local.demo.stage import PATIENCE, Stage
from deploy.local.refusal import Refusal

Told = tuple[str, str, str, str]
"""What was planted, the code that should answer it, the code that did, and the platform's words."""


async def what_must_not_pass(plot: Plot) -> None:
    """Send one of each kind of bad record and tell the answers."""
    stage = plot.stage
    explanation = (
        "Forged, mistaken, broken and repeated records, sent among honest ones. Each gets an answer; none an effect."
    )
    with stage.narrator.chapter("What must not pass", explanation):
        ground = planted.prepare(plot.generator, plot.exporters, stage.today)
        await stage.record("honest ones first", ground.seal(stage))
        bad = planted.bad_ones(stage, plot.generator, plot.exporters, ground)
        told = [*await _answers(stage, bad), *await _repetitions(stage, ground)]
        stage.narrator.table(
            ("planted", "answer", "in the platform's words"), [(t, got, said) for t, _, got, said in told]
        )
        _require_expected(told)
        plot.figures.planted = len(told)
        stage.narrator.fact("each was answered as it should be", f"{len(told)} of {len(told)}")


async def _answers(stage: Stage, bad: Sequence[Bad]) -> list[Told]:
    raw, signed = [one for one in bad if one.headers is not None], [one for one in bad if one.headers is None]
    await stage.kafka.send([one.sealed for one in signed])
    places = await planted.send_raw(stage, raw)
    outcomes = await stage.http.wait_for([one.sealed.id for one in signed], PATIENCE)
    letters = await _letters(stage, places)
    told = [_told(one, outcome) for one, outcome in zip(signed, outcomes, strict=True)]
    return told + [
        (one.title, one.expected, letters[place]["reason"], f"{letters[place]['message']}.")
        for one, place in zip(raw, places, strict=True)
    ]


def _told(bad: Bad, outcome: Outcome) -> Told:
    found = [(f.code, f.message) for f in outcome.findings]
    found += [(letter.reason, f"{letter.message}.") for letter in outcome.dead_letters]
    code, words = found[0] if found else (outcome.status, "")
    return bad.title, bad.expected, ", ".join(dict.fromkeys(c for c, _ in found)) or code, words


async def _letters(stage: Stage, places: Sequence[str]) -> dict[str, questions.Answer]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = {one["id"]: one for one in await questions.dead_letters(stage.graphql)}
        if found.keys() >= set(places):
            return found
        await asyncio.sleep(0.05)  # between two looks
    raise Refusal(f"Broken records did not come to the dead letters within {PATIENCE:.0f} s: look into .local/log.")


async def _repetitions(stage: Stage, ground: Ground) -> list[Told]:
    once = ground.repeated.seal(stage.keyring)[0]
    answers = [await _by_http(stage, once), await _by_http(stage, once)]
    same = answers[0].facts == answers[1].facts and len(answers[1].facts) == 1
    fact = answers[1].facts[0] if answers[1].facts else None
    words = f"Both times the one fact {fact.type}, version {fact.sequence}." if fact else ""
    twice = ("the same submission twice", "ACCEPTED once", "ACCEPTED once" if same else "ACCEPTED twice", words)
    other = await _by_http(stage, planted.other_bytes(stage, ground.repeated, once))
    finding = other.findings[0] if other.findings else None
    code, said = (finding.code, finding.message) if finding else (other.status, "")
    return [twice, ("the same id over other bytes", "E_ID_REUSED", code, said)]


async def _by_http(stage: Stage, sealed: Sealed) -> Outcome:
    return await stage.http.submit(sealed, wait=PATIENCE / 2)


def _require_expected(told: Sequence[Told]) -> None:
    for title, expected, got, _ in told:
        if expected not in got:
            raise Refusal(f"Planted was '{title}', the answer should have been {expected} and was {got}.")
