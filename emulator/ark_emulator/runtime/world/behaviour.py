"""The behaviour of one world: the compiled rules of its scenario, their counters, and faults added at run time."""

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
from ark_emulator.runtime.common.cooperative import run_with_yields
from ark_emulator.runtime.world.steering import SteeringWords

_NUMBERS: Final = frozenset({DriftingField.USAGE, DriftingField.DURATION})
_FREE: Final = KeyPolicy()
"""The policy of every key of a scenario without keys."""


def _steered(prompt: str, incidents: SteeringWords | None) -> Outcome | None:
    if "emu:" not in prompt:
        return None
    found = steered_outcome(prompt)
    if found is None and incidents is not None:
        found = next((known for name in steering_names(prompt) if (known := incidents.outcome(name)) is not None), None)
    return found


@dataclass(frozen=True, slots=True)
class AddedFaults:
    """The faults added at run time, the number ever added, and the documents from which they were created."""

    count: int = 0
    rules: tuple[FaultRule, ...] = ()
    documents: Mapping[str, object] = field(default_factory=dict)


class Behaviour:
    """How a world behaves. Faults added at run time come before those of the scenario."""

    def __init__(self, scenario: Scenario = DEFAULT, counters: MutableMapping[str, int] | None = None) -> None:
        self.scenario = scenario
        self.keys = shared_by_users(scenario.keys)
        self.counters: MutableMapping[str, int] = {} if counters is None else counters
        self.additions = AddedFaults()
        self._added: dict[str, FaultRule] = {}
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._count = 0
        self._outcomes = _rulebook(scenario.outcomes)
        self._faults = _rulebook(scenario.faults)
        self._drifts = Rulebook(_lasting_drifts(scenario.faults))

    def with_scenario(self, scenario: Scenario) -> "Behaviour":
        """Return the behaviour of another scenario, with the faults added here and their counters."""
        other = Behaviour(scenario, self.counters)
        other._added, other._documents, other._count = self._added, self._documents, self._count
        for counter in [each for each in self.counters if not any(_counts(each, name) for name in self._added)]:
            del self.counters[counter]
        other._recompile()
        return other

    def with_added_faults(self, scenario: Scenario, added: AddedFaults) -> "Behaviour":
        """Return the behaviour of a scenario and added faults that were read from the store; the counters stay."""
        other = Behaviour(scenario, self.counters)
        other._added = {rule.name: rule for rule in added.rules}
        other._documents = {
            name: document for name, document in added.documents.items() if isinstance(document, Mapping)
        }
        other._count = added.count
        other._recompile()
        other.additions = added
        return other

    @property
    def added(self) -> Sequence[FaultRule]:
        """Return the faults added at run time, oldest first."""
        return tuple(self._added.values())

    def add(self, rule: FaultRule, document: Mapping[str, Any] | None = None) -> FaultRule:
        """Add a fault, and return it with its name. `document` is the one from which it was created."""
        self._count += 1
        rule = replace(rule, name=f"added-{self._count}")
        self._added[rule.name] = rule
        if document is not None:
            self._documents[rule.name] = document
        self._recompile()
        return rule

    def document_of(self, name: str) -> Mapping[str, Any] | None:
        """Return the document from which an added fault was created, None when there is none."""
        return self._documents.get(name)

    def remove(self, name: str) -> bool:
        """Remove an added fault. Return False when there is none with that name."""
        found = self._added.pop(name, None) is not None
        self._documents.pop(name, None)
        self._recompile()
        return found

    def remove_added(self) -> None:
        """Remove all added faults; the counters stay."""
        self._added.clear()
        self._documents.clear()
        self._recompile()

    def clear(self) -> None:
        """Remove all added faults, and reset the counters."""
        self._added.clear()
        self._documents.clear()
        self.counters.clear()
        self._recompile()

    def policy(self, key: str) -> KeyPolicy | None:
        """Return the policy of a key, None when the scenario has keys and this one is not among them."""
        return self.keys.get(key) if self.keys else _FREE

    def user(self, key: str) -> str:
        """Return the gateway user of a key: the one of the scenario, else one with the name of the key."""
        policy = self.keys.get(key)
        return key if policy is None else policy.user or key

    def outcome(
        self,
        intent: Intent,
        dice: Dice,
        incidents: SteeringWords | None = None,
        shortlist: Shortlist[OutcomeRule] | None = None,
    ) -> Outcome:
        """Return the outcome of a valid submission: from its prompt, else from the first rule, else the ordinary one.

        A prompt names a row of the steering table, or a built-in scenario whose first outcome is used.
        """
        if (chosen := _steered(intent.submission.prompt, incidents)) is not None:
            return chosen
        if not self._outcomes.concerns(None):
            return self.scenario.ordinary
        rule = self._outcomes.choose(subject_of(intent.submission, intent.mode), self.counters, dice, shortlist)
        return self.scenario.ordinary if rule is None else replace(rule.outcome, rule=rule.name)

    async def outcome_shortlist(self, intent: Intent) -> Shortlist[OutcomeRule] | None:
        """Preselect the outcome rules if that may take long, and yield to the event loop meanwhile."""
        if not self._outcomes.concerns(None):
            return None
        subject = subject_of(intent.submission, intent.mode)
        return await run_with_yields(self._outcomes.narrowing(subject)) if self._outcomes.is_heavy(subject) else None

    async def fault_shortlist(self, subject: Subject) -> Shortlist[FaultRule] | None:
        """Look through the fault rules where that may take long, letting others have their turn meanwhile."""
        return await run_with_yields(self._faults.narrowing(subject)) if self._faults.is_heavy(subject) else None

    def strikes(self, on: Operation) -> bool:
        """Return whether any fault rule applies to this operation."""
        return self._faults.concerns(on)

    def reads_submission(self, on: Operation) -> bool:
        """Return whether a fault rule for this operation matches on fields of the submission."""
        return self._faults.reads_submission(on)

    def fault(self, subject: Subject, dice: Dice, shortlist: Shortlist[FaultRule] | None = None) -> FaultRule | None:
        """Return the fault of an exchange, None when no rule matches."""
        return self._faults.choose(subject, self.counters, dice, shortlist)

    def drifts(self, intent: Intent, dice: Dice) -> bool:
        """Return whether Ark answers every poll of this task with numbers as text, which no gateway can parse."""
        if not self._drifts.rules:
            return False
        subject = replace(subject_of(intent.submission, intent.mode, Operation.FETCH), dialect="ark")
        return self._drifts.choose(subject, {}, dice) is not None

    def _recompile(self) -> None:
        self.additions = AddedFaults(self._count, tuple(self._added.values()), dict(self._documents))
        added = tuple(self._added.values())
        self._faults = Rulebook((*added, *self.scenario.faults)) if added else _rulebook(self.scenario.faults)
        self._drifts = Rulebook(_lasting_drifts(self._faults.rules))


def _lasting_drifts(rules: Sequence[FaultRule]) -> tuple[FaultRule, ...]:
    """Return the faults that turn numbers into text in the responses to all polls."""
    return tuple(
        rule
        for rule in rules
        if isinstance(rule.effect, Drift) and _NUMBERS.intersection(rule.effect.fields)
        if rule.on is Operation.FETCH and not rule.when.counted and not rule.when.header
    )


def _counts(counter: str, name: str) -> bool:
    """Return whether a counter belongs to the fault with that name."""
    return counter.partition("@")[0] == f"fault:{name}" or counter.startswith(f"missing/{name}/")


def _rulebook(rules: tuple[Rule, ...]) -> Rulebook[Rule]:
    """Return the compiled rules of a scenario. The latest ones are cached, because compilation is slow."""
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
"""Rulebooks by the identity of their rules. A rulebook references its rules, so an identity is not reused."""
