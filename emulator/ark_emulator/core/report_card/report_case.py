"""What the report card is judged from: exchanges and lives of tasks as somebody else wrote them down. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from ark_emulator.core.task.values import Delivery, DeliveryState, Status


class ExchangeKind(StrEnum):
    """What an exchange was for."""

    CREATE = "create"
    FETCH = "fetch"
    LIST = "list"
    DELETE = "delete"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class ObservedExchange:
    """One exchange as it is judged.

    `at` is virtual, `real` real time, both in seconds. Requests with the same `wish` and `key` are the same. A reply
    that cannot be read is not `legible`; a `status` of 0 is no reply. `task` is the task it made or asked about,
    `ended` are the tasks whose end it told. `retry_after` is in seconds.
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
        """True when the client cannot know what became of its request."""
        return self.status == 0 or self.status >= 500 or not self.parseable

    @property
    def failed(self) -> bool:
        """True when the client did not get what it asked for."""
        return self.lost or self.status >= 400


@dataclass(frozen=True, slots=True)
class CaseCost:
    """Tokens, and what they cost; None where no price is published."""

    tokens: int
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """What became of a task so far.

    `name` is the id its creator got. `ended_at` and `status` are those of its end, None while it goes on.
    `link_dies_at` and `cost` are those of a success, both also while it is on its way; there need not be a link.
    """

    name: str
    ended_at: float | None = None
    status: Status | None = None
    link_dies_at: float | None = None
    cost: CaseCost | None = None
    deliveries: tuple[Delivery, ...] = ()

    @property
    def final_callback_accepted(self) -> bool:
        """True when a callback that tells the end was taken."""
        return any(each.status.final and each.state is DeliveryState.DELIVERED for each in self.deliveries)


@dataclass(frozen=True)
class Case:
    """All that is known: exchanges in order, lives by task, and the virtual time `now`.

    `flowing` says that the clock runs as real time does; otherwise the pace of polls is not judged.
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
        """The exchange that made each task."""
        return {
            each.task: each for each in self.exchanges if each.kind is ExchangeKind.CREATE and each.task is not None
        }

    @cached_property
    def final_status_seen(self) -> Mapping[str, ObservedExchange]:
        """The exchange that first told the end of each task."""
        return {task: each for each in reversed(self.exchanges) for task in each.ended}

    @cached_property
    def downloaded(self) -> frozenset[str]:
        """The tasks of which something was downloaded in full or in part."""
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
        """The creates that were accepted after others like them."""
        return tuple(_repeats(self.exchanges))


@dataclass(frozen=True, slots=True)
class Repeat:
    """A create that was accepted after others like it: those whose fate is unknown, and the last that was accepted."""

    create: ObservedExchange
    doubtful: tuple[ObservedExchange, ...] = ()
    accepted: ObservedExchange | None = None


def _repeats(exchanges: Sequence[ObservedExchange]) -> Iterator[Repeat]:
    """The accepted creates that follow others like them, each with those whose fate is unknown since the last accepted.

    A create that was refused in so many words is no cause for doubt.
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
    doubtful: list[ObservedExchange] = []
    for each in reversed(earlier):
        if each.lost:
            doubtful.insert(0, each)
        elif each.task is not None:
            return Repeat(create, tuple(doubtful), each)
    return Repeat(create, tuple(doubtful))
