"""The trust anchor: the Secretariat's key, from which every other key's standing follows."""

import json
from pathlib import Path

from client.keys import SigningKey
from deploy.local.layout import Layout

AUTHORITY, NAME = "KPS-GABORONE", "2026-1"
# The day the Secretariat's office in Gaborone opened (domain.md §6.4).
FROM = "2024-10-08T00:00:00.000Z"


def secretariat_key(root: Path) -> Path:
    """Name the file of the Secretariat's private key."""
    return Layout(root).keys / "secretariat.jwk.json"


def ensure(root: Path) -> Path:
    """Make the Secretariat's Ed25519 key under `root` where absent, and the anchor; returns the anchor."""
    layout, private = Layout(root), secretariat_key(root)
    layout.keys.mkdir(parents=True, exist_ok=True)
    if not private.exists():
        SigningKey.make(AUTHORITY, NAME).save(private)
    layout.trust_anchor.write_text(json.dumps({"keys": [_public(SigningKey.load(private))]}, indent=2) + "\n")
    return layout.trust_anchor


def _public(key: SigningKey) -> dict[str, object]:
    standing = {
        "kp:authority": AUTHORITY,
        "kp:participant": key.participant,
        "kp:roles": ["SECRETARIAT"],
        "kp:from": FROM,
    }
    return {"kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": key.kid, **standing}
