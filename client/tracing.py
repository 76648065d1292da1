"""One span for each submission, by whatever OpenTelemetry the application has set up; without any, none."""

from dataclasses import replace

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from contracts.cloudevents import CloudEvent

_tracer = trace.get_tracer("kp-client")


def begin(event: CloudEvent) -> tuple[CloudEvent, Span]:
    """Begin the span "submit <type>" and give the event its context; end the span when the event is handed over.

    An event that already belongs to a trace keeps it.
    """
    if event.traceparent:
        return event, trace.INVALID_SPAN
    span = _tracer.start_span(f"submit {event.type}", kind=SpanKind.PRODUCER)
    context = span.get_span_context()
    if not context.is_valid:
        return event, span
    span.set_attribute("kp.submission.id", event.id)
    parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    return replace(event, traceparent=parent), span
