"""Where a stack keeps what: under `.local/` of its root folder, but downloads in a cache all stacks share."""

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The folders of the stack whose root folder is `root`."""

    root: Path

    @property
    def home(self) -> Path:
        """The folder that holds everything local; ignored by git."""
        return self.root.resolve() / ".local"

    @property
    def data(self) -> Path:
        """Where the servers keep their data."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """Where every process writes its log."""
        return self.home / "log"

    @property
    def run(self) -> Path:
        """Where the supervisor keeps sockets and its configuration."""
        return self.home / "run"

    @property
    def keys(self) -> Path:
        """Where the private keys of the local stack lie."""
        return self.home / "keys"

    @property
    def trust_anchor(self) -> Path:
        """The public half of the Secretariat's key, as a JWK Set."""
        return self.keys / "trust-anchor.jwks.json"

    def make(self) -> None:
        """Create the folders that are missing."""
        for folder in (self.data, self.log, self.run, self.keys):
            folder.mkdir(parents=True, exist_ok=True)


def cache() -> Path:
    """Where downloads are kept: `KP_CACHE`, or the repository's own `.local/cache`."""
    return Path(os.environ.get("KP_CACHE") or REPOSITORY / ".local" / "cache").resolve()
