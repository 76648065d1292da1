"""An authority's signing key: what is made, what is written, and what is refused."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from client.errors import Mistake
from client.keys import SigningKey
from contracts import jws


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.make("AO-MIREMPET", "2026-1")


def test_a_new_key_belongs_to_the_participant_its_authority_is_named_after(key: SigningKey) -> None:
    assert (key.kid, key.authority, key.participant) == ("AO-MIREMPET/2026-1", "AO-MIREMPET", "AO")


def test_the_secretariats_key_belongs_to_the_secretariat() -> None:
    assert SigningKey.make("KPS-GABORONE", "2026-1").participant == "KPS"


def test_a_saved_key_is_loaded_as_it_was(key: SigningKey, tmp_path: Path) -> None:
    key.save(tmp_path / "key.json")
    loaded = SigningKey.load(tmp_path / "key.json")
    assert (loaded.kid, loaded.authority, loaded.participant, loaded.x) == (
        key.kid,
        key.authority,
        key.participant,
        key.x,
    )
    assert loaded.private.sign(b"said") == key.private.sign(b"said")


def test_only_the_owner_may_read_a_key_file(key: SigningKey, tmp_path: Path) -> None:
    key.save(tmp_path / "key.json")
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600


def test_another_jose_library_reads_the_key_file(key: SigningKey, tmp_path: Path) -> None:
    key.save(tmp_path / "key.json")
    theirs = OKPKey.import_key(orjson.loads((tmp_path / "key.json").read_bytes()))
    assert theirs.as_dict(private=False)["x"] == key.x
    assert theirs.kid == key.kid


def test_a_key_file_is_never_overwritten(key: SigningKey, tmp_path: Path) -> None:
    key.save(tmp_path / "key.json")
    before = (tmp_path / "key.json").read_bytes()
    with pytest.raises(Mistake) as refused:
        SigningKey.make("AO-MIREMPET", "2026-2").save(tmp_path / "key.json")
    assert refused.value.code == "E_KEY_EXISTS"
    assert (tmp_path / "key.json").read_bytes() == before


def test_a_folder_that_is_not_there_is_refused_with_a_remedy(key: SigningKey, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="Choose a folder"):
        key.save(tmp_path / "nowhere" / "key.json")


def test_the_registration_holds_the_public_half_alone(key: SigningKey) -> None:
    data = key.registration(datetime(2026, 3, 1, tzinfo=UTC)).model_dump(mode="json")
    assert data == {"authorityId": key.authority, "kid": key.kid, "x": key.x, "validFrom": "2026-03-01T00:00:00.000Z"}


def test_a_key_never_shows_its_private_half_in_text(key: SigningKey) -> None:
    assert "private" not in repr(key)
    assert jws.b64encode(key.private.private_bytes_raw()).decode() not in repr(key)


@pytest.mark.parametrize(("authority", "name"), [("mirempet", "1"), ("AO-MIREMPET", "a b"), ("AO-MIREMPET", "")])
def test_an_id_that_the_register_would_refuse_is_refused_here(authority: str, name: str) -> None:
    with pytest.raises(Mistake) as refused:
        SigningKey.make(authority, name)
    assert refused.value.code == "E_KEY_ID"


def _spoilt(**changes: str | None) -> bytes:
    private = Ed25519PrivateKey.generate()
    whole = {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": "AO-MIREMPET/1",
        "x": jws.public_x(private),
        "d": jws.b64encode(private.private_bytes_raw()).decode(),
        "kp:authority": "AO-MIREMPET",
        "kp:participant": "AO",
        **changes,
    }
    return orjson.dumps({name: value for name, value in whole.items() if value is not None})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"[]",
        b'"text"',
        _spoilt(crv="X25519"),
        _spoilt(d=None),
        _spoilt(d="AAAA"),
        _spoilt(kid=None),
        _spoilt(x=jws.public_x(Ed25519PrivateKey.generate())),
        _spoilt(**{"kp:authority": None}),
    ],
)
def test_a_file_that_is_no_signing_key_is_refused_with_a_remedy(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_bytes(content)
    with pytest.raises(Mistake, match="Name a private Ed25519 JWK") as refused:
        SigningKey.load(tmp_path / "key.json")
    assert refused.value.code == "E_KEY_FILE"


def test_an_unspoilt_file_is_a_signing_key(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_bytes(_spoilt())
    assert SigningKey.load(tmp_path / "key.json").authority == "AO-MIREMPET"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="E_KEY_FILE"):
        SigningKey.load(tmp_path / "none.json")
