"""Holds the broker's topics against `contracts/topics.toml`, and corrects what may be corrected."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from backbone.settings import Settings
from contracts.topics import TopicSpec, load
from deploy.ops.broker import administration, configs, refuse_when, replicas

_ALREADY_EXISTS = 36
_PATIENCE_SECONDS = 10.0
_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about a topic that is not as written; `remedy` is empty when `apply` corrects it."""

    topic: str
    what: str
    found: str
    wanted: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What `ensure_topics` corrected, and what it may not correct."""

    corrected: list[Difference]
    left: list[Difference]


async def ensure_topics(settings: Settings, specs: Sequence[TopicSpec] | None = None) -> Applied:
    """Create the topics that are missing and set configs; delete nothing, and change no number of partitions.

    A second call changes nothing. `specs` are those of `contracts/topics.toml` unless given. Returns when the
    broker shows the topics as written; raises `OperatorError` when it refuses.
    """
    wanted = _named(settings, load() if specs is None else specs)
    async with administration(settings) as admin:
        before = await _compare(admin, wanted)
        await _correct(admin, wanted, [one for one in before if not one.remedy])
        left = await _settled(admin, wanted)
    return Applied([one for one in before if one not in left], left)


async def compare_topics(settings: Settings, specs: Sequence[TopicSpec] | None = None) -> list[Difference]:
    """Tell every difference between the broker's topics and `specs`, by default `contracts/topics.toml`."""
    async with administration(settings) as admin:
        return await _compare(admin, _named(settings, load() if specs is None else specs))


def replicated(specs: Sequence[TopicSpec], replication: int | None) -> list[TopicSpec]:
    """The same topics with another number of replicas, as a deployment with more brokers wants."""
    return [replace(one, replication=replication or one.replication) for one in specs]


def _named(settings: Settings, specs: Sequence[TopicSpec]) -> list[TopicSpec]:
    return [replace(one, name=settings.topic(one.name)) for one in specs]


async def _compare(admin: AIOKafkaAdminClient, wanted: Sequence[TopicSpec]) -> list[Difference]:
    found = await replicas(admin)
    there = [spec for spec in wanted if spec.name in found]
    set_on = await configs(admin, [spec.name for spec in there]) if there else {}
    differences = [Difference(spec.name, "topic", "missing", "there") for spec in wanted if spec.name not in found]
    for spec in there:
        differences += [*_compare_size(spec, found[spec.name]), *_compare_config(spec, set_on[spec.name])]
    return differences


def _compare_size(spec: TopicSpec, found: list[int]) -> list[Difference]:
    differences: list[Difference] = []
    if len(found) != spec.partitions:
        remedy = "Move to a new topic: another number of partitions would send an aggregate's records elsewhere."
        differences.append(Difference(spec.name, "partitions", str(len(found)), str(spec.partitions), remedy))
    fewest = min(found, default=0)
    if fewest < spec.replication:
        remedy = "Move the replicas with kafka-reassign-partitions.sh."
        differences.append(Difference(spec.name, "replication", str(fewest), str(spec.replication), remedy))
    return differences


def _compare_config(spec: TopicSpec, found: dict[str, str]) -> list[Difference]:
    names = sorted({*spec.config, *found})
    pairs = ((name, found.get(name, "not set"), spec.config.get(name, "not set")) for name in names)
    return [Difference(spec.name, name, is_now, ought) for name, is_now, ought in pairs if is_now != ought]


async def _correct(admin: AIOKafkaAdminClient, wanted: Sequence[TopicSpec], differences: list[Difference]) -> None:
    missing = {one.topic for one in differences if one.what == "topic"}
    other = {one.topic for one in differences if one.what != "topic"}
    await _create(admin, [spec for spec in wanted if spec.name in missing])
    await _configure(admin, [spec for spec in wanted if spec.name in other])


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    if not specs:
        return
    new = [NewTopic(one.name, one.partitions, one.replication, topic_configs=one.config) for one in specs]
    answer: Any = await admin.create_topics(new)
    for topic, code, message in answer.topic_errors:
        # Somebody else who applies the same list at the same time is no error.
        refuse_when(0 if code == _ALREADY_EXISTS else code, topic, message)


async def _configure(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    if not specs:
        return
    # The request replaces all that is set on a topic, so what nobody wrote down goes back to the default.
    resources = [ConfigResource(ConfigResourceType.TOPIC, one.name, one.config) for one in specs]
    answers: list[Any] = await admin.alter_configs(resources)
    for code, message, _, topic in (resource for answer in answers for resource in answer.resources):
        refuse_when(code, topic, message)


async def _settled(admin: AIOKafkaAdminClient, wanted: Sequence[TopicSpec]) -> list[Difference]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        left = await _compare(admin, wanted)
        if all(one.remedy for one in left) or time.monotonic() > deadline:
            return left
        await asyncio.sleep(_BETWEEN_LOOKS)  # a fact of another process: it can only be looked at
