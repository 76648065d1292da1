"""Where the servers are and who this process is, from `KP_*` variables of the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCAL_INSECURE = "local-insecure"


class Settings(BaseSettings):
    """What every process needs to know. Services add their own beside their code.

    There is no default profile: a process that speaks in the clear was asked to, by that name.
    """

    model_config = SettingsConfigDict(env_prefix="KP_", extra="ignore")

    profile: Literal["local-insecure"] = Field(
        description="How connections are guarded; 'local-insecure' means not at all."
    )
    kafka: str = "127.0.0.1:9092"
    mongo_uri: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    namespace: str = Field(default="kp", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    instance: str = "0"
    health_port: int = 0
    trust_anchor: Path = Path(".local/keys/trust-anchor.jwks.json")
    otel_endpoint: str = ""
    log_format: Literal["json", "console"] = "json"
    max_batch: int = Field(default=1000, ge=1, le=10_000)
    session_timeout_ms: int = 10_000

    @field_validator("mongo_uri")
    @classmethod
    def _is_mongo(cls, uri: str) -> str:
        if not uri.startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("KP_MONGO_URI must begin with mongodb:// or mongodb+srv://")
        return uri

    def topic(self, name: str) -> str:
        """Name a topic inside this namespace: `dead-letters` is `kp.dead-letters`."""
        return f"{self.namespace}.{name}"

    def database(self, service: str) -> str:
        """Name a service's database inside this namespace."""
        return f"{self.namespace}_{service}"
