"""Returns and totals: who may file what, and what a certificate adds to which quarter."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.facts import Fact
from contracts.outcome import Accepted
from services.certificates.domain import DOMAIN as CERTIFICATES
from services.statistics.contributions import Amount, Cell, contribution, difference, total
from services.statistics.domain import DOMAIN, period_end
from tests.unit.worked import after, certificate, codes, judge, signer

# The first entry of DR Congo for 2022-H1 as it stands in the real table (domain.md Appendix A).
CONGO: dict[str, Any] = {
    "code": "CD",
    "period": "2022-H1",
    "nil": False,
    "lines": [
        {"sector": "ASM", "carats": "3378987.65", "valueUsd": "22639217.26"},
        {"sector": "LSM", "carats": "1761189.74", "valueUsd": "11799971.26"},
    ],
}
FOCAL, SECRETARIAT = signer("CD", "FOCAL_POINT"), signer("KPS", "SECRETARIAT")


def file(changes: dict[str, Any], by: Any = FOCAL, state: Any = None, subject: str = "CD|PRODUCTION|2022-H1") -> Any:
    return judge(DOMAIN, state, "production-return.file.v1", {**CONGO, **changes}, by, subject)


def test_a_return_adds_its_lines_up_to_the_cent() -> None:
    state = after(DOMAIN, None, file({}))
    assert (state.carats, state.value_usd, state.year) == (Decimal("5140177.39"), Decimal("34439188.52"), 2022)


def test_two_lines_of_one_sector_stay_two_lines() -> None:
    lines = [*CONGO["lines"], {"sector": "LSM", "carats": "871287.39", "valueUsd": "11762379.77"}]
    assert len(after(DOMAIN, None, file({"lines": lines})).lines) == 3


@pytest.mark.parametrize(
    ("changes", "by", "code"),
    [
        ({"nil": True}, FOCAL, "E_NIL_WITH_LINES"),
        ({"lines": []}, FOCAL, "E_FIELD_MISSING"),
        ({"period": "2026-H2"}, FOCAL, "E_PERIOD_NOT_ENDED"),
        ({"period": "2022-H3"}, FOCAL, "E_FIELD_INVALID"),
        ({}, SECRETARIAT, "E_FORBIDDEN_AUTHORITY"),
        ({"historical": {"source": "S25"}}, FOCAL, "E_FORBIDDEN_AUTHORITY"),
        ({"code": "CG"}, FOCAL, "E_SUBJECT"),
    ],
)
def test_each_refusal_of_a_return_has_its_code(changes: dict[str, Any], by: Any, code: str) -> None:
    assert code in codes(file(changes, by))


def test_a_second_return_for_the_same_half_year_is_refused() -> None:
    assert codes(file({}, state=after(DOMAIN, None, file({})))) == {"E_DUPLICATE_SUBMISSION"}


def test_a_historical_import_carries_the_date_it_was_filed() -> None:
    decision = file({"historical": {"source": "S25", "filedOn": "2023-03-17"}}, SECRETARIAT)
    assert isinstance(decision, Accepted)
    assert after(DOMAIN, None, decision).filed_on == date(2023, 3, 17)


@pytest.mark.parametrize(("period", "end"), [("2023-H1", date(2023, 6, 30)), ("2024-H2", date(2024, 12, 31))])
def test_a_half_year_ends_in_june_or_december(period: str, end: date) -> None:
    assert period_end(period) == end


def fact(steps: int) -> Fact:
    state = certificate(CERTIFICATES, steps).model_dump(mode="json")
    at = datetime(2026, 3, 8, tzinfo=UTC)
    return Fact("f", "t", "AO123", steps, at, "s", "a", "RESTRICTED", "", state, {}, "")


def test_the_exporter_counts_at_export_and_the_importer_at_confirmation() -> None:
    exported = Cell("AO", "AE", "2026-Q1", "EXPORT")
    assert contribution(fact(2)) == {}
    assert contribution(fact(3)) == {exported: Amount(1, Decimal("1250.00"), Decimal("250000.00"))}
    assert contribution(fact(5))[Cell("AO", "AE", "2026-Q1", "IMPORT")].carats == Decimal("1249.10")


def test_an_export_in_march_confirmed_in_april_counts_in_two_quarters() -> None:
    one = fact(5)
    one.data["export"]["exportedOn"], one.data["confirmation"]["confirmedOn"] = "2026-03-30", "2026-04-02"
    assert {(cell.flow, cell.period) for cell in contribution(one)} == {("EXPORT", "2026-Q1"), ("IMPORT", "2026-Q2")}


amounts = st.builds(Amount, st.integers(0, 3), st.decimals(0, 999, places=2), st.decimals(0, 999, places=2))
quarters = st.sampled_from(["2026-Q1", "2026-Q2"])
cells = st.dictionaries(st.builds(Cell, st.just("AO"), st.just("AE"), quarters, st.just("EXPORT")), amounts)


@given(st.lists(cells, max_size=6))
def test_differences_add_up_to_what_is_contributed_last(history: list[dict[Cell, Amount]]) -> None:
    steps = zip([{}, *history], history, strict=False)
    sums = total((0, difference(before, after)) for before, after in steps)
    last = history[-1] if history else {}
    assert {c: a for (c, _), a in sums.items() if a != Amount()} == {c: a for c, a in last.items() if a != Amount()}
