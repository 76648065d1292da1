"""The pure rules of the register: who may record what, and what is then true of a participant."""

from contracts.domain import Domain
from contracts.participants import Participant
from services.participants.domain.register import decide, evolve

DOMAIN = Domain(service="participants", state=Participant, decide=decide, evolve=evolve)

__all__ = ["DOMAIN", "decide", "evolve"]
