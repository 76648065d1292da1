"""Runs the gateway until it is told to stop: `python -m services.gateway`."""

from backbone.health import run
from services.gateway.app import NAME, build
from services.gateway.settings import GatewaySettings

settings = GatewaySettings()  # pyright: ignore[reportCallIssue]  the environment says the profile
run(settings, NAME, lambda: build(settings), settings.gateway_port)
