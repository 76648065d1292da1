"""The traces of the demo's own client, and how one of them is read back from Zipkin."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import httpx
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased
from rich.text import Text
from rich.tree import Tree

SERVICE = "kp-participant-client"
SHARE = 0.05
_ZIPKIN = "zipkin_json"
_SPANS = "/api/v2/spans"
# What a confirmed import passes: the last of each is what makes it visible there.
_COMPLETE = frozenset({"certificates publish", "statistics totals publish", "gateway project"})
_LOOKS, _PAUSE = 80, 0.25
# Columns for a name at the root, and how many of them each level of the tree takes for its lines.
_NAME, _GUIDE = 52, 4

Span = dict[str, Any]


@dataclass(frozen=True)
class Tracing:
    """What was set up: a tracer whose spans are always kept, and the page of Zipkin where they can be seen."""

    tracer: trace.Tracer
    processor: BatchSpanProcessor
    zipkin: str


def set_up(environment: Mapping[str, str]) -> Tracing | None:
    """Let the client's submissions be traced, one in twenty, to where the stack's services send theirs.

    None where traces go nowhere or to another place than Zipkin.
    """
    name, endpoint = environment.get("OTEL_TRACES_EXPORTER", "none"), environment.get("KP_OTEL_ENDPOINT", "")
    if name == "none":
        return None
    (found,) = entry_points(group="opentelemetry_traces_exporter", name=name)
    processor = BatchSpanProcessor(found.load()(endpoint=endpoint or None))
    resource = Resource.create({"service.name": SERVICE})
    some = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(SHARE)))
    every = TracerProvider(resource=resource, sampler=ALWAYS_ON)
    for provider in (some, every):
        provider.add_span_processor(processor)
    trace.set_tracer_provider(some)
    zipkin = endpoint.removesuffix(_SPANS)
    return Tracing(every.get_tracer("kp-demo"), processor, zipkin) if name == _ZIPKIN else None


async def read(tracing: Tracing, trace_id: str) -> list[Span]:
    """Ask Zipkin until the trace reaches from the client to the read model; gives what there is after 20 s."""
    tracing.processor.force_flush()
    spans: list[Span] = []
    async with httpx.AsyncClient(base_url=tracing.zipkin, trust_env=False) as http:
        for _ in range(_LOOKS):
            answer = await http.get(f"/api/v2/trace/{trace_id}")
            spans = answer.json() if answer.is_success else []
            if {span["name"] for span in spans} >= _COMPLETE:
                break
            await asyncio.sleep(_PAUSE)  # spans come in batches of some seconds
    return spans


def draw(spans: list[Span], title: str) -> Tree:
    """Draw spans as a tree in the order of time: when each began after the first, and how long it took."""
    children: dict[str, list[Span]] = {}
    known = {span["id"] for span in spans}
    for span in sorted(spans, key=lambda one: one["timestamp"]):
        parent = span.get("parentId", "")
        children.setdefault(parent if parent in known else "", []).append(span)
    tree = Tree(title)
    begun = min((span["timestamp"] for span in spans), default=0)
    _grow(tree, children, "", begun, _NAME)
    return tree


def _grow(tree: Tree, children: dict[str, list[Span]], parent: str, begun: int, width: int) -> None:
    for span in children.get(parent, ()):
        _grow(tree.add(_label(span, begun, width)), children, span["id"], begun, width - _GUIDE)


def _label(span: Span, begun: int, width: int) -> Text:
    after, took = (span["timestamp"] - begun) / 1000, span.get("duration", 0) / 1000
    text = Text(f"{span['name']:<{width}}")
    text.append(f"{span['localEndpoint']['serviceName']:<24}", style="cyan")
    text.append(f"+{after:>6.1f} ms", style="dim")
    text.append(f"{took:>9.1f} ms", style="bold")
    return text


def services(spans: list[Span]) -> Iterator[str]:
    """Name the processes that a trace passed, in order of time, each once."""
    ordered = sorted(spans, key=lambda one: one["timestamp"])
    yield from dict.fromkeys(span["localEndpoint"]["serviceName"] for span in ordered)
