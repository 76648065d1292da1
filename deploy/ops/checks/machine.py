"""Looks at the machine the command runs on: how much of its disk is free."""

import shutil
from pathlib import Path

from deploy.ops.checks.finding import Finding

_NEEDED_BYTES = 2_000_000_000


async def look() -> list[Finding]:
    """Look at the disk of the working directory; with the local stack that is the disk of every server."""
    return [disk("this machine", shutil.disk_usage(Path.cwd()).free)]


def disk(whose: str, free: int) -> Finding:
    """Judge how many bytes are free: nothing that is recorded is ever deleted, so disks only fill."""
    told = f"{free / 1e9:.1f} GB free"
    if free >= _NEEDED_BYTES:
        return Finding(f"disk of {whose}", "well", told)
    return Finding(f"disk of {whose}", "wrong", told, "Add space now: a full disk stops every acceptance.")
