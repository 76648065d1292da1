"""Wires the participants service; the only place that knows all of its parts."""

from backbone.health import Service, deciding_service
from backbone.settings import Settings
from services.participants.domain import DOMAIN


def build(settings: Settings) -> Service:
    """Build the service: submissions in, facts out."""
    return deciding_service(settings, DOMAIN)
