"""What the gateway makes of facts, before any server is asked."""

from backbone.envelope import Record, read_fact
from backbone.mongo import Decimal128, InsertOne, UpdateOne
from contracts.facts import Fact, OutgoingFact
from services.gateway import projection
from tests.unit.told import certificate_facts, corridor_fact, participant_fact, refusal_fact, return_fact, with_key


def record(fact: OutgoingFact, offset: int = 0) -> Record:
    key, headers = fact.key.encode(), tuple(fact.headers)
    return Record(f"kp.{fact.topic}", 0, offset, 1_700_000_000_000, 0, key, fact.value, None, 0, 0, headers)


def facts_of(*facts: OutgoingFact) -> list[Fact]:
    return [read_fact(record(fact)) for fact in facts]


def writes_of(*facts: OutgoingFact) -> dict[str, list[projection.Write]]:
    records = [record(fact, offset) for offset, fact in enumerate(facts)]
    return projection.writes_of(records, [read_fact(one) for one in records])


def test_only_the_newest_version_of_an_aggregate_in_a_batch_is_written_in_whatever_order_they_come() -> None:
    facts = facts_of(*reversed(certificate_facts()), *certificate_facts("AO 7", steps=2))
    assert {(f.subject, f.sequence) for f in projection.newest(facts)} == {("AO123", 5), ("AO7", 2)}


def test_a_first_version_is_inserted_and_a_later_one_written_only_over_an_earlier_one() -> None:
    [(first), (third)] = facts_of(certificate_facts()[0], certificate_facts()[2])
    collection, insert = projection.aggregate_write(first)
    _, update = projection.aggregate_write(third)
    assert (collection, type(insert)) == ("certificates", InsertOne)
    assert isinstance(update, UpdateOne)
    assert update._filter == {"_id": "AO123", "version": {"$lt": 3}}


def test_a_certificate_is_kept_as_the_wire_says_it_and_sorts_by_date_of_issue_and_number() -> None:
    _, write = projection.aggregate_write(*facts_of(certificate_facts()[0]))
    assert isinstance(write, InsertOne)
    assert write._doc["order"] == "2026-03-02|AO123"
    assert write._doc["data"]["carats"] == "1250.00"


def test_amounts_that_mongodb_adds_up_are_decimals_beside_their_text() -> None:
    _, write = projection.aggregate_write(*facts_of(return_fact("CD", "2022-H1", "3378987.65", "22639217.26")))
    assert isinstance(write, InsertOne)
    assert write._doc["carats"] == Decimal128("3378987.65")
    assert write._doc["data"]["carats"] == "3378987.65"


def test_totals_of_one_corridor_share_its_name_over_all_partitions() -> None:
    writes = writes_of(corridor_fact("AO", "AE", 0, "1.00"), corridor_fact("AO", "AE", 7, "2.00"))["corridors"]
    assert {write._doc["corridor"] for write in writes if isinstance(write, InsertOne)} == {"AO>AE|2026-Q1|EXPORT"}
    assert len(writes) == 2


def test_a_sum_that_no_submission_caused_has_no_place_in_the_signed_history() -> None:
    assert writes_of(corridor_fact("AO", "AE", 0, "1.00"))["facts"] == []


def test_a_rejection_changes_no_aggregate_and_is_kept_as_the_answer_to_its_submission() -> None:
    writes = writes_of(refusal_fact("s-1"))
    [answer] = writes["facts"]
    assert isinstance(answer, InsertOne)
    assert (answer._doc["_id"], answer._doc["submissionId"]) == ("s-1/rejected", "s-1")
    assert answer._doc["refused"] == "certificate.issue.v1"
    assert set(writes) == {"facts", "freshness"}


def test_every_fact_is_kept_with_the_signed_original_that_caused_it() -> None:
    told = certificate_facts(steps=3)
    kept = [write._doc for write in writes_of(*told)["facts"] if isinstance(write, InsertOne)]
    assert [(doc["sequence"], doc["submissionId"]) for doc in kept] == [(1, "AO123-1"), (2, "AO123-2"), (3, "AO123-3")]
    assert all(doc["signed"].count(".") == 2 for doc in kept)


def test_the_same_facts_give_the_same_writes() -> None:
    told = [*certificate_facts(), participant_fact(with_key("AO"))]
    assert str(writes_of(*told)) == str(writes_of(*told))


def test_freshness_is_the_time_of_the_newest_fact_of_each_service() -> None:
    writes = writes_of(certificate_facts()[0], participant_fact(with_key("AO")), corridor_fact("AO", "AE", 0, "1.00"))
    services = {write._filter["_id"] for write in writes["freshness"] if isinstance(write, UpdateOne)}
    assert services == {"certificates", "participants", "statistics"}
