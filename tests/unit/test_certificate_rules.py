"""The certificate's rules against the worked examples of domain.md §7.2 and each guard's code."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.certificates import certificate_key
from contracts.outcome import Accepted, Rejection
from contracts.participants import last_valid_day
from services.certificates.domain import DOMAIN
from services.certificates.domain.confirming import weigh
from tests.unit.worked import (
    ARRIVE,
    CONFIRM,
    EXPORT,
    STEPS,
    VALIDATE,
    W1,
    after,
    certificate,
    codes,
    judge,
    reasons,
    signer,
)


def issue(changes: dict[str, Any], by: str = "AO", subject: str = "AO123", state: Any = None) -> Any:
    return judge(DOMAIN, state, "certificate.issue.v1", {**W1, **changes}, signer(by), subject)


def test_w1_happy_path_ends_confirmed_and_matched() -> None:
    state = certificate(DOMAIN, 5)
    assert (state.state, state.number, state.number_as_printed) == ("CONFIRMED", "AO000123", "AO 000123")
    assert state.confirmation is not None
    assert (state.confirmation.match, state.confirmation.difference_carats) == ("MATCHED", Decimal("-0.90"))


@pytest.mark.parametrize(
    ("measured", "match"), [("1249.10", "MATCHED"), ("1245.00", "MATCHED_WITH_NOTE"), ("1240.00", None)]
)
def test_w2_tolerance_decides_between_match_note_and_refusal(measured: str, match: str | None) -> None:
    decision = judge(
        DOMAIN,
        certificate(DOMAIN, 4),
        "certificate.confirm-import.v1",
        {**CONFIRM, "measuredCarats": measured},
        signer("AE"),
        "AO123",
    )
    if match is None:
        assert (codes(decision), reasons(decision)) == ({"E_NOT_CONFIRMABLE"}, {"WEIGHT_DIFFERENCE"})
    else:
        assert after(DOMAIN, certificate(DOMAIN, 4), decision).confirmation.match == match


@pytest.mark.parametrize(("day", "expected"), [("2026-05-01", set()), ("2026-05-02", {"E_EXPIRED"})])
def test_w3_export_is_fine_on_the_last_day_and_refused_on_the_next(day: str, expected: set[str]) -> None:
    data = {**EXPORT, "exportedOn": day}
    decision = judge(DOMAIN, certificate(DOMAIN, 2), "certificate.export.v1", data, signer("AO"), "AO123")
    assert codes(decision) == expected


EU = {
    **W1,
    "number": "EU12345678",
    "issuer": "EU",
    "origin": None,
    "mixedOrigin": True,
    "issuedOn": "2026-09-30",
    "expiresOn": "2026-11-30",
    "evidence": [{"kind": "IMPORT_CERTIFICATE", "ref": "AO000123"}],
}


def test_w4_two_calendar_months_end_on_the_last_day_of_a_short_month() -> None:
    assert last_valid_day(date(2026, 12, 31), "P2M") == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("changes", "subject", "code"),
    [
        ({"number": "BE12345678"}, "BE12345678", "E_NUMBER_PREFIX"),
        ({"destination": "DE"}, "EU12345678", "E_INTRA_PARTICIPANT"),
    ],
)
def test_w4_the_union_issues_under_its_own_prefix_and_not_to_its_members(
    changes: dict[str, Any], subject: str, code: str
) -> None:
    decision = judge(DOMAIN, None, "certificate.issue.v1", {**EU, **changes}, signer("EU"), subject)
    assert code in codes(decision)


def test_w4_the_same_certificate_without_these_mistakes_is_issued() -> None:
    assert isinstance(judge(DOMAIN, None, "certificate.issue.v1", EU, signer("EU"), "EU12345678"), Accepted)


def test_w5_lines_that_do_not_add_up_are_refused() -> None:
    lines = [W1["lines"][0], {**W1["lines"][1], "carats": "449.99"}]
    assert codes(issue({"lines": lines})) == {"E_SUM_MISMATCH"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"carats": "0"}, "E_CARATS"),
        ({"carats": "1250.001"}, "E_CARATS"),
        ({"carats": "NaN"}, "E_CARATS"),
        ({"valueUsd": "-1.00"}, "E_VALUE"),
        ({"parcelCount": 0}, "E_PARCELS"),
        ({"lines": [{"hs6": "710229", "carats": "1250.00", "valueUsd": "250000.00"}]}, "E_HS_OUT_OF_SCOPE"),
        ({"languages": ["pt"]}, "E_LANG_EN_MISSING"),
        ({"attested": False}, "E_ATTESTATION"),
        ({"evidence": []}, "E_NO_LAWFUL_SOURCE"),
        ({"origin": None}, "E_ORIGIN"),
        ({"mixedOrigin": True}, "E_ORIGIN"),
        ({"expiresOn": "2026-05-02"}, "E_VALIDITY"),
        ({"expiresOn": "2026-03-02"}, "E_VALIDITY"),
        ({"issuedOn": "2026-12-01", "expiresOn": "2027-01-01"}, "E_DATE_FUTURE"),
        ({"issuedOn": "2026-02-29"}, "E_FIELD_INVALID"),
        ({"destination": "KE"}, "E_NON_PARTICIPANT"),
        ({"number": "AO-"}, "E_NUMBER_FORMAT"),
        ({"number": "АО000123"}, "E_NUMBER_FORMAT"),
        ({"number": "AE000123"}, "E_SUBJECT"),
        ({"issuer": "AE"}, "E_FORBIDDEN_AUTHORITY"),
        ({"surprise": 1}, "E_FIELD_UNKNOWN"),
        (
            {"private": {**W1["private"], "importer": {**W1["private"]["importer"], "country": "AO"}}},
            "E_IMPORTER_COUNTRY",
        ),
    ],
)
def test_each_guard_of_issuing_has_its_code(changes: dict[str, Any], code: str) -> None:
    assert code in codes(issue(changes))


@pytest.mark.parametrize("field", sorted(set(W1) - {"origin"}))
def test_a_missing_field_is_named(field: str) -> None:
    data = {name: value for name, value in W1.items() if name != field}
    decision = judge(DOMAIN, None, "certificate.issue.v1", data, signer("AO"), "AO123")
    assert ("E_FIELD_MISSING", f"data.{field}") in {(one.code, one.path) for one in decision.findings}


def test_every_violation_is_said_at_once() -> None:
    found = codes(issue({"languages": ["pt"], "expiresOn": "2026-12-31", "destination": "KE", "number": "ZZ1"}))
    assert found >= {"E_LANG_EN_MISSING", "E_VALIDITY", "E_NON_PARTICIPANT", "E_SUBJECT", "E_NUMBER_PREFIX"}


def test_a_number_is_never_used_twice() -> None:
    assert "E_CERT_NUMBER_DUPLICATE" in codes(issue({}, state=certificate(DOMAIN, 5)))


def test_a_serial_outside_the_allocated_range_of_its_year_is_refused() -> None:
    decision = issue({"number": "AO999999999"}, subject="AO999999999")
    assert codes(decision) == {"E_NUMBER_RANGE"}


def test_an_issuer_that_was_suspended_on_the_date_is_refused() -> None:
    changes = {"number": "CF5", "issuer": "CF", "origin": "CF", "issuedOn": "2014-03-01", "expiresOn": "2014-04-01"}
    assert "E_PARTICIPANT_SUSPENDED" in codes(issue(changes, by="CF", subject="CF5"))


def test_an_origin_that_does_not_produce_is_a_warning_and_accepted() -> None:
    own = {"number": "EU12345678", "issuer": "EU", "origin": "EU", "mixedOrigin": False}
    decision = judge(DOMAIN, None, "certificate.issue.v1", {**EU, **own}, signer("EU"), "EU12345678")
    assert isinstance(decision, Accepted)
    assert [(one.code, one.level) for one in decision.findings] == [("W_ORIGIN_NON_PRODUCER", "WARNING")]


@pytest.mark.parametrize("steps", range(6))
def test_only_the_next_step_of_the_life_is_lawful(steps: int) -> None:
    state = certificate(DOMAIN, steps) if steps else None
    for number, (type_, data, code) in enumerate(STEPS):
        decision = judge(DOMAIN, state, type_, data, signer(code), "AO123")
        assert isinstance(decision, Accepted if number == steps else Rejection), (steps, type_)


@pytest.mark.parametrize(("steps", "other"), [(1, "AE"), (2, "AE"), (3, "AO"), (4, "AO")])
def test_each_step_is_open_to_one_side_only(steps: int, other: str) -> None:
    type_, data, _ = STEPS[steps]
    decision = judge(DOMAIN, certificate(DOMAIN, steps), type_, data, signer(other), "AO123")
    assert codes(decision) == {"E_FORBIDDEN_AUTHORITY"}


@pytest.mark.parametrize("steps", range(5))
def test_the_secretariat_has_no_transition(steps: int) -> None:
    type_, data, _ = STEPS[steps]
    state = certificate(DOMAIN, steps) if steps else None
    decision = judge(DOMAIN, state, type_, data, signer("KPS", "SECRETARIAT"), "AO123")
    assert "E_FORBIDDEN_AUTHORITY" in codes(decision)


def test_a_second_confirmation_is_named_as_such() -> None:
    decision = judge(DOMAIN, certificate(DOMAIN, 5), "certificate.confirm-import.v1", CONFIRM, signer("AE"), "AO123")
    assert codes(decision) == {"E_ALREADY_CONFIRMED"}


def test_who_issues_does_not_validate() -> None:
    data = {**VALIDATE, "officerRef": W1["issuedBy"]}
    decision = judge(DOMAIN, certificate(DOMAIN, 1), "certificate.validate.v1", data, signer("AO"), "AO123")
    assert codes(decision) == {"E_FOUR_EYES"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sealIntact": False}, "SEAL_BROKEN"),
        ({"originalSighted": False}, "ORIGINAL_MISSING"),
        ({"parcelCount": 3}, "PARCEL_COUNT"),
        ({"hsCodes": ["710231"]}, "HS_MISMATCH"),
    ],
)
def test_what_cannot_be_confirmed_has_its_reason(changes: dict[str, Any], reason: str) -> None:
    data = {**CONFIRM, **changes}
    decision = judge(DOMAIN, certificate(DOMAIN, 4), "certificate.confirm-import.v1", data, signer("AE"), "AO123")
    assert reasons(decision) == {reason}


def test_an_expired_certificate_cannot_be_confirmed() -> None:
    arrived = {**ARRIVE, "arrivedOn": "2026-05-20"}
    late = judge(DOMAIN, certificate(DOMAIN, 3), "certificate.arrive.v1", arrived, signer("AE"), "AO123")
    data = {**CONFIRM, "confirmedOn": "2026-05-21"}
    state = after(DOMAIN, certificate(DOMAIN, 3), late)
    decision = judge(DOMAIN, state, "certificate.confirm-import.v1", data, signer("AE"), "AO123")
    assert reasons(decision) == {"EXPIRED_ON_ARRIVAL"}


def test_an_own_valuation_far_from_the_declared_value_is_noted() -> None:
    data = {**CONFIRM, "ownValuationUsd": "100000.00"}
    decision = judge(DOMAIN, certificate(DOMAIN, 4), "certificate.confirm-import.v1", data, signer("AE"), "AO123")
    assert after(DOMAIN, certificate(DOMAIN, 4), decision).confirmation.notes == ["VALUATION_GAP"]


@given(st.text(alphabet="ABZ019 -/.", min_size=3, max_size=16))
def test_separators_case_and_leading_zeros_do_not_make_another_certificate(printed: str) -> None:
    key = certificate_key(printed)
    assert certificate_key(printed.lower()) == key
    assert certificate_key(" ".join(printed)) == key


def test_leading_zeros_of_the_serial_are_not_significant() -> None:
    assert certificate_key("US001234") == certificate_key("US1234") == "US1234"


@given(
    st.decimals(min_value="0.01", max_value="999999", places=2),
    st.decimals(min_value="0.01", max_value="999999", places=2),
)
def test_a_larger_difference_never_matches_better(declared: Decimal, measured: Decimal) -> None:
    order = ["MATCHED", "MATCHED_WITH_NOTE", None]
    nearer = declared + (measured - declared) / 2
    assert order.index(weigh(declared, nearer)) <= order.index(weigh(declared, measured))
