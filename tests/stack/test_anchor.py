"""The Secretariat's key is made once, kept private, and known to all."""

import json
import stat
from pathlib import Path

from joserfc import jws
from joserfc.jwk import OKPKey

from deploy.local import anchor
from deploy.local.layout import Layout


def test_the_private_key_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    anchor.ensure(tmp_path)
    private = Layout(tmp_path).keys / "secretariat.jwk.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_the_anchor_stays_the_same(tmp_path: Path) -> None:
    first = anchor.ensure(tmp_path).read_text()
    assert anchor.ensure(tmp_path).read_text() == first


def test_the_anchor_verifies_what_the_private_key_signs_and_holds_no_secret(tmp_path: Path) -> None:
    [public] = json.loads(anchor.ensure(tmp_path).read_text())["keys"]
    private = OKPKey.import_key(json.loads((Layout(tmp_path).keys / "secretariat.jwk.json").read_text()))
    signed = jws.serialize_compact({"alg": "Ed25519"}, b"said", private, algorithms=["Ed25519"])
    known = OKPKey.import_key({name: public[name] for name in ("kty", "crv", "x")})
    assert jws.deserialize_compact(signed, known, algorithms=["Ed25519"]).payload == b"said"
    assert "d" not in public
    assert (public["kid"], public["kp:roles"]) == ("KPS-GABORONE/2026-1", ["SECRETARIAT"])
