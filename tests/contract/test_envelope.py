"""Our envelope against second implementations: the CloudEvents SDK and joserfc; and what every reader must refuse."""

import string
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings import kafka as theirs
from cloudevents.core.v1.event import CloudEvent as TheirEvent
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from contracts import jws
from contracts.cloudevents import JOSE, STRUCTURED, CloudEvent, MalformedEvent, from_kafka, to_json, to_kafka
from contracts.submission import Claims, ClaimsMismatch, read_claims, write_claims

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key()
ALGORITHMS = ["EdDSA", "Ed25519"]
KID = "AO-MIREMPET/1"
THEIR_KEY = OKPKey.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": KID,
        "x": jws.public_x(PRIVATE),
        "d": jws.b64encode(PRIVATE.private_bytes_raw()).decode(),
    }
)

# How long one example takes says nothing of the wire, only of the machine.
unhurried = settings(deadline=None)
# What CloudEvents 1.0.2 allows in a string: no control characters, no surrogates, no non-characters.
_texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=60)
_names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20).filter(
    lambda name: name not in {"id", "type", "source", "subject", "time", "specversion", "datacontenttype", "data"}
)
_traces = st.from_regex(r"\A00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z")
events = st.builds(
    CloudEvent,
    id=_texts,
    type=_texts,
    source=_texts,
    subject=_texts,
    data=_texts.map(str.encode),
    content_type=st.just(JOSE),
    time=st.sampled_from(["", "2026-03-05T12:00:00.000Z", "2026-03-05T12:00:00+02:00"]),
    extensions=st.dictionaries(_names, _texts, max_size=3),
    traceparent=st.just("") | _traces,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
claims = st.builds(
    Claims,
    issuer=_texts,
    id=_texts,
    subject=_texts,
    type=_texts,
    issued_at=st.integers(0, 2**40),
    data=st.dictionaries(_texts, anything, max_size=4),
)

EVENT = CloudEvent(
    "0195-1",
    "certificate.arrive.v1",
    "AE-DUBAI",
    "AO123",
    b"aGVhZA.Ym9keQ.c2VhbA",
    JOSE,
    "2026-03-07T08:00:00Z",
    {"correlationid": "c-1", "kpactor": "AE-DUBAI"},
    f"00-{'a' * 32}-{'b' * 16}-01",
)
THEIR_ATTRIBUTES = {
    "id": EVENT.id,
    "type": EVENT.type,
    "source": EVENT.source,
    "subject": EVENT.subject,
    "datacontenttype": JOSE,
    "correlationid": "c-1",
    "kpactor": "AE-DUBAI",
    "traceparent": EVENT.traceparent,
}


def _their_event(data: bytes | str) -> TheirEvent:
    return TheirEvent({**THEIR_ATTRIBUTES, "specversion": "1.0"}, data)


def _said(event: Any) -> dict[str, Any]:
    attributes = event.get_attributes()
    return {name: attributes[name] for name in THEIR_ATTRIBUTES if name in attributes}


def test_their_reader_understands_our_binary_record() -> None:
    message = theirs.KafkaMessage(dict(to_kafka(EVENT)), None, EVENT.data)
    read = theirs.from_kafka_event(message)
    # The trace is a header of its own (W3C), not an attribute of the event.
    assert _said(read) == {name: text for name, text in THEIR_ATTRIBUTES.items() if name != "traceparent"}
    assert read.get_time() == datetime(2026, 3, 7, 8, tzinfo=UTC)
    assert read.get_data() == EVENT.data.decode()


def test_their_reader_understands_our_structured_record() -> None:
    message = theirs.KafkaMessage({"content-type": STRUCTURED.encode()}, None, to_json(EVENT))
    read = theirs.from_kafka_event(message)
    assert _said(read) == THEIR_ATTRIBUTES
    assert read.get_data() == EVENT.data.decode()


@pytest.mark.parametrize("data", [EVENT.data, EVENT.data.decode()], ids=["as bytes", "as text"])
@pytest.mark.parametrize("write", [theirs.to_binary_event, theirs.to_structured_event])
def test_our_reader_understands_their_record(write: Any, data: bytes | str) -> None:
    message = write(_their_event(data))
    read = from_kafka(message.headers.items(), message.value)
    assert (read.id, read.type, read.source, read.subject) == (EVENT.id, EVENT.type, EVENT.source, EVENT.subject)
    assert (read.data, read.content_type) == (EVENT.data, JOSE)
    assert {"correlationid": "c-1", "kpactor": "AE-DUBAI"}.items() <= read.extensions.items()


@unhurried
@given(events)
def test_an_event_is_read_from_a_binary_record_as_it_was_written(event: CloudEvent) -> None:
    assert from_kafka(to_kafka(event), event.data) == event


@unhurried
@given(events)
def test_an_event_is_read_from_a_structured_record_as_it_was_written(event: CloudEvent) -> None:
    assert from_kafka([("content-type", STRUCTURED.encode())], to_json(event)) == event


@unhurried
@given(events)
def test_both_implementations_write_the_same_attributes(event: CloudEvent) -> None:
    read = theirs.from_kafka_event(theirs.KafkaMessage(dict(to_kafka(event)), None, event.data))
    again = from_kafka(theirs.to_binary_event(read).headers.items(), event.data)
    assert (again.id, again.type, again.source, again.subject) == (event.id, event.type, event.source, event.subject)
    assert again.extensions == event.extensions


@pytest.mark.parametrize("name", ["ce_id", "ce_subject", "unrelated"])
def test_a_header_that_is_not_utf_8_is_refused(name: str) -> None:
    with pytest.raises(MalformedEvent, match="UTF-8"):
        from_kafka([*to_kafka(EVENT), (name, b"\xff\xfe")], EVENT.data)


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_source", "ce_subject", "ce_specversion"])
def test_a_record_without_an_attribute_is_refused(name: str) -> None:
    with pytest.raises(MalformedEvent):
        from_kafka([header for header in to_kafka(EVENT) if header[0] != name], EVENT.data)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"7", b'{"specversion":"0.3"}', b'{"specversion":"1.0","id":1}', b"\xff"]
)
def test_structured_nonsense_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedEvent):
        from_kafka([("content-type", STRUCTURED.encode())], raw)


def test_structured_data_that_is_not_base64_is_refused() -> None:
    document = {**orjson.loads(to_json(EVENT)), "data_base64": "no base64!"}
    with pytest.raises(MalformedEvent, match="data_base64"):
        from_kafka([("content-type", STRUCTURED.encode())], orjson.dumps(document))


@unhurried
@given(st.lists(st.tuples(st.sampled_from(["ce_id", "content-type", "ce_x"]), st.binary(max_size=40))), st.binary())
def test_whatever_the_record_is_the_reader_knows_only_one_error(headers: Any, value: bytes) -> None:
    with pytest.raises(MalformedEvent):
        from_kafka(headers, value)


@unhurried
@given(st.binary(max_size=200))
def test_they_verify_what_we_sign(payload: bytes) -> None:
    token = jws.sign(payload, KID, PRIVATE)
    read = joserfc_jws.deserialize_compact(token, THEIR_KEY, ALGORITHMS)
    assert (read.payload, read.headers()["kid"]) == (payload, KID)


@unhurried
@given(st.binary(max_size=200), st.sampled_from(ALGORITHMS))
def test_we_verify_what_they_sign(payload: bytes, algorithm: str) -> None:
    signed = joserfc_jws.serialize_compact({"alg": algorithm, "kid": KID}, payload, THEIR_KEY, ALGORITHMS)
    token = jws.parse(signed.encode())
    assert (token.payload, token.kid) == (payload, KID)
    assert jws.verified(token, PUBLIC)


def test_both_make_the_same_bytes_of_the_same_statement() -> None:
    signed = joserfc_jws.serialize_compact({"alg": "EdDSA", "kid": KID}, b"said", THEIR_KEY, ALGORITHMS)
    assert signed.encode() == jws.sign(b"said", KID, PRIVATE)


def _unpadded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _token(header: object, payload: bytes = b"said", seal: bytes | None = None) -> bytes:
    head = header if isinstance(header, bytes) else orjson.dumps(header)
    signing_input = _unpadded(head) + b"." + _unpadded(payload)
    return signing_input + b"." + (_unpadded(PRIVATE.sign(signing_input)) if seal is None else seal)


GOOD = _token({"alg": "EdDSA", "kid": KID})
HEAD, BODY, SEAL = GOOD.split(b".")
MALFORMED = {
    "empty": b"",
    "one part": b"abc",
    "two parts": HEAD + b"." + BODY,
    "four parts": GOOD + b".",
    "header is not base64url": b"!!!." + BODY + b"." + SEAL,
    "header is not JSON": _token(b"{"),
    "header is a list": _token([]),
    "alg none": _token({"alg": "none", "kid": KID}, seal=b""),
    "alg none, signed": _token({"alg": "none", "kid": KID}),
    "alg absent": _token({"kid": KID}),
    "alg of another kind": _token({"alg": "HS256", "kid": KID}),
    "crit": _token({"alg": "EdDSA", "kid": KID, "crit": ["exp"], "exp": 1}),
    "payload is not base64url": HEAD + b".%%%." + SEAL,
    "padding": HEAD + b"==." + BODY + b"." + SEAL,
}
OURS_IS_STRICTER = {
    "kid absent": _token({"alg": "EdDSA"}),
    "kid empty": _token({"alg": "EdDSA", "kid": ""}),
    "kid is a number": _token({"alg": "EdDSA", "kid": 7}),
    "b64": _token({"alg": "EdDSA", "kid": KID, "b64": True}),
}


def test_the_token_that_the_malformed_ones_are_made_of_is_taken_by_both() -> None:
    assert jws.verified(jws.parse(GOOD), PUBLIC)
    assert joserfc_jws.deserialize_compact(GOOD, THEIR_KEY, ALGORITHMS).payload == b"said"


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_token_is_refused_by_both(token: bytes) -> None:
    with pytest.raises(jws.MalformedJws):
        jws.parse(token)
    with pytest.raises((JoseError, ValueError, TypeError, KeyError)):
        joserfc_jws.deserialize_compact(token, THEIR_KEY, ALGORITHMS)


@pytest.mark.parametrize("token", OURS_IS_STRICTER.values(), ids=OURS_IS_STRICTER.keys())
def test_a_header_that_names_no_key_or_asks_for_more_is_refused(token: bytes) -> None:
    with pytest.raises(jws.MalformedJws):
        jws.parse(token)


def test_a_signature_over_other_bytes_is_refused_by_both() -> None:
    other = HEAD + b"." + _unpadded(b"something else") + b"." + SEAL
    assert not jws.verified(jws.parse(other), PUBLIC)
    with pytest.raises(BadSignatureError):
        joserfc_jws.deserialize_compact(other, THEIR_KEY, ALGORITHMS)


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_does_not_stand(length: int) -> None:
    seal = (PRIVATE.sign(HEAD + b"." + BODY) + b"x")[:length]
    assert not jws.verified(jws.parse(HEAD + b"." + BODY + b"." + _unpadded(seal)), PUBLIC)


@pytest.mark.parametrize("text", [b"QQ==", b"QR", b"Q Q", b"Q\nQ", b"+w", b"/w", b"A", b"\xc3\xa4"])
def test_base64url_that_is_not_canonical_is_refused(text: bytes) -> None:
    with pytest.raises(jws.MalformedJws):
        jws.b64decode(text)


@unhurried
@given(st.binary(max_size=100))
def test_every_statement_has_exactly_one_form(raw: bytes) -> None:
    assert jws.b64decode(jws.b64encode(raw)) == raw


@unhurried
@given(st.binary(max_size=40))
def test_what_is_taken_as_base64url_is_what_would_be_written(text: bytes) -> None:
    try:
        raw = jws.b64decode(text)
    except jws.MalformedJws:
        return
    assert jws.b64encode(raw) == text


@unhurried
@given(st.binary(max_size=120))
def test_whatever_the_token_is_the_parser_knows_only_one_error(token: bytes) -> None:
    with pytest.raises(jws.MalformedJws):
        jws.parse(token)


@unhurried
@given(claims)
def test_claims_are_read_as_they_were_written(written: Claims) -> None:
    assert read_claims(write_claims(written)) == written


@pytest.mark.parametrize("name", ["iss", "jti", "sub", "typ", "iat", "data"])
@pytest.mark.parametrize("value", [None, [], 1.5])
def test_a_claim_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    whole = orjson.loads(write_claims(Claims("i", "j", "s", "t", 1, {})))
    with pytest.raises(ClaimsMismatch, match=name):
        read_claims(orjson.dumps({**whole, name: value}))


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_payload_that_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(ClaimsMismatch):
        read_claims(payload)
