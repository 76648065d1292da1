"""One submission is one trace: from the participant's own span to every service's work on it."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler

from backbone.settings import Settings
from client import tracing
from client.http_door import HttpDoor
from client.kafka_door import KafkaDoor
from client.settings import Settings as ClientSettings
from client.submission import Sealed
from deploy.local import anchor
from deploy.local.stack import Stack
from deploy.ops.topics import ensure_topics
from tests.recorder import Recorder
from tests.running import eventually, running
from tests.world import World

_PATIENCE = 120
_SPANS = 10
# Zipkin counts in whole microseconds.
_ROUNDING = 2

Edge = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as a service exported it; times in microseconds."""

    trace: str
    id: str
    parent: str
    service: str
    name: str
    submission: str
    start: int
    duration: int


@dataclass(slots=True)
class Sink:
    """Takes Zipkin's JSON over HTTP, as a collector does."""

    spans: list[Seen] = field(default_factory=list[Seen])
    url: str = ""

    def take(self, body: bytes) -> None:
        """Keep a posted list of spans."""
        for one in orjson.loads(body):
            tags: dict[str, str] = one.get("tags", {})
            service = one["localEndpoint"]["serviceName"]
            names = (one["traceId"], one["id"], one.get("parentId", ""), service, one["name"])
            times = (one["timestamp"], one["duration"])
            self.spans.append(Seen(*names, tags.get("kp.submission.id", ""), *times))

    def of(self, submission: str) -> list[Seen]:
        """The spans about a submission."""
        return [one for one in self.spans if one.submission == submission]


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    sink = Sink()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sink.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        sink.url = f"http://127.0.0.1:{server.server_port}/api/v2/spans"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield sink
        server.shutdown()


@dataclass(frozen=True, slots=True)
class Platform:
    """Running services that export their spans, and what they say."""

    world: World
    door: KafkaDoor
    recorder: Recorder
    gateway: str

    async def submit(
        self, sampler: Sampler, *submissions: Sealed, door: KafkaDoor | HttpDoor | None = None
    ) -> dict[str, ReadableSpan]:
        """Submit from an application that samples so; give its spans by submission, once all are answered."""
        exporter, provider = InMemorySpanExporter(), TracerProvider(sampler=sampler)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(tracing, "_tracer", provider.get_tracer("a participant's application"))
            await (door or self.door).send(submissions)
        await self.recorder.until(lambda: all(self.recorder.of(one.id) for one in submissions), "the answers")
        finished = exporter.get_finished_spans()
        return {str((one.attributes or {})["kp.submission.id"]): one for one in finished}


@pytest.fixture(scope="module")
async def platform(
    stack: Stack, settings: Settings, sink: Sink, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    anchor.ensure(stack.root)
    world = World.load(anchor.secretariat_key(stack.root))
    await ensure_topics(settings)
    # Exported soon after they end, so that nobody need wait.
    tracing_on = {"OTEL_TRACES_EXPORTER": "zipkin_json", "KP_OTEL_ENDPOINT": sink.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    client = ClientSettings(kafka=settings.kafka, namespace=settings.namespace)
    folder: Path = tmp_path_factory.mktemp("traces")
    async with AsyncExitStack() as on:
        services = await on.enter_async_context(running(settings, folder, more=tracing_on))
        door = await on.enter_async_context(KafkaDoor(client))
        recorder = await on.enter_async_context(Recorder(settings))
        platform = Platform(world, door, recorder, services["gateway"].url)
        await platform.submit(ALWAYS_OFF, *world.founding())
        yield platform


def span_id(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"{context.span_id:016x}"


def trace_id(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}"


async def test_every_services_work_descends_from_the_span_of_the_participants_application(
    platform: Platform, sink: Sink
) -> None:
    sealed = platform.world.issue("AO4000")
    submitted = (await platform.submit(ALWAYS_ON, sealed))[sealed.id]
    await exported(sink, sealed)
    assert edges(sink, sealed) == expected(span_id(submitted))
    assert {one.trace for one in sink.of(sealed.id)} == {trace_id(submitted)}


async def test_a_submission_through_the_gateway_is_traced_like_one_through_kafka(
    platform: Platform, sink: Sink
) -> None:
    sealed = platform.world.issue("AO4001")
    async with HttpDoor(ClientSettings(gateway=platform.gateway)) as door:
        submitted = (await platform.submit(ALWAYS_ON, sealed, door=door))[sealed.id]
    await exported(sink, sealed)
    assert edges(sink, sealed) == expected(span_id(submitted))


async def test_what_happens_inside_a_span_lies_inside_its_time(platform: Platform, sink: Sink) -> None:
    sealed = platform.world.issue("AO4002")
    await platform.submit(ALWAYS_ON, sealed)
    await exported(sink, sealed)
    spans = {one.id: one for one in sink.of(sealed.id)}
    within = [(one, spans[one.parent]) for one in spans.values() if one.parent in spans]
    assert len(within) == 7
    for one, parent in within:
        assert parent.start <= one.start
        assert one.start + one.duration <= parent.start + parent.duration + _ROUNDING


async def test_of_many_only_the_sampled_ones_are_traced_and_nobody_begins_a_trace_of_his_own(
    platform: Platform, sink: Sink
) -> None:
    unsampled = [platform.world.issue(f"AO{serial}") for serial in range(4_100, 4_200)]
    sampled = [platform.world.issue(f"AO{serial}") for serial in range(4_200, 4_205)]
    await platform.submit(ALWAYS_OFF, *unsampled)
    await platform.submit(ALWAYS_ON, *sampled)
    for one in sampled:
        await exported(sink, one)
    assert not [one for sealed in unsampled for one in sink.of(sealed.id)]
    assert not [one for one in sink.spans if not one.parent]
    assert {one.submission for one in sink.spans} >= {one.id for one in sampled}


def expected(submitted: str) -> set[Edge]:
    """What must follow from one accepted submission: who descends from whom."""
    done = {
        ("certificates", "certificates"): ("load", "decide", "store", "publish"),
        ("statistics", "statistics totals"): ("store", "publish"),
        ("gateway", "gateway"): ("project",),
    }
    first = {(submitted, f"kp-{service}", f"{work} process") for service, work in done}
    then = {
        (f"{work} process", f"kp-{service}", f"{work} {step}")
        for (service, work), steps in done.items()
        for step in steps
    }
    return first | then


async def exported(sink: Sink, sealed: Sealed) -> None:
    """Wait until every service has exported what it did about a submission."""
    await eventually(
        lambda: len(sink.of(sealed.id)) >= _SPANS, _PATIENCE, f"{_SPANS} spans are due: {sink.of(sealed.id)}"
    )


def edges(sink: Sink, sealed: Sealed) -> set[Edge]:
    """Parent, service and name of each span; a parent that a service exported is told by its name."""
    spans = sink.of(sealed.id)
    names = {one.id: one.name for one in spans}
    return {(names.get(one.parent, one.parent), one.service, one.name) for one in spans}
