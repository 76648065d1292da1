"""Runs the certificates service until it is told to stop: `python -m services.certificates`."""

from backbone.health import run
from backbone.settings import Settings
from services.certificates.app import build

settings = Settings()  # pyright: ignore[reportCallIssue]  the environment says the profile
run(settings, "certificates", lambda: build(settings), settings.health_port)
