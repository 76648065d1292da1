"""Authorities and their keys: registered, ended, never forgotten (design §4)."""

from collections.abc import Iterator

from contracts.jws import MalformedJws, public_key
from contracts.outcome import Event, Finding, refuse
from contracts.participants import (
    Authority,
    AuthorityEnded,
    AuthorityRegistered,
    EndAuthority,
    EndKey,
    Key,
    KeyEnded,
    KeyRegistered,
    Participant,
    RegisterAuthority,
    RegisterKey,
)
from contracts.submission import Submission
from contracts.values import Wire


def _find(state: Participant, authority_id: str) -> Authority | None:
    return next((one for one in state.authorities if one.authority_id == authority_id), None)


def _find_key(state: Participant, kid: str) -> Key | None:
    return next((key for one in state.authorities for key in one.keys if key.kid == kid), None)


def check_register(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse an authority that exists already or is named after another participant."""
    data: RegisterAuthority = submission.data
    if _find(state, data.authority_id):
        message = f"{data.authority_id} is registered already: choose another id or register a key for it."
        yield refuse("E_AUTHORITY_EXISTS", "data.authorityId", message)
    if not data.authority_id.startswith(f"{state.code}-"):
        yield refuse("E_AUTHORITY_ID", "data.authorityId", f"Begin the id with {state.code}-.")
    if "SECRETARIAT" in data.roles:
        message = "Leave out SECRETARIAT: no authority of a participant has that role."
        yield refuse("E_FORBIDDEN_ROLE", "data.roles", message)


def registered(_: Participant, submission: Submission) -> Event:
    """Register an authority."""
    authority = Authority(**dict(submission.data))
    return Event("participant.authority-registered.v1", AuthorityRegistered(authority=authority))


def check_end(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse to end an authority that is unknown, ended, or not yet begun."""
    data: EndAuthority = submission.data
    authority = _find(state, data.authority_id)
    if authority is None:
        yield _unknown_authority(state, data.authority_id)
    elif authority.valid_to is not None:
        message = f"{data.authority_id} ended on {authority.valid_to} already."
        yield refuse("E_AUTHORITY_ENDED", "data.authorityId", message)
    elif data.valid_to < authority.valid_from:
        yield refuse("E_DATE_ORDER", "data.validTo", f"End it on or after {authority.valid_from}, when it began.")


def ended(_: Participant, submission: Submission) -> Event:
    """End an authority; its keys end with it."""
    data: EndAuthority = submission.data
    return Event("participant.authority-ended.v1", AuthorityEnded(**dict(data)))


def check_register_key(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse a key without authority, under a foreign or used id, or one that is no Ed25519 key."""
    data: RegisterKey = submission.data
    if _find(state, data.authority_id) is None:
        yield _unknown_authority(state, data.authority_id)
    if not data.kid.startswith(f"{data.authority_id}/"):
        yield refuse("E_KEY_ID", "data.kid", f"Begin the key id with {data.authority_id}/.")
    if _find_key(state, data.kid):
        yield refuse("E_KEY_EXISTS", "data.kid", f"Choose another key id: {data.kid} was used before.")
    try:
        public_key(data.x)
    except (MalformedJws, ValueError):
        yield refuse("E_KEY", "data.x", "Send the 32 bytes of an Ed25519 public key as base64url without padding.")


def key_registered(_: Participant, submission: Submission) -> Event:
    """Register the public half of a key."""
    data: RegisterKey = submission.data
    key = Key(kid=data.kid, x=data.x, valid_from=data.valid_from)
    return Event("participant.key-registered.v1", KeyRegistered(authority_id=data.authority_id, key=key))


def check_end_key(state: Participant, submission: Submission) -> Iterator[Finding]:
    """Refuse to end a key that is unknown or ended at an earlier moment."""
    data: EndKey = submission.data
    key = _find_key(state, data.kid)
    if key is None:
        yield refuse("E_KEY_UNKNOWN", "data.kid", f"{state.code} has no key {data.kid}.")
    elif key.valid_to is not None and key.valid_to <= data.valid_to:
        yield refuse("E_KEY_ENDED", "data.kid", f"{data.kid} ended at {key.valid_to.isoformat()} already.")


def key_ended(_: Participant, submission: Submission) -> Event:
    """End a key; a compromised one may be ended further back in time."""
    data: EndKey = submission.data
    return Event("participant.key-ended.v1", KeyEnded(**dict(data)))


def changed(authority: Authority, change: Wire) -> Authority:
    """Say what an authority is after a change to it; others stay as they are."""
    match change:
        case AuthorityEnded(authority_id=authority.authority_id, valid_to=valid_to):
            return authority.model_copy(update={"valid_to": valid_to})
        case KeyRegistered(authority_id=authority.authority_id, key=key):
            return authority.model_copy(update={"keys": [*authority.keys, key]})
        case KeyEnded():
            return authority.model_copy(update={"keys": [_ended(key, change) for key in authority.keys]})
        case _:
            return authority


def _ended(key: Key, change: KeyEnded) -> Key:
    if key.kid != change.kid:
        return key
    return key.model_copy(update={"valid_to": change.valid_to, "end_reason": change.reason})


def _unknown_authority(state: Participant, authority_id: str) -> Finding:
    return refuse("E_AUTHORITY_UNKNOWN", "data.authorityId", f"Register {authority_id} of {state.code} first.")
