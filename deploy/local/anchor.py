"""The trust anchor: the Secretariat's key, from which every other key's standing follows."""

import json
import os
from pathlib import Path

from joserfc.jwk import OKPKey

from deploy.local.layout import Layout

KEY_ID = "kps-2026-1"
STANDING = {
    "kid": KEY_ID,
    "kp:authority": "KPS-GABORONE",
    "kp:participant": "KPS",
    "kp:roles": ["SECRETARIAT"],
    "kp:from": "2024-10-08T00:00:00.000Z",
}


def ensure(root: Path) -> Path:
    """Make the Secretariat's Ed25519 key under `root` where absent, and the anchor; returns the anchor."""
    layout = Layout(root)
    layout.keys.mkdir(parents=True, exist_ok=True)
    private = layout.keys / "secretariat.jwk.json"
    if not private.exists():
        _write_private(private, OKPKey.generate_key("Ed25519", {"kid": KEY_ID}))
    key = OKPKey.import_key(json.loads(private.read_text()))
    public = {name: key.as_dict(private=False)[name] for name in ("kty", "crv", "x")}
    layout.trust_anchor.write_text(json.dumps({"keys": [public | STANDING]}, indent=2) + "\n")
    return layout.trust_anchor


def _write_private(path: Path, key: OKPKey) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file)
