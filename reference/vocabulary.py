# pyright: strict
"""The closed sets of words that the reference facts use."""

from enum import StrEnum

# Stands where a participant's code would, in figures of the whole world.
WORLD = "WORLD"


class Confidence(StrEnum):
    """How far a fact can be trusted: a source says it, it follows from one, or it is own knowledge."""

    SOURCE = "source"
    DERIVED = "derived"
    OWN_HIGH = "own-high"
    OWN_MEDIUM = "own-medium"
    OWN_LOW = "own-low"


class Precision(StrEnum):
    """How large the period is whose first day a date gives."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Kind(StrEnum):
    PARTICIPANT = "PARTICIPANT"
    REIO = "REIO"


class Status(StrEnum):
    ACTIVE = "ACTIVE"
    SPECIAL_MEASURES = "SPECIAL_MEASURES"
    SUSPENDED = "SUSPENDED"
    SELF_SUSPENDED = "SELF_SUSPENDED"
    REMOVED = "REMOVED"


class OverlayKind(StrEnum):
    UN_EMBARGO = "UN_EMBARGO"
    ENHANCED_VIGILANCE = "ENHANCED_VIGILANCE"


class Flow(StrEnum):
    EXPORT = "EXPORT"
    IMPORT = "IMPORT"


class Mode(StrEnum):
    PRE_APPROVAL = "PRE_APPROVAL"
    POST_VERIFICATION = "POST_VERIFICATION"


class InFlightPolicy(StrEnum):
    HONOUR = "HONOUR"
    REJECT = "REJECT"


class Body(StrEnum):
    PLENARY = "PLENARY"
    CHAIR = "CHAIR"
    PARTICIPANTS = "PARTICIPANTS"
    PARTICIPANT = "PARTICIPANT"
    UN_SECURITY_COUNCIL = "UN_SECURITY_COUNCIL"


class DecisionKind(StrEnum):
    AD = "AD"
    NOTICE = "NOTICE"
    WRITTEN_PROCEDURE = "WRITTEN_PROCEDURE"
    SELF = "SELF"
    UNSC = "UNSC"


class Capacity(StrEnum):
    CHAIR = "CHAIR"
    CUSTODIAN = "CUSTODIAN"
    EXPECTED = "EXPECTED"


class Edition(StrEnum):
    FIRST_PUBLISHED = "FIRST_PUBLISHED"
    PRESS = "PRESS"
    DATABASE = "DATABASE"


class Sector(StrEnum):
    """Who mined: TOTAL up to 2019, since then artisanal (ASM) and large-scale (LSM) apart."""

    TOTAL = "TOTAL"
    ASM = "ASM"
    LSM = "LSM"
