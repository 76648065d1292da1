"""What the tests of faults share: a world under the key of the stack's Secretariat."""

import pytest

from deploy.local import anchor
from deploy.local.stack import Stack
from tests.world import World


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    """A small world; its founding has yet to be sent."""
    anchor.ensure(stack.root)
    return World.load(anchor.secretariat_key(stack.root))
