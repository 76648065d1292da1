"""The register's rules: each change rests on a decision, statuses never overlap, only the Secretariat records."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.outcome import Accepted
from contracts.participants import MemberState, Overlay
from contracts.registry import Registry
from services.participants.domain import DOMAIN
from tests.unit.worked import DECISION, NOW, after, codes, interval, judge, participant, signer

SECRETARIAT = signer("KPS", "SECRETARIAT")
VECTORS = Path(os.environ.get("KP_DATA_DIR", Path(__file__).parents[3] / "shared" / "data")) / "test_vectors.json"
DECIDED = DECISION.model_dump(mode="json")


def decide(state: Any, type_: str, data: dict[str, Any], by: Any = SECRETARIAT, subject: str = "CG") -> Any:
    return judge(DOMAIN, state, f"participant.{type_}.v1", data, by, subject)


ADMIT = {
    "code": "CG",
    "name": "Congo",
    "kind": "PARTICIPANT",
    "effectiveFrom": "2003-01-01",
    "kpcPrefixes": ["CG"],
    "decision": DECIDED,
}
REMOVE = {
    "to": "REMOVED",
    "effectiveFrom": "2004-07-09",
    "scope": "all trade",
    "inFlightPolicy": "REJECT",
    "decision": DECIDED,
}
AUTHORITY = {
    "authorityId": "CG-BEEC",
    "name": "Authority",
    "office": "Brazzaville",
    "roles": ["EXPORTING_AUTHORITY"],
    "validFrom": "2003-01-01",
}
# The public key of RFC 8037, Appendix A.
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
KEY = {"authorityId": "CG-BEEC", "kid": "CG-BEEC/1", "x": X, "validFrom": "2026-01-01T00:00:00Z"}
EMPTY = {"overlay": "UN_EMBARGO", "effectiveFrom": "2005-12-15", "effectiveTo": "2005-01-01", "scope": "x"}
RANGE = {"year": 2025, "prefix": "CG", "first": 1, "last": 9}


def admitted() -> Any:
    return after(DOMAIN, None, decide(None, "admit", ADMIT))


def with_key() -> Any:
    state = after(DOMAIN, admitted(), decide(admitted(), "register-authority", AUTHORITY))
    return after(DOMAIN, state, decide(state, "register-key", KEY))


def test_the_removal_of_2004_and_the_return_of_2007_leave_three_intervals_without_gap() -> None:
    state = after(DOMAIN, admitted(), decide(admitted(), "change-status", REMOVE))
    back = {**REMOVE, "to": "ACTIVE", "effectiveFrom": "2007-11-08"}
    state = after(DOMAIN, state, decide(state, "change-status", back))
    assert [(one.status, one.effective_from, one.effective_to) for one in state.statuses] == [
        ("ACTIVE", date(2003, 1, 1), date(2004, 7, 9)),
        ("REMOVED", date(2004, 7, 9), date(2007, 11, 8)),
        ("ACTIVE", date(2007, 11, 8), None),
    ]


@pytest.mark.parametrize(
    ("type_", "data", "code"),
    [
        ("admit", ADMIT, "E_PARTICIPATION_TRANSITION"),
        ("change-status", {**REMOVE, "to": "ACTIVE"}, "E_PARTICIPATION_TRANSITION"),
        ("change-status", {**REMOVE, "effectiveFrom": "2002-01-01"}, "E_STATUS_OVERLAP"),
        ("change-status", {**REMOVE, "decision": {**DECIDED, "adoptedOn": "2005-01-01"}}, "E_DECISION_DATE"),
        ("change-status", {k: v for k, v in REMOVE.items() if k != "decision"}, "E_DECISION_REQUIRED"),
        ("register-authority", {**AUTHORITY, "authorityId": "AO-X"}, "E_AUTHORITY_ID"),
        ("register-authority", {**AUTHORITY, "roles": ["SECRETARIAT"]}, "E_FORBIDDEN_ROLE"),
        ("register-key", {**KEY, "authorityId": "CG-Y", "kid": "CG-Y/1"}, "E_AUTHORITY_UNKNOWN"),
        ("register-key", {**KEY, "kid": "AO-X/1"}, "E_KEY_ID"),
        ("end-key", {"kid": "CG-BEEC/9", "validTo": "2026-02-01T00:00:00Z", "reason": "RETIRED"}, "E_KEY_UNKNOWN"),
        ("end-authority", {"authorityId": "CG-Y", "validTo": "2026-02-01"}, "E_AUTHORITY_UNKNOWN"),
        ("allocate-serial-range", {"year": 2026, "prefix": "CG", "first": 9, "last": 1}, "E_RANGE"),
        ("allocate-serial-range", {"year": 2026, "prefix": "AO", "first": 1, "last": 9}, "E_NUMBER_PREFIX"),
        ("set-overlay", {**EMPTY, "decision": DECIDED}, "E_DATE_ORDER"),
    ],
)
def test_each_refusal_of_the_register_has_its_code(type_: str, data: dict[str, Any], code: str) -> None:
    assert code in codes(decide(admitted(), type_, data))


def test_nothing_can_be_recorded_of_a_participant_that_was_never_admitted() -> None:
    assert codes(decide(None, "change-status", REMOVE)) == {"E_NON_PARTICIPANT"}


def test_only_the_secretariat_records() -> None:
    assert codes(decide(None, "admit", ADMIT, signer("CG"))) == {"E_FORBIDDEN_AUTHORITY"}


def test_a_participant_may_always_end_its_own_key_but_not_anothers() -> None:
    lost = {"kid": "CG-BEEC/1", "validTo": "2026-02-01T00:00:00Z", "reason": "COMPROMISED"}
    assert isinstance(decide(with_key(), "end-key", lost, signer("CG")), Accepted)
    assert codes(decide(with_key(), "end-key", lost, signer("AO"))) == {"E_FORBIDDEN_AUTHORITY"}


def test_serial_ranges_never_overlap_whatever_their_year() -> None:
    state = after(
        DOMAIN,
        admitted(),
        decide(admitted(), "allocate-serial-range", RANGE),
    )
    again = decide(state, "allocate-serial-range", {"year": 2026, "prefix": "CG", "first": 9, "last": 20})
    assert codes(again) == {"E_RANGE_OVERLAP"}


def test_a_key_counts_from_its_registration_until_its_end_as_the_log_received() -> None:
    registry, ended = Registry(), {"kid": "CG-BEEC/1", "validTo": "2026-06-01T00:00:00Z", "reason": "RETIRED"}
    registry.record(3, with_key())
    key = registry.key("CG-BEEC/1")
    assert key is not None
    assert (key.signer.participant, key.counts_at(NOW)) == ("CG", True)
    registry.record(4, after(DOMAIN, with_key(), decide(with_key(), "end-key", ended)))
    key = registry.key("CG-BEEC/1")
    assert key is not None
    assert not key.counts_at(NOW)
    assert key.counts_at(datetime.fromisoformat("2026-05-31T23:59:59+00:00"))


def test_an_older_version_of_a_participant_is_ignored() -> None:
    registry = Registry()
    registry.record(3, with_key())
    registry.record(1, admitted())
    assert registry.key("CG-BEEC/1") is not None


# code, then the statuses with the day each begins (domain.md §4.2); the last one is open.
HISTORY: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "CG": [("2003-01-01", "ACTIVE", {}), ("2004-07-09", "REMOVED", {}), ("2007-11-08", "ACTIVE", {})],
    "CF": [
        ("2003-01-01", "ACTIVE", {}),
        ("2013-05-23", "SUSPENDED", {"flows": ["EXPORT"]}),
        ("2015-07-17", "SPECIAL_MEASURES", {"mode": "PRE_APPROVAL"}),
        ("2019-11-22", "SPECIAL_MEASURES", {"mode": "POST_VERIFICATION"}),
        ("2024-11-15", "ACTIVE", {}),
    ],
    "VE": [("2003-01-01", "ACTIVE", {}), ("2008-01-01", "SELF_SUSPENDED", {}), ("2016-11-17", "ACTIVE", {})],
    "CI": [("2003-01-01", "ACTIVE", {})],
    "TR": [("2007-08-14", "ACTIVE", {})],
    "UZ": [("2024-11-15", "ACTIVE", {})],
    "EU": [("2003-01-01", "ACTIVE", {})],
    "GB": [("2021-01-01", "ACTIVE", {})],
    "TW": [("2003-01-01", "ACTIVE", {})],
}
EMBARGO = Overlay(
    overlay="UN_EMBARGO",
    effective_from=date(2005, 12, 15),
    effective_to=date(2014, 4, 29),
    flows=["EXPORT", "IMPORT"],
    scope="exports",
    decision=DECISION,
    recorded_at=NOW,
)
MORE: dict[str, dict[str, Any]] = {
    "CI": {"overlays": [EMBARGO]},
    "TW": {"kind": "TRADING_ENTITY"},
    "EU": {
        "kind": "REIO",
        "member_states": [
            MemberState(code="GB", effective_from=date(2003, 1, 1), effective_to=date(2021, 1, 1)),
        ],
    },
}


def real_history() -> Registry:
    """The intervals that the vectors speak of, as domain.md §4.2 dates them."""
    registry = Registry()
    for code, changes in HISTORY.items():
        days = [date.fromisoformat(day) for day, _, _ in changes]
        spans = zip(days, [*days[1:], None], changes, strict=True)
        statuses = [interval(status, begins, ends, **more) for begins, ends, (_, status, more) in spans]
        registry.record(1, participant(code, *statuses, **MORE.get(code, {})))
    return registry


def vectors() -> list[Any]:
    if not VECTORS.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"{VECTORS} is absent; set KP_DATA_DIR"))]
    # Zones of special measures are not in the register yet; those vectors wait for them.
    return [one for one in json.loads(VECTORS.read_text())["canTrade"] if "zone" not in one]


@pytest.mark.parametrize("vector", vectors(), ids=lambda v: f"{v.get('code')}-{v.get('date')}")
def test_every_vector_of_who_may_trade_holds(vector: dict[str, Any]) -> None:
    registry, on = real_history(), date.fromisoformat(vector["date"])
    if vector["expect"].startswith("RESOLVES_TO:"):
        assert registry.resolve(vector["code"], on) == vector["expect"].partition(":")[2]
    else:
        assert registry.can_trade(vector["code"], vector.get("flow", "EXPORT"), on).code == vector["expect"]
