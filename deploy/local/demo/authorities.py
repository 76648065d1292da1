"""The authorities of the participants, their keys made on the spot, and the serial ranges they may issue from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Self

import reference
from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.participants import AllocateSerialRange, RegisterAuthority
from contracts.values import Role, Wire
from deploy.local import anchor
from deploy.local.demo.numbers import serials
from deploy.local.demo.register import RECORDED
from reference.facts import Participant

KEY_NAME = "demo-1"
_ROLES: list[Role] = ["EXPORTING_AUTHORITY", "IMPORTING_AUTHORITY", "FOCAL_POINT"]


@dataclass(frozen=True)
class Keyring:
    """The private keys of every authority, and the Secretariat's; made under a folder where absent."""

    secretariat: SigningKey
    keys: dict[str, SigningKey]

    @classmethod
    def open(cls, folder: Path, secretariat: Path) -> Self:
        """Load the keys of all authorities from `folder`; those that are missing are made and kept there."""
        ids = [one.authority_id for each in reference.participants() for one in designated(each)]
        return cls(SigningKey.load(secretariat), {one: _load_or_make(folder, one) for one in ids})

    def of(self, code: str) -> SigningKey:
        """The key of a participant's first authority; Antwerp's for the European Union."""
        return next(key for key in self.keys.values() if key.participant == code)


def _load_or_make(folder: Path, authority: str) -> SigningKey:
    path = folder / f"{authority}.jwk.json"
    if path.exists():
        return SigningKey.load(path)
    key = SigningKey.make(authority, KEY_NAME)
    key.save(path)
    return key


def designated(participant: Participant) -> list[RegisterAuthority]:
    """The authorities of a participant: the seven real ones of the Union, a stand-in for everyone else."""
    if participant.code == "EU":
        return [
            _authority(participant, one.city.upper(), one.name or f"Union authority in {one.city}", one.city)
            for one in reference.union_authorities()
        ]
    name = f"Kimberley Process authority of {participant.name}"
    return [_authority(participant, "KPA", name, "Head office")]


def _authority(participant: Participant, name: str, title: str, office: str) -> RegisterAuthority:
    return RegisterAuthority(
        authority_id=f"{participant.code}-{name}",
        name=title,
        office=office,
        roles=_ROLES,
        valid_from=participant.since,
    )


def designations(keyring: Keyring) -> list[Sealed]:
    """Register every authority."""
    return [
        _sealed(keyring, f"demo:authority:{one.authority_id}", each.code, one)
        for each in reference.participants()
        for one in designated(each)
    ]


def registrations(keyring: Keyring) -> list[Sealed]:
    """Register the public half of every key, counting from the day on which the Secretariat's own does."""
    since = datetime.fromisoformat(anchor.FROM)
    return [
        _sealed(keyring, f"demo:key:{key.kid}", key.participant, key.registration(since))
        for key in keyring.keys.values()
    ]


def allocations(keyring: Keyring, years: Iterable[int], past: date) -> list[Sealed]:
    """Allocate to every participant a range of serials for each year, and one to the CAR for the year of `past`."""
    wanted = [(one, year) for year in sorted(years) for one in reference.participants()]
    wanted += [(one, past.year) for one in reference.participants() if one.code == "CF"]
    return [
        _sealed(keyring, f"demo:range:{one.code}:{year}", one.code, _range(one.kpc_prefixes[0], year))
        for one, year in wanted
    ]


def _range(prefix: str, year: int) -> AllocateSerialRange:
    allowed = serials(year)
    return AllocateSerialRange(year=year, prefix=prefix, first=allowed.start, last=allowed.stop - 1)


def _sealed(keyring: Keyring, identity: str, code: str, data: Wire) -> Sealed:
    return build(keyring.secretariat, data, code, submission_id=identity, issued_at=RECORDED)
