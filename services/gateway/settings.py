"""What the gateway needs to know beside what every process does."""

from pydantic import Field

from backbone.settings import Settings


class GatewaySettings(Settings):
    """The common settings, and the port people and systems come to."""

    gateway_port: int = Field(default=8080, ge=0, le=65535)
