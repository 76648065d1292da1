"""Logs, spans and metrics: stable dotted log events, spans made from a submission's own trace, numbers per batch."""

import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from itertools import pairwise
from typing import Any

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags

from backbone.envelope import Record
from backbone.settings import Settings

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
# The last bit of the flags; the one beside it says only that the trace id is random (W3C Trace Context, level 2).
_SAMPLED = tuple("13579bdf")
_tracer = trace.get_tracer("kp")
_meter = metrics.get_meter("kp")

batch_seconds = _meter.create_histogram("messaging.process.duration", "s", "Time to work off one batch")
wait_seconds = _meter.create_histogram(
    "kp.submission.wait", "s", "Age of a batch's oldest record when it was decided or projected"
)
step_seconds = _meter.create_histogram("kp.step.duration", "s", "Time of one step of the deciding loop")
answers = _meter.create_counter("kp.answers", "{answer}", "Answers given, by outcome and code")
consumed = _meter.create_counter("messaging.client.consumed.messages", "{message}", "Records taken in")
published = _meter.create_counter("messaging.client.sent.messages", "{message}", "Records published")


def set_up(settings: Settings, service: str) -> None:
    """Set up logging, traces and metrics; called once, before any client exists."""
    _set_up_logs(settings)
    resource = Resource.create({"service.name": f"kp-{service}", "service.instance.id": settings.instance})
    _set_up_traces(settings, resource)
    views = [View(instrument_name="*.*", instrument_unit="s", aggregation=_buckets())]
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()], resource, views=views))


def _buckets() -> ExplicitBucketHistogramAggregation:
    return ExplicitBucketHistogramAggregation(boundaries=_SECONDS)


def _set_up_logs(settings: Settings) -> None:
    json = structlog.processors.JSONRenderer()
    renderer = json if settings.log_format == "json" else structlog.dev.ConsoleRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    wrapper = structlog.make_filtering_bound_logger(logging.INFO)
    structlog.configure(processors=[*shared, renderer], wrapper_class=wrapper)
    # The clients' own loggers repeat what ours name; what is left of them looks like ours.
    handler = logging.StreamHandler()
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[remove, renderer], foreign_pre_chain=shared))
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)


def _set_up_traces(settings: Settings, resource: Resource) -> None:
    exporter = _exporter(settings)
    if exporter is None:
        return
    # A service never begins a trace of its own: the sender decides what is sampled.
    provider = TracerProvider(resource=resource, sampler=ParentBased(ALWAYS_OFF))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    PymongoInstrumentor().instrument(tracer_provider=provider)


def _exporter(settings: Settings) -> SpanExporter | None:
    name = os.environ.get("OTEL_TRACES_EXPORTER", "none")
    if name == "none":
        return None
    (found,) = entry_points(group="opentelemetry_traces_exporter", name=name)
    return found.load()(endpoint=settings.otel_endpoint or None)


def is_sampled(traceparent: str) -> bool:
    """Say whether the sender wants this one traced; false costs one comparison."""
    return traceparent.endswith(_SAMPLED)


def remote(traceparent: str) -> Any:
    """Read a W3C traceparent into a context to parent spans on; a broken one gives a context without a parent."""
    parts = traceparent.split("-")
    try:
        context = SpanContext(int(parts[1], 16), int(parts[2], 16), True, TraceFlags(int(parts[3], 16)))
    except (IndexError, ValueError):
        return trace.set_span_in_context(trace.INVALID_SPAN)
    return trace.set_span_in_context(NonRecordingSpan(context))


class Timing:
    """Measures the steps of one batch, and tells them as metrics and as spans of the sampled submissions."""

    def __init__(self, service: str, records: Sequence[Record]) -> None:
        self._service, self._count = service, len(records)
        self._marks: list[tuple[str, int]] = [("start", time.time_ns())]
        oldest = min((record.timestamp for record in records), default=0)
        wait_seconds.record(max(0.0, time.time() - oldest / 1000), {"service": service})

    def mark(self, step: str) -> None:
        """Note that a step has just ended."""
        self._marks.append((step, time.time_ns()))

    def tell(self, traceparents: Iterable[tuple[str, str]], sent: int, codes: Sequence[str]) -> None:
        """Report the batch: `traceparents` pairs each one's id with its trace; `codes` are the answers given."""
        labels = {"service": self._service}
        for (_, begun), (step, ended) in pairwise(self._marks):
            step_seconds.record((ended - begun) / 1e9, {**labels, "step": step})
        batch_seconds.record((self._marks[-1][1] - self._marks[0][1]) / 1e9, labels)
        consumed.add(self._count, labels)
        published.add(sent, labels)
        for code, number in Counter(codes).items():
            answers.add(number, {**labels, "code": code})
        for submission_id, traceparent in traceparents:
            if is_sampled(traceparent):
                self._trace(submission_id, traceparent)

    def _trace(self, submission_id: str, traceparent: str) -> None:
        names = [f"{self._service} {step}" for step, _ in self._marks[1:]]
        tags = {"kp.submission.id": submission_id, "messaging.batch.message_count": self._count}
        whole = _span(f"{self._service} process", remote(traceparent), self._marks[0][1], self._marks[-1][1], tags)
        for name, (_, begun), (_, ended) in zip(names, self._marks, self._marks[1:], strict=False):
            _span(name, trace.set_span_in_context(whole), begun, ended, tags)


def _span(name: str, parent: Any, start: int, end: int, attributes: Mapping[str, str | int]) -> Span:
    made = _tracer.start_span(name, parent, SpanKind.CONSUMER, attributes, start_time=start)
    made.end(end)
    return made
