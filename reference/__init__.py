# pyright: strict
"""Facts of the real Kimberley Process, each with its source, for whoever needs the world as it is and was."""

from reference.loading import (
    chairs,
    decisions,
    filed_2023,
    former_participants,
    hs_codes,
    overlays,
    participants,
    published_tables,
    returns_2023,
    sources,
    status_changes,
    status_history,
    trading_entities,
    union_authorities,
    union_members,
    union_territories,
    zones,
)

__all__ = [
    "chairs",
    "decisions",
    "filed_2023",
    "former_participants",
    "hs_codes",
    "overlays",
    "participants",
    "published_tables",
    "returns_2023",
    "sources",
    "status_changes",
    "status_history",
    "trading_entities",
    "union_authorities",
    "union_members",
    "union_territories",
    "zones",
]
