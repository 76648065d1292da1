"""What a file may hold: one submission, or many, one a line; and how a wrong one is refused."""

import pytest

from client.document import Invalid, read_documents
from client.errors import Mistake
from contracts.certificates import ArriveCertificate, ExportCertificate

ARRIVE = "certificate.arrive.v1"
ONE = b'{"arrivedOn":\n "2026-03-07"}'


def test_a_file_is_one_document_over_several_lines() -> None:
    [document] = read_documents(ONE, ARRIVE, "AO123")
    assert isinstance(document.data, ArriveCertificate)
    assert document.subject == "AO123"


def test_a_file_is_one_document_a_line_past_empty_lines() -> None:
    lines = b'{"arrivedOn":"2026-03-07"}\n\n{"arrivedOn":"2026-03-08"}\n'
    assert len(read_documents(lines, ARRIVE)) == 2


def test_a_line_may_say_its_own_type_and_subject() -> None:
    line = b'{"type":"certificate.export.v1","subject":"AO9","data":{"exportedOn":"2026-03-05","port":"LAD"}}'
    own, common = read_documents(line + b'\n{"arrivedOn":"2026-03-07"}', ARRIVE, "AO1")
    assert isinstance(own.data, ExportCertificate)
    assert isinstance(common.data, ArriveCertificate)
    assert (own.subject, common.subject) == ("AO9", "AO1")


@pytest.mark.parametrize("kind", [None, "certificate.arrived.v1", ""])
def test_a_type_that_is_no_submission_is_refused_with_the_list_of_those_that_are(kind: str | None) -> None:
    with pytest.raises(Mistake, match=r"certificate\.issue\.v1") as refused:
        read_documents(ONE, kind)
    assert refused.value.code == "E_TYPE_UNKNOWN"


def test_every_violation_of_every_line_is_listed_with_its_place() -> None:
    lines = b'{"arrivedOn":"2026-03-07"}\n{"arrivedOn":"never"}\n{"x":1}'
    with pytest.raises(Invalid) as refused:
        read_documents(lines, ARRIVE)
    assert [(one.code, one.path) for one in refused.value.findings] == [
        ("E_FIELD_INVALID", "line 2 data.arrivedOn"),
        ("E_FIELD_MISSING", "line 3 data.arrivedOn"),
        ("E_FIELD_UNKNOWN", "line 3 data.x"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (b'{"arrivedOn":\n', "E_NOT_JSON", "line 2"),
        (b"", "E_NOT_JSON", "line 1"),
        (b'{"arrivedOn":"2026-03-07"}\n{"arrivedOn"\n', "E_NOT_JSON", "line 2"),
        (b'[{"arrivedOn":"2026-03-07"}]', "E_NOT_OBJECT", ""),
        (b'{"arrivedOn":"2026-03-07"}\n7', "E_NOT_OBJECT", "line 2"),
        (b'{"type":"certificate.arrive.v1","data":[]}', "E_NOT_OBJECT", ""),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(text: bytes, code: str, place: str) -> None:
    with pytest.raises(Mistake) as refused:
        read_documents(text, ARRIVE)
    assert (refused.value.code, refused.value.path) == (code, place)
