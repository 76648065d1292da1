# pyright: strict
"""What the reference facts promise, fact by fact, and that the real file agrees with them to the cent."""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

import reference
from reference.facts import Period, ProductionReturn, PublishedTable, Sourced, StatusInterval
from reference.production_file import group_into_returns, production_file, read_returns, read_rows
from reference.vocabulary import (
    WORLD,
    Confidence,
    Edition,
    Flow,
    InFlightPolicy,
    Kind,
    Mode,
    OverlayKind,
    Precision,
    Sector,
    Status,
)

WORLD_2023 = (Decimal("112071772.69"), Decimal("12882789714.55"))


@pytest.fixture(scope="module")
def real_file() -> Path:
    path = production_file()
    if not path.is_file():
        reason = f"{path.name} was NOT CHECKED: it is not in {path.parent}; set KP_DATA_DIR"
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    return path


def every_fact() -> Iterator[Sourced]:
    yield from reference.participants()
    yield from reference.trading_entities()
    yield from reference.decisions()
    yield from reference.status_changes()
    yield from reference.overlays()
    yield from reference.union_members()
    yield from reference.union_territories()
    yield from reference.union_authorities()
    yield from reference.former_participants()
    yield from reference.zones()
    yield from reference.hs_codes()
    yield from reference.chairs()
    yield from reference.published_tables()
    yield reference.filed_2023()


def every_period() -> Iterator[Period]:
    for participant in reference.participants():
        yield from reference.status_history(participant.code)
    yield from reference.overlays()


def dates_and_precisions() -> Iterator[tuple[date, Precision]]:
    yield from ((each.since, each.precision) for each in reference.participants())
    yield from ((each.since, each.precision) for each in reference.former_participants())
    yield from ((each.adopted_on, each.precision) for each in reference.decisions())
    yield from ((each.declared, each.precision) for each in reference.zones())
    yield from ((each.covered_from, each.precision) for each in reference.union_members())
    yield from ((each.effective_from, each.from_precision) for each in every_period())


def table(year: int, edition: Edition) -> PublishedTable:
    return next(each for each in reference.published_tables() if (each.year, each.edition) == (year, edition))


def figures(year: int, edition: Edition) -> dict[str, tuple[Decimal, Decimal | None]]:
    return {each.code: (each.carats, each.value_usd) for each in table(year, edition).figures}


def total(returns: Iterable[ProductionReturn]) -> tuple[Decimal, Decimal]:
    lines = [line for each in returns for line in each.lines]
    return sum((line.carats for line in lines), Decimal()), sum((line.value_usd for line in lines), Decimal())


def totals_by_code(returns: Iterable[ProductionReturn]) -> dict[str, tuple[Decimal, Decimal]]:
    held = tuple(returns)
    return {code: total(each for each in held if each.code == code) for code in {each.code for each in held}}


def status_on(code: str, day: date) -> StatusInterval:
    return next(each for each in reference.status_history(code) if each.holds_on(day))


def test_there_are_sixty_participants_with_sixty_codes() -> None:
    assert len({each.code for each in reference.participants()}) == len(reference.participants()) == 60


def test_no_certificate_prefix_belongs_to_two() -> None:
    issuers = (*reference.participants(), *reference.trading_entities())
    prefixes = Counter(prefix for each in issuers for prefix in each.kpc_prefixes)
    assert set(prefixes.values()) == {1}


def test_the_union_is_one_participant_of_27_states_with_seven_authorities_and_a_validity_of_two_months() -> None:
    union = next(each for each in reference.participants() if each.kind is Kind.REIO)
    present = {each.code for each in reference.union_members() if each.covered_until is None}
    assert (union.code, union.validity, union.kpc_prefixes) == ("EU", "P2M", ("EU", "EC"))
    assert len(present) == 27
    assert len(reference.union_authorities()) == 7
    assert {each.member for each in reference.union_authorities()} <= present


def test_the_united_kingdom_leaves_the_union_on_the_day_it_becomes_a_participant() -> None:
    inside = next(each for each in reference.union_members() if each.code == "GB")
    assert inside.covered_until == reference.status_history("GB")[0].effective_from == date(2021, 1, 1)


def test_a_former_participant_is_covered_by_the_union_from_the_day_it_merged() -> None:
    covered_from = {each.code: each.covered_from for each in reference.union_members()}
    merged = {each.code: each.merged_on for each in reference.former_participants()}
    assert len(merged) == 6
    assert {code: covered_from[code] for code in merged} == merged


def test_every_fact_has_a_source_that_is_listed_and_every_listed_source_is_used() -> None:
    cited = {source for each in every_fact() for source in each.source}
    assert all(each.source for each in every_fact())
    assert cited == {each.id for each in reference.sources()}


def test_no_source_is_listed_twice() -> None:
    assert len({each.id for each in reference.sources()}) == len(reference.sources())


def test_own_knowledge_says_so_in_its_confidence_and_in_its_source() -> None:
    own = {Confidence.OWN_HIGH, Confidence.OWN_MEDIUM, Confidence.OWN_LOW}
    assert [each for each in every_fact() if (each.confidence in own) != ("OWN" in each.source)] == []


def test_a_date_that_is_not_known_to_the_day_is_the_first_of_a_month() -> None:
    vague = [day for day, precision in dates_and_precisions() if precision is not Precision.DAY]
    assert vague
    assert {day.day for day in vague} == {1}


def test_every_participant_has_one_status_at_a_time_and_never_none() -> None:
    for participant in reference.participants():
        history = reference.status_history(participant.code)
        assert history[0].effective_from == participant.since
        assert history[-1].effective_to is None
        for earlier, later in pairwise(history):
            assert earlier.effective_from < later.effective_from == earlier.effective_to
            assert earlier.to_precision == later.from_precision


def test_every_participant_is_active_in_january_2026() -> None:
    assert {status_on(each.code, date(2026, 1, 31)).status for each in reference.participants()} == {Status.ACTIVE}


def test_every_change_of_status_and_every_admission_has_a_decision_with_a_reference_of_its_own() -> None:
    decisions = {each.ref: each for each in reference.decisions()}
    assert len(decisions) == len(reference.decisions())
    for period in every_period():
        assert period.code in decisions[period.decision].subject
    for overlay in reference.overlays():
        assert overlay.code in decisions[overlay.ended_by].subject


def test_no_decision_names_a_participant_whose_status_it_did_not_touch() -> None:
    touched = {(each.decision, each.code) for each in every_period()}
    touched |= {(each.ended_by, each.code) for each in reference.overlays()}
    assert {(each.ref, code) for each in reference.decisions() for code in each.subject} == touched


def test_no_decision_is_later_than_what_it_began() -> None:
    adopted_on = {each.ref: each.adopted_on for each in reference.decisions()}
    assert [each for each in every_period() if adopted_on[each.decision] > each.effective_from] == []


def test_only_the_security_council_is_cited_by_its_own_references() -> None:
    known = {each.ref for each in reference.decisions() if not each.ref_is_ours}
    assert known == {"UNSCR 1643 (2005)", "UNSCR 2153 (2014)"}


def test_special_measures_have_a_mode_and_nothing_else_has() -> None:
    changes = reference.status_changes()
    assert [each for each in changes if (each.mode is not None) != (each.status is Status.SPECIAL_MEASURES)] == []


def test_only_a_status_other_than_active_touches_a_flow() -> None:
    changes = reference.status_changes()
    assert [each for each in changes if bool(each.flows) == (each.status is Status.ACTIVE)] == []


def test_goods_under_way_were_refused_when_a_participant_was_removed_and_honoured_otherwise() -> None:
    refused = {each.code for each in every_period() if each.in_flight_policy is InFlightPolicy.REJECT}
    removed = {
        each.code for each in every_period() if isinstance(each, StatusInterval) and each.status is Status.REMOVED
    }
    assert refused == removed == {"CG", "LB"}


@pytest.mark.parametrize(
    ("code", "day", "status", "mode"),
    [
        ("CG", date(2004, 7, 8), Status.ACTIVE, None),
        ("CG", date(2004, 7, 9), Status.REMOVED, None),
        ("CG", date(2007, 11, 8), Status.ACTIVE, None),
        ("LB", date(2005, 1, 1), Status.REMOVED, None),
        ("VE", date(2012, 6, 1), Status.SELF_SUSPENDED, None),
        ("VE", date(2016, 11, 17), Status.ACTIVE, None),
        ("ZW", date(2010, 1, 1), Status.SPECIAL_MEASURES, Mode.PRE_APPROVAL),
        ("CF", date(2013, 5, 23), Status.SUSPENDED, None),
        ("CF", date(2017, 1, 15), Status.SPECIAL_MEASURES, Mode.PRE_APPROVAL),
        ("CF", date(2020, 1, 15), Status.SPECIAL_MEASURES, Mode.POST_VERIFICATION),
        ("CF", date(2024, 11, 15), Status.ACTIVE, None),
    ],
)
def test_the_status_of_a_day_is_that_of_history(code: str, day: date, status: Status, mode: Mode | None) -> None:
    """A participant has on each of these days the status that the sources give it."""
    interval = status_on(code, day)
    assert (interval.status, interval.mode) == (status, mode)


def test_cote_d_ivoire_stays_active_under_an_embargo_on_its_exports() -> None:
    embargo = next(each for each in reference.overlays() if each.overlay is OverlayKind.UN_EMBARGO)
    assert (embargo.code, embargo.flows) == ("CI", (Flow.EXPORT,))
    assert embargo.holds_on(date(2014, 4, 28))
    assert not embargo.holds_on(date(2014, 4, 29))
    assert status_on("CI", date(2014, 4, 28)).status is Status.ACTIVE


def test_eight_zones_were_compliant_before_pre_approval_ended() -> None:
    assert len({each.name for each in reference.zones() if each.declared < date(2019, 11, 22)}) == 8


def test_three_customs_codes_are_rough_diamonds() -> None:
    assert {each.code for each in reference.hs_codes() if each.in_scope} == {"710210", "710221", "710231"}


def test_every_year_from_2003_to_2027_has_one_chair_who_is_a_participant() -> None:
    codes = {each.code for each in reference.participants()}
    assert [each.year for each in reference.chairs()] == list(range(2003, 2028))
    assert {each.code for each in reference.chairs()} <= codes


def test_the_returns_of_2023_add_up_to_the_world_total_to_the_cent() -> None:
    assert total(reference.returns_2023()) == WORLD_2023 == figures(2023, Edition.DATABASE)[WORLD]


def test_the_returns_of_2023_give_every_published_figure_of_a_participant() -> None:
    published = {code: pair for code, pair in figures(2023, Edition.DATABASE).items() if code != WORLD}
    filed = totals_by_code(reference.returns_2023())
    assert {code: filed[code] for code in published} == published


def test_a_return_of_2023_is_nil_or_has_lines_and_comes_once() -> None:
    returns = reference.returns_2023()
    assert len({(each.code, each.period) for each in returns}) == len(returns) == 83
    assert [each for each in returns if each.nil != (each.nil_rows > 0)] == []


def test_who_mined_in_2023_is_a_producer_and_who_stopped_is_none() -> None:
    producers = {each.code for each in reference.participants() if each.producer}
    stopped = {each.code for each in reference.participants() if each.produced_until is not None}
    assert {each.code for each in reference.returns_2023() if not each.nil} == producers
    assert not producers & stopped


def test_the_press_and_the_database_agree_on_2019_but_for_the_carats_of_angola() -> None:
    press, database = figures(2019, Edition.PRESS), figures(2019, Edition.DATABASE)
    assert {code for code in press if press[code] != database[code]} == {"AO"}
    assert press["AO"][1] == database["AO"][1]


def test_the_2023_half_years_here_are_those_of_the_real_file(real_file: Path) -> None:
    assert tuple(each for each in read_returns(real_file) if each.year == 2023) == reference.returns_2023()


def test_the_real_file_adds_up_to_the_world_totals_of_the_database(real_file: Path) -> None:
    returns = read_returns(real_file)
    assert total(each for each in returns if each.year == 2023) == WORLD_2023
    for year in (2019, 2022, 2023):
        of_year = totals_by_code(each for each in returns if each.year == year)
        printed = figures(year, Edition.DATABASE)
        assert total(each for each in returns if each.year == year) == printed.pop(WORLD)
        assert {code: of_year[code] for code in printed} == printed


def test_the_1529_rows_of_the_real_file_make_1479_returns_and_none_is_lost(real_file: Path) -> None:
    rows = read_rows(real_file)
    returns = group_into_returns(rows)
    assert (len(rows), len(returns)) == (1529, 1479)
    assert sum(len(each.lines) + each.nil_rows for each in returns) == 1529
    assert sum(each.nil_rows for each in returns) == 528


def test_guinea_filed_both_a_nil_and_a_line_for_the_second_half_of_2006(real_file: Path) -> None:
    (filed,) = (each for each in read_returns(real_file) if (each.code, each.period) == ("GN", "2006-H2"))
    assert (filed.nil, filed.nil_rows, len(filed.lines), filed.filed_on) == (False, 1, 1, None)
    assert filed.lines[0].sector is Sector.TOTAL


def test_the_democratic_republic_of_the_congo_entered_one_sector_twice(real_file: Path) -> None:
    (filed,) = (each for each in read_returns(real_file) if (each.code, each.period) == ("CD", "2022-H1"))
    assert [line.sector for line in filed.lines] == [Sector.ASM, Sector.LSM, Sector.LSM]
    assert filed.filed_on == date(2023, 9, 7)


def test_the_last_half_year_of_production_is_that_of_the_real_file(real_file: Path) -> None:
    last: dict[str, str] = {}
    for each in read_returns(real_file):
        if total([each])[0]:
            last[each.code] = max(each.period, last.get(each.code, ""))
    stopped = {each.code: each.produced_until for each in reference.participants() if each.produced_until}
    assert {code: period for code, period in last.items() if period < "2023"} == stopped


def test_the_data_folder_is_taken_from_the_environment() -> None:
    assert production_file({"KP_DATA_DIR": "elsewhere"}).parent == Path("elsewhere")
