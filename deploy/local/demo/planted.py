"""What must not pass, one of each: how it is made, what the platform ought to answer, and what it did answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.keys import SigningKey
from client.submission import Sealed, build
from contracts.certificates import ArriveCertificate, ExportCertificate
from contracts.cloudevents import to_kafka
from contracts.values import CENT
from deploy.local.demo.certificates import Days, Generator, Shipment, without
from deploy.local.demo.corridors import Exporter
from deploy.local.demo.numbers import Series
from deploy.local.demo.stage import Stage

SUSPENDED_ON = date(2014, 6, 2)
"""A day on which the Central African Republic was suspended (reference: 2013-05-23 to 2015-07-17)."""

_TOPIC = "certificates.submissions"
LONG_AGO = 75
"""So many days ago the certificate was issued that will be too old to travel."""

_LATELY = 20
_NEVER_ALLOCATED = 2099
_RAW = b"PK\x03\x04 a spreadsheet, sent to the wrong address"


@dataclass(frozen=True)
class Bad:
    """One planted record: what is wrong with it, the code that should answer it, and the record itself."""

    title: str
    expected: str
    sealed: Sealed
    raw: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] | None = None


@dataclass(frozen=True)
class Ground:
    """Honest certificates that the planted records are about; they are recorded first."""

    known: Shipment
    expired: Shipment
    travelling: Shipment
    repeated: Shipment

    def seal(self, stage: Stage) -> list[Sealed]:
        """Sign what must stand before: the planted records come after it."""
        parts = (self.known.seal(stage.keyring)[:1], self.expired.seal(stage.keyring)[:2])
        return [*parts[0], *parts[1], *self.travelling.seal(stage.keyring)[:3]]


def prepare(generator: Generator, exporters: Sequence[Exporter], today: date) -> Ground:
    """Make the honest certificates: Angola's, one of them too old to travel."""
    angola = _of(exporters, "AO")
    return Ground(
        known=generator.one(angola),
        expired=generator.one(angola, _on_one_day(today - timedelta(LONG_AGO))),
        travelling=_bound_for(generator.one(angola), "AE"),
        repeated=generator.one(angola),
    )


def bad_ones(stage: Stage, generator: Generator, exporters: Sequence[Exporter], ground: Ground) -> list[Bad]:
    """Make the planted records, in the order in which they are told."""
    key, spare = stage.keyring.of("AO"), _spare(generator, exporters, stage.today)
    return [
        *_forged(stage, key, spare),
        *_against_rules(stage, generator, exporters, ground, spare),
        *_broken(key, spare),
    ]


def _forged(stage: Stage, key: SigningKey, spare: Shipment) -> list[Bad]:
    stranger = replace(key, private=Ed25519PrivateKey.generate())
    nobody = SigningKey.make(key.authority, "never-registered")
    botswana = replace(stage.keyring.of("BW"), authority=key.authority)
    claiming = without(spare, issuer="BW")
    return [
        Bad("wrong signature", "E_SIGNATURE", build(stranger, spare.issue)),
        Bad("unknown key", "E_KEY_UNKNOWN", build(nobody, spare.issue)),
        Bad(
            "key of another participant: BW signs as AO's authority", "E_CLAIMS_MISMATCH", build(botswana, spare.issue)
        ),
        Bad("a payload that claims another issuer: AO says BW", "E_FORBIDDEN_AUTHORITY", build(key, claiming.issue)),
    ]


def _against_rules(
    stage: Stage, generator: Generator, exporters: Sequence[Exporter], ground: Ground, spare: Shipment
) -> list[Bad]:
    angola, car, key = _of(exporters, "AO"), _of(exporters, "CF"), stage.keyring.of("AO")
    outside = generator.one(angola, number=Series("AO", _NEVER_ALLOCATED).number(1))
    uneven = without(spare, carats=spare.issue.carats + CENT)
    suspended = _suspended(generator, car)
    too_late = ExportCertificate(exported_on=stage.today, port=angola.port)
    elsewhere = ArriveCertificate(arrived_on=stage.today)
    again = without(ground.known, parcel_count=9)
    return [
        Bad("number already used", "E_CERT_NUMBER_DUPLICATE", build(key, again.issue)),
        Bad("number outside the allocated range", "E_NUMBER_RANGE", build(key, outside.issue)),
        Bad("lines that do not add up, by 0.01 ct", "E_SUM_MISMATCH", build(key, uneven.issue)),
        Bad("export after expiry", "E_EXPIRED", build(key, too_late, ground.expired.number)),
        Bad(
            "arrival reported by the wrong country: IN, goods bound for AE",
            "E_FORBIDDEN_AUTHORITY",
            build(stage.keyring.of("IN"), elsewhere, ground.travelling.number),
        ),
        Bad(
            f"issuer suspended on that date: CF on {SUSPENDED_ON}",
            "E_PARTICIPANT_SUSPENDED",
            build(stage.keyring.of("CF"), suspended.issue),
        ),
    ]


def _broken(key: SigningKey, spare: Shipment) -> list[Bad]:
    sealed = build(key, spare.issue)
    headers = (*to_kafka(sealed.event), ("note", b"\xff\xfe caf\xe9"))
    return [
        Bad("bytes that are no envelope", "E_ENVELOPE", sealed, _RAW, ()),
        Bad("a header that is not UTF-8", "E_ENVELOPE", sealed, sealed.event.data, headers),
    ]


def _of(exporters: Iterable[Exporter], code: str) -> Exporter:
    return next(one for one in exporters if one.participant.code == code)


def _on_one_day(day: date) -> Days:
    return Days(day, day, day, day, day)


def _spare(generator: Generator, exporters: Sequence[Exporter], today: date) -> Shipment:
    """Make a faultless certificate to be spoilt; its number, the last of the range, never comes to be used."""
    days = _on_one_day(today - timedelta(_LATELY))
    return generator.one(_of(exporters, "AO"), days, Series("AO", days.issued.year).last)


def _bound_for(shipment: Shipment, destination: str) -> Shipment:
    importer = shipment.issue.private.importer.model_copy(update={"country": destination})
    private = shipment.issue.private.model_copy(update={"importer": importer})
    return without(shipment, destination=destination, private=private)


def _suspended(generator: Generator, car: Exporter) -> Shipment:
    number = Series("CF", SUSPENDED_ON.year).number(1)
    return _bound_for(generator.one(car, _on_one_day(SUSPENDED_ON), number), "AE")


async def send_raw(stage: Stage, bad: Sequence[Bad]) -> list[str]:
    """Send records that the client would never send; gives the place of each in the log."""
    producer = AIOKafkaProducer(bootstrap_servers=stage.settings.kafka)
    await producer.start()
    try:
        topic = stage.settings.topic(_TOPIC)
        futures = [
            await producer.send(topic, one.raw, one.sealed.event.subject.encode(), headers=list(one.headers or ()))
            for one in bad
        ]
        placed = [await future for future in futures]
    finally:
        await producer.stop()
    return [f"{one.topic}/{one.partition}/{one.offset}" for one in placed]


def other_bytes(stage: Stage, repeated: Shipment, sealed: Sealed) -> Sealed:
    """The same id over other bytes: one parcel more, and the id of a submission that was answered."""
    other = without(repeated, parcel_count=repeated.issue.parcel_count + 1)
    return build(stage.keyring.of("AO"), other.issue, submission_id=sealed.id)
