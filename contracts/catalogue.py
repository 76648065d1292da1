"""Every submission and every fact by its type name: which topic, which shape, who may see it."""

from dataclasses import dataclass

from contracts import certificates as c
from contracts import participants as p
from contracts import statistics as s
from contracts.outcome import Classification, Finding
from contracts.values import State, Wire


@dataclass(frozen=True, slots=True)
class SubmissionType:
    """A submission: its imperative name, the topic it travels on, the shape of `data`, the fact it becomes."""

    name: str
    topic: str
    data: type[Wire]
    becomes: str


@dataclass(frozen=True, slots=True)
class FactType:
    """A fact: its past-tense name, topic, the state it carries, the change in it, and who may see it."""

    name: str
    topic: str
    state: type[State]
    change: type[Wire]
    classification: Classification


class Refusal(State):
    """What `submission.rejected.v1` carries: the answer to one submission that changed nothing."""

    submission_id: str
    type: str
    subject: str
    participant: str
    authority: str
    findings: list[Finding]


class Rejected(Wire):
    """The change in `submission.rejected.v1`: nothing changed."""


REJECTED = "submission.rejected.v1"

_CERTIFICATES = "certificates"
_PARTICIPANTS = "participants"
_STATISTICS = "statistics"


def _submission(service: str, name: str, data: type[Wire], becomes: str) -> SubmissionType:
    return SubmissionType(f"{name}.v1", f"{service}.submissions", data, f"{becomes}.v1")


def _fact(service: str, name: str, state: type[State], change: type[Wire], seen: Classification) -> FactType:
    return FactType(f"{name}.v1", f"{service}.facts", state, change, seen)


SUBMISSIONS: dict[str, SubmissionType] = {
    entry.name: entry
    for entry in (
        _submission(_CERTIFICATES, "certificate.issue", c.IssueCertificate, "certificate.issued"),
        _submission(_CERTIFICATES, "certificate.validate", c.ValidateCertificate, "certificate.validated"),
        _submission(_CERTIFICATES, "certificate.export", c.ExportCertificate, "certificate.exported"),
        _submission(_CERTIFICATES, "certificate.arrive", c.ArriveCertificate, "certificate.arrived"),
        _submission(_CERTIFICATES, "certificate.confirm-import", c.ConfirmImport, "certificate.import-confirmed"),
        _submission(_PARTICIPANTS, "participant.admit", p.AdmitParticipant, "participant.admitted"),
        _submission(_PARTICIPANTS, "participant.change-status", p.ChangeStatus, "participant.status-changed"),
        _submission(_PARTICIPANTS, "participant.set-overlay", p.SetOverlay, "participant.overlay-set"),
        _submission(
            _PARTICIPANTS,
            "participant.register-authority",
            p.RegisterAuthority,
            "participant.authority-registered",
        ),
        _submission(_PARTICIPANTS, "participant.end-authority", p.EndAuthority, "participant.authority-ended"),
        _submission(_PARTICIPANTS, "participant.register-key", p.RegisterKey, "participant.key-registered"),
        _submission(_PARTICIPANTS, "participant.end-key", p.EndKey, "participant.key-ended"),
        _submission(
            _PARTICIPANTS,
            "participant.allocate-serial-range",
            p.AllocateSerialRange,
            "participant.serial-range-allocated",
        ),
        _submission(_STATISTICS, "production-return.file", s.FileProductionReturn, "production-return.filed"),
    )
}

FACTS: dict[str, FactType] = {
    entry.name: entry
    for entry in (
        _fact(_CERTIFICATES, "certificate.issued", c.Certificate, c.Issued, "RESTRICTED"),
        _fact(_CERTIFICATES, "certificate.validated", c.Certificate, c.Validated, "RESTRICTED"),
        _fact(_CERTIFICATES, "certificate.exported", c.Certificate, c.Exported, "RESTRICTED"),
        _fact(_CERTIFICATES, "certificate.arrived", c.Certificate, c.Arrived, "RESTRICTED"),
        _fact(_CERTIFICATES, "certificate.import-confirmed", c.Certificate, c.ImportConfirmed, "RESTRICTED"),
        _fact(_PARTICIPANTS, "participant.admitted", p.Participant, p.Admitted, "PUBLIC"),
        _fact(_PARTICIPANTS, "participant.status-changed", p.Participant, p.StatusChanged, "PUBLIC"),
        _fact(_PARTICIPANTS, "participant.overlay-set", p.Participant, p.OverlaySet, "PUBLIC"),
        _fact(_PARTICIPANTS, "participant.authority-registered", p.Participant, p.AuthorityRegistered, "KP_ONLY"),
        _fact(_PARTICIPANTS, "participant.authority-ended", p.Participant, p.AuthorityEnded, "KP_ONLY"),
        _fact(_PARTICIPANTS, "participant.key-registered", p.Participant, p.KeyRegistered, "PUBLIC"),
        _fact(_PARTICIPANTS, "participant.key-ended", p.Participant, p.KeyEnded, "PUBLIC"),
        _fact(
            _PARTICIPANTS,
            "participant.serial-range-allocated",
            p.Participant,
            p.SerialRangeAllocated,
            "KP_ONLY",
        ),
        _fact(_STATISTICS, "production-return.filed", s.ProductionReturn, s.ProductionReturnFiled, "RESTRICTED"),
        _fact(_STATISTICS, "corridor.totalled", s.CorridorTotals, s.CorridorTotalled, "RESTRICTED"),
    )
}

REJECTIONS: dict[str, FactType] = {
    service: _fact(service, "submission.rejected", Refusal, Rejected, "RESTRICTED")
    for service in (_CERTIFICATES, _PARTICIPANTS, _STATISTICS)
}
