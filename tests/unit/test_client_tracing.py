"""A span for each submission, where the application has an OpenTelemetry SDK."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from opentelemetry.trace import TraceFlags

from client import tracing
from contracts.cloudevents import CloudEvent

EVENT = CloudEvent("id-1", "certificate.arrive.v1", "AE-DUBAI", "AO123", b"token")


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    with monkeypatch.context() as patched:
        yield _set_up(patched, ALWAYS_ON)


def _set_up(patched: pytest.MonkeyPatch, sampler: Sampler) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider(sampler=sampler)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    patched.setattr(tracing, "_tracer", provider.get_tracer("test"))
    return exporter


def test_without_an_sdk_there_is_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_tracer", trace.NoOpTracerProvider().get_tracer("none"))
    event, span = tracing.begin(EVENT)
    assert event is EVENT
    assert not span.is_recording()


def test_the_span_is_named_after_the_submission_and_its_context_travels(spans: InMemorySpanExporter) -> None:
    event, span = tracing.begin(EVENT)
    span.end()
    [finished] = spans.get_finished_spans()
    assert finished.context == span.get_span_context()
    assert finished.name == "submit certificate.arrive.v1"
    assert dict(finished.attributes or {}) == {"kp.submission.id": "id-1"}
    context = span.get_span_context()
    assert event.traceparent[:-2] == f"00-{context.trace_id:032x}-{context.span_id:016x}-"
    assert int(event.traceparent[-2:], 16) == context.trace_flags
    assert context.trace_flags.sampled


def test_an_event_that_belongs_to_a_trace_keeps_it(spans: InMemorySpanExporter) -> None:
    traced = CloudEvent("id-1", "t", "s", "x", b"", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    event, span = tracing.begin(traced)
    span.end()
    assert event is traced
    assert spans.get_finished_spans() == ()


def test_the_application_decides_what_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = _set_up(monkeypatch, ALWAYS_OFF)
    event, span = tracing.begin(EVENT)
    span.end()
    assert int(event.traceparent[-2:], 16) & TraceFlags.SAMPLED == 0
    assert spans.get_finished_spans() == ()
