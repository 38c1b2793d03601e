"""A scenario made live for one world: its rules compiled, what they counted, and faults added on the spot."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ark_emulator.core.plan.outcome import Outcome
from ark_emulator.core.plan.planning import steered_outcome, steering_names
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.scenario.effects import Drift, DriftingField, Operation
from ark_emulator.core.scenario.matching import Rule, Rulebook, Shortlist, Subject, subject_of
from ark_emulator.core.scenario.scenario_model import (
    DEFAULT,
    FaultRule,
    KeyPolicy,
    OutcomeRule,
    Scenario,
    shared_by_users,
)
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.common.cooperative import stepped
from ark_emulator.runtime.world.steering import SteeringWords

_NUMBERS: Final = frozenset({DriftingField.USAGE, DriftingField.DURATION})
_FREE: Final = KeyPolicy()
"""What every key may do where the scenario names none."""


def _steered(prompt: str, incidents: SteeringWords | None) -> Outcome | None:
    if "emu:" not in prompt:
        return None
    found = steered_outcome(prompt)
    if found is None and incidents is not None:
        found = next((known for name in steering_names(prompt) if (known := incidents.outcome(name)) is not None), None)
    return found


@dataclass(frozen=True, slots=True)
class AddedFaults:
    """The faults that were added on the spot, how many there ever were, and the documents that they were made from."""

    count: int = 0
    rules: tuple[FaultRule, ...] = ()
    documents: Mapping[str, object] = field(default_factory=dict)


class Behaviour:
    """How a world behaves. Faults that a test adds come before those of the scenario."""

    def __init__(self, scenario: Scenario = DEFAULT, counters: MutableMapping[str, int] | None = None) -> None:
        self.scenario = scenario
        self.keys = shared_by_users(scenario.keys)
        self.counters: MutableMapping[str, int] = {} if counters is None else counters
        self.additions = AddedFaults()
        self._added: dict[str, FaultRule] = {}
        self._wishes: dict[str, Mapping[str, Any]] = {}
        self._count = 0
        self._outcomes = _rulebook(scenario.outcomes)
        self._faults = _rulebook(scenario.faults)
        self._drifts = Rulebook(_lasting_drifts(scenario.faults))

    def with_scenario(self, scenario: Scenario) -> "Behaviour":
        """The behaviour of another scenario, with the faults that were added here and what those have counted."""
        other = Behaviour(scenario, self.counters)
        other._added, other._wishes, other._count = self._added, self._wishes, self._count
        for counter in [each for each in self.counters if not any(_counts(each, name) for name in self._added)]:
            del self.counters[counter]
        other._recompile()
        return other

    def with_added_faults(self, scenario: Scenario, added: AddedFaults) -> "Behaviour":
        """The behaviour that somebody else has given this world; what was counted stays."""
        other = Behaviour(scenario, self.counters)
        other._added = {rule.name: rule for rule in added.rules}
        other._wishes = {name: wish for name, wish in added.documents.items() if isinstance(wish, Mapping)}
        other._count = added.count
        other._recompile()
        other.additions = added
        return other

    @property
    def added(self) -> Sequence[FaultRule]:
        """The faults that were added on the spot, oldest first."""
        return tuple(self._added.values())

    def add(self, rule: FaultRule, wish: Mapping[str, Any] | None = None) -> FaultRule:
        """Add a fault; answers with it under the name it goes by. `wish` is the document that it was made from."""
        self._count += 1
        rule = replace(rule, name=f"added-{self._count}")
        self._added[rule.name] = rule
        if wish is not None:
            self._wishes[rule.name] = wish
        self._recompile()
        return rule

    def document_of(self, name: str) -> Mapping[str, Any] | None:
        """The document that an added fault was made from, None when it came without one."""
        return self._wishes.get(name)

    def remove(self, name: str) -> bool:
        """Take an added fault back; False when there is none of that name."""
        found = self._added.pop(name, None) is not None
        self._wishes.pop(name, None)
        self._recompile()
        return found

    def remove_added(self) -> None:
        """Take every added fault back; what was counted stays."""
        self._added.clear()
        self._wishes.clear()
        self._recompile()

    def clear(self) -> None:
        """Take every added fault back and count from the beginning again."""
        self._added.clear()
        self._wishes.clear()
        self.counters.clear()
        self._recompile()

    def policy(self, key: str) -> KeyPolicy | None:
        """What a key may do; None when the scenario names keys, and this one is not among them."""
        return self.keys.get(key) if self.keys else _FREE

    def user(self, key: str) -> str:
        """Return the user whose key it is at a gateway: the scenario's, else one of the key's own name."""
        policy = self.keys.get(key)
        return key if policy is None else policy.user or key

    def outcome(
        self,
        intent: Intent,
        dice: Dice,
        incidents: SteeringWords | None = None,
        shortlist: Shortlist[OutcomeRule] | None = None,
    ) -> Outcome:
        """The life of a checked submission: what its prompt steers to, else the first rule's, else the ordinary one.

        A prompt names a row of the steering table, or a built-in scenario whose first outcome it wants.
        """
        if (chosen := _steered(intent.submission.prompt, incidents)) is not None:
            return chosen
        if not self._outcomes.concerns(None):
            return self.scenario.ordinary
        rule = self._outcomes.choose(subject_of(intent.submission, intent.mode), self.counters, dice, shortlist)
        return self.scenario.ordinary if rule is None else replace(rule.outcome, rule=rule.name)

    async def outcome_shortlist(self, intent: Intent) -> Shortlist[OutcomeRule] | None:
        """Look through the outcome rules where that may take long, letting others have their turn meanwhile."""
        if not self._outcomes.concerns(None):
            return None
        subject = subject_of(intent.submission, intent.mode)
        return await stepped(self._outcomes.narrowing(subject)) if self._outcomes.is_heavy(subject) else None

    async def fault_shortlist(self, subject: Subject) -> Shortlist[FaultRule] | None:
        """Look through the fault rules where that may take long, letting others have their turn meanwhile."""
        return await stepped(self._faults.narrowing(subject)) if self._faults.is_heavy(subject) else None

    def strikes(self, on: Operation) -> bool:
        """True when some fault is about this kind of exchange, so that it is worth to describe one."""
        return self._faults.concerns(on)

    def reads_submission(self, on: Operation) -> bool:
        """True when a fault of this kind asks for what only the submission tells."""
        return self._faults.reads_submission(on)

    def fault(self, subject: Subject, dice: Dice, shortlist: Shortlist[FaultRule] | None = None) -> FaultRule | None:
        """The fault that strikes an exchange, None when none does."""
        return self._faults.choose(subject, self.counters, dice, shortlist)

    def drifts(self, intent: Intent, dice: Dice) -> bool:
        """Return whether Ark tells every poll of this task numbers as text, so that no gateway can parse the body."""
        if not self._drifts.rules:
            return False
        subject = replace(subject_of(intent.submission, intent.mode, Operation.FETCH), dialect="ark")
        return self._drifts.choose(subject, {}, dice) is not None

    def _recompile(self) -> None:
        self.additions = AddedFaults(self._count, tuple(self._added.values()), dict(self._wishes))
        added = tuple(self._added.values())
        self._faults = Rulebook((*added, *self.scenario.faults)) if added else _rulebook(self.scenario.faults)
        self._drifts = Rulebook(_lasting_drifts(self._faults.rules))


def _lasting_drifts(rules: Sequence[FaultRule]) -> tuple[FaultRule, ...]:
    """Return the faults that turn numbers in the answers to polls into text, whichever poll it is."""
    return tuple(
        rule
        for rule in rules
        if isinstance(rule.effect, Drift) and _NUMBERS.intersection(rule.effect.fields)
        if rule.on is Operation.FETCH and not rule.when.counted and not rule.when.header
    )


def _counts(counter: str, name: str) -> bool:
    """True when the counter belongs to the fault of that name."""
    return counter.partition("@")[0] == f"fault:{name}" or counter.startswith(f"missing/{name}/")


def _rulebook(rules: tuple[Rule, ...]) -> Rulebook[Rule]:
    """Return the compiled rules of a scenario; those compiled last are remembered, for compiling takes time."""
    known = _BOOKS.get(id(rules))
    if known is not None and known.rules is rules:
        return known
    book = Rulebook(rules)
    if len(_BOOKS) >= _BOOKS_KEPT:
        _BOOKS.pop(next(iter(_BOOKS)), None)
    _BOOKS[id(rules)] = book
    return book


_BOOKS_KEPT: Final = 16
_BOOKS: Final[dict[int, Rulebook[Any]]] = {}
"""Rulebooks by the identity of their rules, which live on in them, so that it stays theirs."""
