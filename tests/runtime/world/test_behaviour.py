"""A scenario made live: the order of added faults, what they count, and what a switch keeps."""

from typing import Any

from ark_emulator.core.scenario.effects import Missing, Operation, ResetConnection, still_missing
from ark_emulator.core.scenario.matching import Subject
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule, Scenario
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.world.behaviour import Behaviour

DICE = Dice(0)
POLL = Subject("sk-test", Operation.FETCH)


def fault(name: str = "of-the-scenario", **when: Any) -> FaultRule:
    return FaultRule(name, Operation.FETCH, Conditions(**when), ResetConnection())


def struck(behaviour: Behaviour, count: int = 1) -> list[Any]:
    """The names of the faults that so many polls meet."""
    found = [behaviour.fault(POLL, DICE) for _ in range(count)]
    return [None if rule is None else rule.name for rule in found]


def test_added_faults_are_asked_first_and_in_their_order() -> None:
    behaviour = Behaviour(Scenario(faults=(fault(),)))
    behaviour.add(fault(nth=1))
    behaviour.add(fault(first=2))
    assert struck(behaviour, 3) == ["added-1", "added-2", "of-the-scenario"]


def test_a_kind_of_exchange_is_worth_describing_only_while_a_fault_is_about_it() -> None:
    behaviour = Behaviour()
    assert not behaviour.strikes(Operation.FETCH)
    added = behaviour.add(fault())
    assert behaviour.strikes(Operation.FETCH)
    assert not behaviour.strikes(Operation.CREATE)
    behaviour.remove(added.name)
    assert not behaviour.strikes(Operation.FETCH)


def test_a_switch_keeps_added_faults_and_their_counts_alone() -> None:
    behaviour = Behaviour(Scenario(faults=(fault("mine", nth=2),)))
    added = behaviour.add(fault(nth=3))
    assert still_missing(behaviour.counters, added.name, "object", Missing(2))
    assert struck(behaviour, 2) == [None, "mine"]
    other = behaviour.with_scenario(Scenario(faults=(fault("mine", nth=2),)))
    assert struck(other, 3) == ["added-1", "mine", None]
    assert still_missing(other.counters, added.name, "object", Missing(2))
    assert not still_missing(other.counters, added.name, "object", Missing(2))


def test_names_go_on_after_a_switch() -> None:
    behaviour = Behaviour()
    behaviour.add(fault())
    assert behaviour.with_scenario(Scenario()).add(fault()).name == "added-2"
