"""The pure rules of a certificate's life: what each authority may ask, and what is then true."""

from contracts.certificates import Certificate
from contracts.domain import Domain
from services.certificates.domain.life import decide, evolve

DOMAIN = Domain(service="certificates", state=Certificate, decide=decide, evolve=evolve)

__all__ = ["DOMAIN", "decide", "evolve"]
