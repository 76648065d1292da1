"""Runs the statistics service until it is told to stop: `python -m services.statistics`."""

from backbone.health import run
from backbone.settings import Settings
from services.statistics.app import build

settings = Settings()  # pyright: ignore[reportCallIssue]  the environment says the profile
run(settings, "statistics", lambda: build(settings), settings.health_port)
