"""The input of the report card: exchanges and task histories, independent of how they were recorded. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from ark_emulator.core.task.values import Delivery, DeliveryState, Status


class ExchangeKind(StrEnum):
    """The kind of request of an exchange."""

    CREATE = "create"
    FETCH = "fetch"
    LIST = "list"
    DELETE = "delete"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class ObservedExchange:
    """One exchange as the rules see it.

    `at` is virtual, `real` real time, both in seconds. Requests with the same `intent` and `key` are identical.
    `parseable` is False for a reply that a client cannot read; a `status` of 0 means no reply. `task` is the task it
    created or asked about, `ended` are the tasks whose final status it returned. `retry_after` is in seconds.
    """

    number: int
    at: float
    real: float
    kind: ExchangeKind
    key: str
    dialect: str
    intent: int
    status: int
    parseable: bool = True
    task: str | None = None
    ended: frozenset[str] = frozenset()
    retry_after: float | None = None

    @property
    def lost(self) -> bool:
        """True when the client cannot know whether its request was carried out."""
        return self.status == 0 or self.status >= 500 or not self.parseable

    @property
    def failed(self) -> bool:
        """True when the client did not get what it requested."""
        return self.lost or self.status >= 400


@dataclass(frozen=True, slots=True)
class CaseCost:
    """Tokens, and their price in USD; None where no price is published."""

    tokens: int
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """What has happened to a task so far.

    `name` is the id its creator got. `ended_at` and `status` are those of its end, None while it goes on.
    `link_dies_at` and `cost` are those of a success, set also while the success is still to come; there need not be a
    link.
    """

    name: str
    ended_at: float | None = None
    status: Status | None = None
    link_dies_at: float | None = None
    cost: CaseCost | None = None
    deliveries: tuple[Delivery, ...] = ()

    @property
    def final_callback_accepted(self) -> bool:
        """True when a callback with a final status was accepted."""
        return any(each.status.final and each.state is DeliveryState.DELIVERED for each in self.deliveries)


@dataclass(frozen=True)
class Case:
    """All that is known: exchanges in order, histories by task, and the virtual time `now`.

    `flowing` is True when the clock runs as real time does; otherwise the pace of polls is not judged.
    """

    exchanges: Sequence[ObservedExchange]
    histories: Mapping[str, TaskHistory]
    now: float
    flowing: bool = True

    @cached_property
    def fetches(self) -> Mapping[str, Sequence[ObservedExchange]]:
        """The polls of each task, in order."""
        found: defaultdict[str, list[ObservedExchange]] = defaultdict(list)
        for each in self.exchanges:
            if each.kind is ExchangeKind.FETCH and each.task is not None:
                found[each.task].append(each)
        return found

    @cached_property
    def creates(self) -> Mapping[str, ObservedExchange]:
        """The exchange that created each task."""
        return {
            each.task: each for each in self.exchanges if each.kind is ExchangeKind.CREATE and each.task is not None
        }

    @cached_property
    def final_status_seen(self) -> Mapping[str, ObservedExchange]:
        """The exchange that first returned the final status of each task."""
        return {task: each for each in reversed(self.exchanges) for task in each.ended}

    @cached_property
    def downloaded(self) -> frozenset[str]:
        """The tasks of which a result was downloaded in full or in part."""
        return frozenset(
            each.task
            for each in self.exchanges
            if each.kind is ExchangeKind.DOWNLOAD
            and each.task is not None
            and each.parseable
            and 200 <= each.status < 300
        )

    @cached_property
    def repeats(self) -> Sequence["Repeat"]:
        """The creates that were accepted after identical ones."""
        return tuple(_repeats(self.exchanges))


@dataclass(frozen=True, slots=True)
class Repeat:
    """A create that was accepted after identical ones: those with an unknown result, and the last accepted one."""

    create: ObservedExchange
    uncertain: tuple[ObservedExchange, ...] = ()
    accepted: ObservedExchange | None = None


def _repeats(exchanges: Sequence[ObservedExchange]) -> Iterator[Repeat]:
    """Yield the accepted creates that follow identical ones.

    Each comes with the identical creates with an unknown result since the last accepted one. A create with an explicit
    refusal has a known result.
    """
    groups: defaultdict[tuple[str, int], list[ObservedExchange]] = defaultdict(list)
    for each in exchanges:
        if each.kind is not ExchangeKind.CREATE:
            continue
        earlier = groups[each.key, each.intent]
        if each.task is not None and earlier:
            yield _repeat(each, earlier)
        earlier.append(each)


def _repeat(create: ObservedExchange, earlier: Sequence[ObservedExchange]) -> Repeat:
    uncertain: list[ObservedExchange] = []
    for each in reversed(earlier):
        if each.lost:
            uncertain.insert(0, each)
        elif each.task is not None:
            return Repeat(create, tuple(uncertain), each)
    return Repeat(create, tuple(uncertain))
