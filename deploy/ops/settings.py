"""Where the platform stands as an operator sees it: from `KP_*` variables, or from the running local stack."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from backbone.settings import LOCAL_INSECURE, Settings
from deploy.ops.errors import OperatorError

DECIDING = ("certificates", "participants", "statistics")
_FIRST_PORT = 8081


class OpsSettings(Settings):
    """The servers as every process knows them, and where each service shows its health.

    `KP_SERVICES` is a JSON object of base addresses by name: {"gateway": "http://gateway:8080", …}.
    """

    instance: str = "kp-ops"
    gateway_port: int = 8080
    services: dict[str, str] = Field(default_factory=dict[str, str])

    @property
    def mongo_address(self) -> str:
        """The hosts of MongoDB, to be shown: without the password that the URI may hold."""
        return urlsplit(self.mongo_uri).netloc.rpartition("@")[2]

    def health(self) -> dict[str, str]:
        """The base address of every service by its name; without `KP_SERVICES`, those of the local stack."""
        deciding = {name: _local(port) for port, name in enumerate(DECIDING, _FIRST_PORT)}
        return self.services or {**deciding, "gateway": _local(self.gateway_port)}


def read_settings(note: Callable[[str], None]) -> OpsSettings:
    """Read the environment; where it names no profile, the running local stack; raises `OperatorError`.

    `note` is told when the local stack was taken.
    """
    try:
        if os.environ.get("KP_PROFILE"):
            return OpsSettings()  # pyright: ignore[reportCallIssue]  the environment says the profile
        return _of_local_stack(note)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"KP_{'_'.join(map(str, first['loc'])).upper()}"
        raise OperatorError("E_SETTINGS", name, f"{first['msg']}; correct the variable.") from error


def _of_local_stack(note: Callable[[str], None]) -> OpsSettings:
    try:
        # Where the platform is installed without its development tools there is no local stack.
        from deploy.local.stack import SERVICES, Stack
    except ImportError:
        raise _no_profile() from None
    stack = Stack.from_environment()
    if not stack.supervisor.is_running():
        raise _no_profile()
    note(f"KP_PROFILE is not set: using the local stack of {stack.root}.")
    told = {name.removeprefix("KP_").lower(): value for name, value in stack.environment().items()}
    services = {name: _local(getattr(stack.ports, name)) for name in SERVICES}
    return OpsSettings.model_validate({"services": services, **told})


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _no_profile() -> OperatorError:
    remedy = f"set KP_PROFILE={LOCAL_INSECURE}, KP_KAFKA and KP_MONGO_URI, or start the local stack with `make up`."
    return OperatorError("E_NO_PROFILE", "KP_PROFILE", remedy)
