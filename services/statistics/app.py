"""Wires the statistics service; the only place that knows all of its parts."""

from collections.abc import Sequence

from backbone.health import Parts, Probe, Service, deciding_service, lag_probe
from backbone.kafka import consume
from backbone.projecting import Offsets
from backbone.settings import Settings
from services.statistics.corridors import Corridors
from services.statistics.domain import DOMAIN


def build(settings: Settings) -> Service:
    """Build the service: returns in, and certificate facts added up."""
    return deciding_service(settings, DOMAIN, _totals)


def _totals(parts: Parts) -> Sequence[Probe]:
    offsets = Offsets(parts.store, "corridors")
    corridors = Corridors(parts.store, parts.publisher, offsets)
    topic = "certificates.facts"
    subscriber = consume(
        parts.broker, parts.settings, [topic], "statistics-corridors", corridors.handle, listener=offsets
    )
    offsets.consumer = lambda: subscriber.consumer
    return [lag_probe(topic, subscriber)]
