"""Where the platform is: `KP_KAFKA`, `KP_GATEWAY` and `KP_NAMESPACE` of the environment, or what the caller says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    """Kafka's bootstrap servers, the gateway's address, and the namespace in front of topic names."""

    kafka: str = "127.0.0.1:9092"
    gateway: str = "http://127.0.0.1:8080"
    namespace: str = "kp"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables that are set; the rest stays as on a machine of one's own."""
        names = {"kafka": "KP_KAFKA", "gateway": "KP_GATEWAY", "namespace": "KP_NAMESPACE"}
        said = {field: environment[name] for field, name in names.items() if environment.get(name)}
        return cls(**said)

    def topic(self, name: str) -> str:
        """Name a topic inside the namespace: `certificates.submissions` is `kp.certificates.submissions`."""
        return f"{self.namespace}.{name}"
