"""Wires the certificates service; the only place that knows all of its parts."""

from backbone.health import Service, deciding_service, run
from backbone.settings import Settings
from services.certificates.domain import DOMAIN


def build(settings: Settings) -> Service:
    """Build the service: submissions in, facts out."""
    return deciding_service(settings, DOMAIN)


if __name__ == "__main__":
    settings = Settings()  # pyright: ignore[reportCallIssue]  the environment says the profile
    run(settings, DOMAIN.service, lambda: build(settings), settings.health_port)
