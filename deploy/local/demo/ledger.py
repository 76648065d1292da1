"""Reads the log itself and balances it: every record that went in, against every answer that came out."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from client.settings import Settings
from contracts import topics
from contracts.catalogue import REJECTED

_DEAD_LETTERS = "dead-letters"
Marks = dict[TopicPartition, int]


@dataclass
class Balance:
    """What one stretch of the log holds. `lost` was never answered; `twice` changed the world more than once."""

    records_in: Counter[str] = field(default_factory=Counter[str])
    facts: Counter[str] = field(default_factory=Counter[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    told: Counter[str] = field(default_factory=Counter[str])
    derived: int = 0
    dead: Counter[str] = field(default_factory=Counter[str])
    lost: int = 0
    twice: int = 0

    @property
    def answers(self) -> Counter[str]:
        """Facts, refusals and dead letters together, by service."""
        return self.facts + self.refusals + self.dead


class Ledger:
    """An auditor's view of the log between two moments; it reads every topic and writes nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = [settings.topic(one.name) for one in topics.load()]
        self._partitions = [
            TopicPartition(settings.topic(one.name), partition)
            for one in topics.load()
            for partition in range(one.partitions)
        ]

    async def ends(self) -> Marks:
        """Note where each partition ends now."""
        consumer = await self._consumer()
        try:
            return await consumer.end_offsets(self._partitions)
        finally:
            await consumer.stop()

    async def balance(self, begin: Marks) -> Balance:
        """Balance everything from `begin` to what the log holds now."""
        records: list[Any] = []
        ends = await self.ends()
        wanted = {one: end for one, end in ends.items() if end > begin[one]}
        consumer = await self._consumer()
        try:
            consumer.assign(list(wanted))
            for one in wanted:
                consumer.seek(one, begin[one])
            while wanted:
                for one, some in (await consumer.getmany(timeout_ms=500)).items():
                    records.extend(record for record in some if record.offset < ends[one])
                    if some[-1].offset + 1 >= ends[one]:
                        wanted.pop(one, None)
        finally:
            await consumer.stop()
        return balanced(records, self._settings.namespace)

    async def _consumer(self) -> Any:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka, enable_auto_commit=False)
        await consumer.start()
        return consumer


def balanced(records: Iterable[Any], namespace: str) -> Balance:
    """Sort records of all topics into what went in and what came out."""
    balance, asked = Balance(), list[tuple[str, str, str]]()
    answered: set[str] = set()
    dead: set[str] = set()
    changes: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        name = record.topic.removeprefix(f"{namespace}.")
        service, _, kind = name.partition(".")
        header = {key: value.decode("utf-8", "replace") for key, value in record.headers}
        if kind == "submissions":
            balance.records_in[service] += 1
            asked.append((_place(record), header.get("ce_id", ""), service))
        elif name == _DEAD_LETTERS:
            balance.dead[header["kp_dead_topic"].split(".")[-2]] += 1
            dead.add(f"{header['kp_dead_topic']}/{header['kp_dead_partition']}/{header['kp_dead_offset']}")
        else:
            _take_fact(balance, service, header, answered, changes)
    balance.lost = sum(place not in dead and identity not in answered for place, identity, _ in asked)
    balance.twice = sum(len(ids) > 1 for ids in changes.values())
    return balance


def _place(record: Any) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _take_fact(
    balance: Balance, service: str, header: dict[str, str], answered: set[str], changes: dict[str, set[str]]
) -> None:
    cause = header["ce_causationid"]
    if not cause:
        balance.derived += 1
    elif cause.startswith("dead/"):
        balance.told[service] += 1
    elif header["ce_type"] == REJECTED:
        balance.refusals[service] += 1
        answered.add(cause)
    else:
        balance.facts[service] += 1
        answered.add(cause)
        changes[cause].add(header["ce_id"])
