"""Building and sealing a submission: type, topic, subject, id, time and signature."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from client.errors import Mistake
from client.keys import SigningKey
from client.submission import build
from contracts import jws
from contracts.catalogue import SUBMISSIONS
from contracts.certificates import ArriveCertificate, ExportCertificate, IssueCertificate
from contracts.participants import AdmitParticipant, EndKey, RegisterAuthority
from contracts.statistics import FileProductionReturn
from contracts.submission import read_claims
from contracts.values import Wire

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
AO = SigningKey.make("AO-MIREMPET", "1")
KPS = SigningKey.make("KPS-GABORONE", "1")
ARRIVE = ArriveCertificate(arrived_on=date(2026, 3, 7))
DECISION = {
    "ref": "R",
    "body": "CHAIR",
    "kind": "NOTICE",
    "adoptedOn": "2025-01-01",
    "title": "T",
    "source": "S",
}
ISSUE: dict[str, Any] = {
    "number": "AO 000123",
    "issuer": "AO",
    "destination": "AE",
    "issuedOn": "2026-03-02",
    "expiresOn": "2026-05-01",
    "languages": ["pt", "en"],
    "attested": True,
    "origin": "AO",
    "parcelCount": 1,
    "carats": "1250.00",
    "valueUsd": "250000.50",
    "lines": [{"hs6": "710210", "carats": "1250.00", "valueUsd": "250000.50"}],
    "evidence": [{"kind": "PRODUCTION_LOT", "ref": "LOT7"}],
    "issuedBy": "AO-0007",
    "private": {
        "exporter": {"name": "a", "address": "b", "country": "AO"},
        "importer": {"name": "c", "address": "d", "country": "AE"},
    },
}


def test_every_submission_has_a_class_of_its_own_so_that_the_class_says_the_type() -> None:
    assert len({kind.data for kind in SUBMISSIONS.values()}) == len(SUBMISSIONS)


def test_the_class_of_the_data_says_type_and_topic() -> None:
    sealed = build(AO, ARRIVE, "AO123")
    assert (sealed.topic, sealed.event.type) == ("certificates.submissions", "certificate.arrive.v1")


def test_the_signed_claims_repeat_the_envelope() -> None:
    event = build(AO, ARRIVE, "AO123", issued_at=NOON).event
    claims = read_claims(jws.parse(event.data).payload)
    assert (claims.id, claims.type, claims.subject, claims.issuer) == (
        event.id,
        event.type,
        event.subject,
        event.source,
    )
    assert (claims.issued_at, event.time) == (int(NOON.timestamp()), "2026-03-05T12:00:00.000Z")
    assert claims.data == {"arrivedOn": "2026-03-07"}


def test_the_signature_stands_under_the_key_that_is_named() -> None:
    token = jws.parse(build(AO, ARRIVE, "AO123").event.data)
    assert token.kid == AO.kid
    assert jws.verified(token, AO.private.public_key())
    assert not jws.verified(token, KPS.private.public_key())


def test_carats_and_dollars_travel_as_text_with_two_decimals() -> None:
    issue = IssueCertificate.model_validate({**ISSUE, "carats": Decimal("1250"), "valueUsd": Decimal("250000.5")})
    claims = read_claims(jws.parse(build(AO, issue).event.data).payload)
    assert (claims.data["carats"], claims.data["valueUsd"]) == ("1250.00", "250000.50")


def test_a_field_without_a_value_does_not_travel() -> None:
    export = ExportCertificate(exported_on=date(2026, 3, 5), port="LAD")
    claims = read_claims(jws.parse(build(AO, export, "AO123").event.data).payload)
    assert claims.data == {"exportedOn": "2026-03-05", "port": "LAD"}


def test_what_is_signed_is_what_the_contract_reads_back() -> None:
    issue = IssueCertificate.model_validate(ISSUE)
    claims = read_claims(jws.parse(build(AO, issue).event.data).payload)
    assert IssueCertificate.model_validate(claims.data) == issue


@pytest.mark.parametrize("printed", ["AO 000123", "ao-123", "AO/0123", "AO123"])
def test_a_certificate_may_be_named_in_any_print_form(printed: str) -> None:
    assert build(AO, ARRIVE, printed).event.subject == "AO123"


def test_a_certificates_number_says_what_its_issue_is_about() -> None:
    assert build(AO, IssueCertificate.model_validate(ISSUE), "XX999").event.subject == "AO123"


def test_a_return_is_about_its_participant_stream_and_period() -> None:
    data = FileProductionReturn(code="AO", period="2026-H1", nil=True)
    assert build(AO, data).event.subject == "AO|PRODUCTION|2026-H1"


def test_an_admission_is_about_the_code_it_admits() -> None:
    fields = {"code": "AE", "name": "A", "kind": "PARTICIPANT", "effectiveFrom": "2026-01-01"}
    data = AdmitParticipant.model_validate({**fields, "kpcPrefixes": ["AE"], "decision": DECISION})
    assert build(KPS, data).event.subject == "AE"


def test_a_participants_own_record_is_what_its_key_speaks_of() -> None:
    end = EndKey(kid=AO.kid, valid_to=NOON, reason="COMPROMISED")
    assert build(AO, end).event.subject == "AO"
    assert build(AO, end).topic == "participants.submissions"


@pytest.mark.parametrize(
    ("key", "data"),
    [
        (AO, ARRIVE),
        (
            KPS,
            RegisterAuthority(
                authority_id="AE-DUBAI",
                name="n",
                office="o",
                roles=["IMPORTING_AUTHORITY"],
                valid_from=date(2026, 1, 1),
            ),
        ),
    ],
)
def test_a_subject_that_nothing_says_is_asked_for(key: SigningKey, data: Wire) -> None:
    with pytest.raises(Mistake) as refused:
        build(key, data)
    assert (refused.value.code, refused.value.path) == ("E_SUBJECT_MISSING", "subject")


def test_data_that_is_no_submission_is_refused() -> None:
    with pytest.raises(Mistake) as refused:
        build(AO, Wire(), "AO")
    assert refused.value.code == "E_TYPE_UNKNOWN"


def test_ids_are_new_each_time_and_grow_with_time() -> None:
    ids = [build(AO, ARRIVE, "AO123").id for _ in range(50)]
    assert ids == sorted(set(ids))
    assert {uuid.UUID(one).version for one in ids} == {7}


def test_the_same_id_and_time_give_the_same_bytes() -> None:
    first, second = (build(AO, ARRIVE, "AO123", submission_id="same", issued_at=NOON) for _ in range(2))
    assert first == second


def test_a_time_in_another_zone_is_the_same_instant() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=2)))
    first, second = (build(AO, ARRIVE, "AO123", submission_id="same", issued_at=at) for at in (NOON, local))
    assert first == second


def test_a_trace_that_is_given_travels_beside_the_token() -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    assert build(AO, ARRIVE, "AO123", traceparent=trace).event.traceparent == trace
