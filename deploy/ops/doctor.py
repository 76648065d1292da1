"""Looks at everything the platform stands on, all at once and within seconds, and says what to do."""

import asyncio
from collections.abc import Sequence

from deploy.ops.checks import http, kafka, machine, mongodb
from deploy.ops.checks.finding import Finding
from deploy.ops.settings import OpsSettings

PATIENCE_SECONDS = 4.5


async def examine(settings: OpsSettings, patience: float = PATIENCE_SECONDS) -> list[Finding]:
    """Look at every server, service, topic and clock; what does not answer within `patience` seconds is a finding."""
    deadline = asyncio.get_running_loop().time() + patience
    looks = [kafka.look(settings, deadline), mongodb.look(settings, deadline), http.look(settings, deadline)]
    found = await asyncio.gather(*looks, machine.look())
    return [finding for findings in found for finding in findings]


def is_well(findings: Sequence[Finding]) -> bool:
    """Say whether nothing is wrong; what merely deserves a look is not."""
    return all(finding.state != "wrong" for finding in findings)
