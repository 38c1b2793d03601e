"""A scenario: the behaviour of one world, as values. It has two tables of rules, and the world's own settings.

Outcome rules decide how a checked submission ends, fault rules what goes wrong with an exchange. In both tables the
first rule that matches wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.plan.outcome import QUEUED, RUNNING, SUCCESS, Outcome, success_stages
from ark_emulator.core.scenario.effects import FaultEffect, Operation
from ark_emulator.core.scenario.patterns import glob_of
from ark_emulator.core.task.values import Mode
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.core.time.durations import Length


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions on a submission or an exchange. All that are given must hold; without any it always holds.

    `model`, `prompt`, `key` and `dialect` hold patterns, `mode` and `roles` names: one of those given must match.
    `header` names headers in lower case with a pattern each: all must match. A pattern is a glob (`*` and `?`) or a
    regular expression between slashes; the prompt's ignore case.

    `nth`, `every` and `first` count, per world, everything that satisfies all of the above, even if another rule
    applies to it. `chance`, from 0 to 1, is drawn last.
    """

    model: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    mode: tuple[Mode, ...] = ()
    roles: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    dialect: tuple[str, ...] = ()
    header: tuple[tuple[str, str], ...] = ()
    nth: int | None = None
    every: int | None = None
    first: int | None = None
    chance: float | None = None

    @property
    def counted(self) -> bool:
        """True when it depends on a count, so that everything that satisfies the rest must be counted."""
        return not (self.nth is None and self.every is None and self.first is None and self.chance is None)

    @property
    def selective(self) -> bool:
        """True when it has any condition on the subject itself."""
        return bool(self.model or self.prompt or self.mode or self.roles or self.key or self.dialect or self.header)


ALWAYS: Final = Conditions()


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """An outcome for the submissions that match. `name` is unique among the outcome rules of a scenario."""

    name: str
    when: Conditions
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault effect for the exchanges that match. `name` is unique among the fault rules of a scenario."""

    name: str
    on: Operation
    when: Conditions
    effect: FaultEffect


class KeyStatus(StrEnum):
    """The status of an API key: valid, invalid with a 401 for three reasons, or a 403 AccountOverdueError for the last.

    `misplaced` is a key of another plan, which is not valid on this path.
    """

    OK = "ok"
    EXPIRED = "expired"
    DISABLED = "disabled"
    MISPLACED = "misplaced"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What one API key may do: spend `balance` (USD, None for no limit), use models that match a glob (none: all).

    `user` is the owner of the key at a gateway, None for a user of its own. `limit` is the USD that this key alone may
    spend at a gateway. `sharing` are all keys of that user, which spend from one balance; see `shared_by_users`.
    """

    balance: float | None = None
    models: tuple[str, ...] = ()
    status: KeyStatus = KeyStatus.OK
    user: str | None = None
    limit: float | None = None
    sharing: tuple[str, ...] = ()

    def allows(self, model: str) -> bool:
        """Return True when the key may use a model of this name."""
        return not self.models or any(glob_of(pattern)(model) for pattern in self.models)


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """The clock settings of a scenario; None leaves a setting as it is. `start` is a unix second."""

    mode: ClockMode | None = None
    speed: float | None = None
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """How long an ordinary task is queued and runs."""

    queued: Length = QUEUED
    running: Length = RUNNING


@dataclass(frozen=True, slots=True)
class Scenario:
    """One complete scenario. With empty `keys` any non-empty key may call; None means the server's setting.

    `source` names the incidents it was made from, `expects` what a good client does. `text` is the document it was read
    from, for people to edit; it adds nothing to the other fields.
    """

    name: str = "default"
    about: str = ""
    source: tuple[str, ...] = ()
    expects: str = ""
    clock: ClockChoice = field(default_factory=ClockChoice)
    seed: int | None = None
    limits: Limits | None = None
    keys: Mapping[str, KeyPolicy] = field(default_factory=lambda: NO_KEYS)
    timings: Timings | None = None
    outcomes: tuple[OutcomeRule, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    text: str | None = field(default=None, compare=False, repr=False)

    @property
    def ordinary(self) -> Outcome:
        """The outcome of a submission that no rule matches."""
        return SUCCESS if self.timings is None else Outcome(success_stages(self.timings.queued, self.timings.running))


NO_KEYS: Final[Mapping[str, KeyPolicy]] = MappingProxyType({})


def shared_by_users(keys: Mapping[str, KeyPolicy]) -> Mapping[str, KeyPolicy]:
    """Return the keys with what the keys of one user share: the balance, which is the first that is given.

    A key without a user is a user of its own, under its own name.
    """
    if all(policy.user is None for policy in keys.values()):
        return keys
    users: dict[str, list[str]] = {}
    for key, policy in keys.items():
        users.setdefault(policy.user or key, []).append(key)
    found = {}
    for key, policy in keys.items():
        sharing = tuple(users[policy.user or key])
        balance = next((keys[each].balance for each in sharing if keys[each].balance is not None), None)
        found[key] = replace(policy, balance=balance, sharing=sharing)
    return found


DEFAULT: Final = Scenario()
"""Everything succeeds, unless a prompt steers otherwise."""


def merged(scenarios: Sequence[Scenario]) -> Scenario:
    """Return the scenarios as one: rules one after the other, keys together, and the last value of single settings.

    A rule whose name is taken is renamed, so that names stay unique. `about`, `expects` and `source` are joined.
    """
    if not scenarios:
        return DEFAULT
    first, *others = scenarios
    for other in others:
        first = _both(first, other)
    return first


def _both(first: Scenario, second: Scenario) -> Scenario:
    return Scenario(
        name=f"{first.name}+{second.name}",
        about=" ".join(filter(None, (first.about, second.about))),
        source=tuple(dict.fromkeys((*first.source, *second.source))),
        expects=" ".join(filter(None, (first.expects, second.expects))),
        clock=_clock(first.clock, second.clock),
        seed=first.seed if second.seed is None else second.seed,
        limits=_limits(first.limits, second.limits),
        keys=MappingProxyType({**first.keys, **second.keys}),
        timings=second.timings or first.timings,
        outcomes=_outcomes(first.outcomes, second.outcomes),
        faults=_faults(first.faults, second.faults),
    )


def _clock(first: ClockChoice, second: ClockChoice) -> ClockChoice:
    return ClockChoice(
        mode=second.mode or first.mode,
        speed=first.speed if second.speed is None else second.speed,
        start=first.start if second.start is None else second.start,
    )


def _limits(first: Limits | None, second: Limits | None) -> Limits | None:
    """Return the second's limits, completed by the first's; `off` in the second removes the first's."""
    if first is None or second is None or second == NO_LIMITS:
        return first if second is None else second
    return Limits(
        account=second.account or first.account,
        creates_per_minute=_last(first.creates_per_minute, second.creates_per_minute),
        concurrent=_last(first.concurrent, second.concurrent),
        queued=_last(first.queued, second.queued),
    )


def _last(first: int | None, second: int | None) -> int | None:
    return first if second is None else second


def _outcomes(first: tuple[OutcomeRule, ...], second: tuple[OutcomeRule, ...]) -> tuple[OutcomeRule, ...]:
    taken = {rule.name for rule in first}
    renamed = []
    for rule in second:
        name = free_name(rule.name, taken)
        taken.add(name)
        renamed.append(replace(rule, name=name, outcome=replace(rule.outcome, rule=name)))
    return (*first, *renamed)


def _faults(first: tuple[FaultRule, ...], second: tuple[FaultRule, ...]) -> tuple[FaultRule, ...]:
    taken = {rule.name for rule in first}
    renamed = []
    for rule in second:
        name = free_name(rule.name, taken)
        taken.add(name)
        renamed.append(replace(rule, name=name))
    return (*first, *renamed)


def free_name(name: str, taken: set[str]) -> str:
    """Return the name, or the name with the first number from 2 that makes it unique."""
    if name not in taken:
        return name
    number = 2
    while f"{name}~{number}" in taken:
        number += 1
    return f"{name}~{number}"
