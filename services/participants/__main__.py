"""Runs the participants service until it is told to stop: `python -m services.participants`."""

from backbone.health import run
from backbone.settings import Settings
from services.participants.app import build

settings = Settings()  # pyright: ignore[reportCallIssue]  the environment says the profile
run(settings, "participants", lambda: build(settings), settings.health_port)
