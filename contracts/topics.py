"""Reads `topics.toml`: the one list of topics, their partitions, keys, retention, writers and readers."""

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as it ought to be; `name` is without the namespace."""

    name: str
    partitions: int
    replication: int
    key: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    config: dict[str, str] = field(default_factory=dict[str, str])


def load() -> list[TopicSpec]:
    """Read every topic of the platform."""
    document = tomllib.loads(files("contracts").joinpath("topics.toml").read_text("utf-8"))
    return [_spec(entry, document["defaults"]) for entry in document["topic"]]


def _spec(entry: dict[str, Any], defaults: dict[str, Any]) -> TopicSpec:
    return TopicSpec(
        name=entry["name"],
        partitions=entry["partitions"],
        replication=entry.get("replication", defaults["replication"]),
        key=entry["key"],
        writers=tuple(entry["writers"]),
        readers=tuple(entry["readers"]),
        config=dict(entry["config"]),
    )
