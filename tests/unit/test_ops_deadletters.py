"""How a dead letter is shown, and which are sent again."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backbone.deadletters import DeadLetter
from contracts import jws
from deploy.ops.deadletters import decode, distinct, document, hexdump, lines


def letter(value: bytes | None) -> DeadLetter:
    headers = [("ce_id", b"1"), ("odd", b"\xff")]
    return DeadLetter(
        "kp.t/3/17", "E_ENVELOPE", "a header is not UTF-8", "kp.t", "", 1_767_225_600_000, b"k", value, headers
    )


def test_a_sealed_value_is_shown_as_its_key_and_its_payload() -> None:
    sealed = jws.sign(b'{"sub":"AO123"}', "AO-A#1", Ed25519PrivateKey.generate())
    assert decode(sealed) == {"kid": "AO-A#1", "payload": {"sub": "AO123"}}


def test_json_is_shown_as_json_and_anything_else_not_at_all() -> None:
    assert decode(b'{"a": 1}') == {"a": 1}
    assert decode(b"\x00\x01") is None
    assert decode(b"") is None


def test_bytes_that_say_nothing_are_dumped_sixteen_a_line() -> None:
    assert hexdump(bytes(range(60, 77))) == [
        "000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
        "000010  4c                                               L",
    ]


def test_a_letter_is_shown_with_its_reason_origin_time_and_every_header() -> None:
    shown = lines(letter(b"\x00raw"))
    assert shown[0] == "E_ENVELOPE  a header is not UTF-8"
    assert "  origin         kp.t/3/17" in shown
    assert "  received       2026-01-01 00:00:00Z" in shown
    assert "  odd            \\xff" in shown
    assert shown[-1].endswith(".raw")


def test_a_letter_for_machines_keeps_every_byte_and_tells_nothing_from_empty() -> None:
    told = document(letter(None))
    assert (told["key"], told["value"], told["headers"][1]) == ("aw==", None, ["odd", "/w=="])
    assert document(letter(b""))["value"] == ""


def test_a_record_that_died_again_is_sent_again_once() -> None:
    first, other = letter(b"a"), replace(letter(b"b"), id="kp.t/3/18")
    again = replace(first, id="kp.t/3/19")
    assert distinct([first, other, again]) == [again, other]
