"""T6: the shipment is presented to the importing authority of its destination (domain.md §7.2)."""

from collections.abc import Iterator

from contracts.certificates import Arrival, ArriveCertificate, Arrived, Certificate
from contracts.outcome import Accepted, Decision, Event, Finding, Rejection
from contracts.submission import Submission
from services.certificates.domain.trade import Context, in_flight, not_before, not_future, only


def arrive(state: Certificate, submission: Submission, context: Context) -> Decision:
    """Record the arrival, unless the issuer's standing forbids it."""
    data: ArriveCertificate = submission.data
    findings = tuple(_findings(state, submission, data, context))
    if findings:
        return Rejection(findings)
    arrival = Arrival(arrived_on=data.arrived_on, authority_id=submission.signer.authority)
    return Accepted([Event("certificate.arrived.v1", Arrived(arrival=arrival))])


def _findings(
    state: Certificate, submission: Submission, data: ArriveCertificate, context: Context
) -> Iterator[Finding]:
    yield from only(submission, state.destination, "IMPORTING_AUTHORITY", "iss")
    yield from not_future(submission, data.arrived_on, "data.arrivedOn")
    if state.export is not None:
        yield from not_before(state.export.exported_on, data.arrived_on, "data.arrivedOn")
    yield from in_flight(context, state, data.arrived_on)
