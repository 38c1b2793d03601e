"""Scenarios as values, and the merging of several."""

from types import MappingProxyType

import pytest
from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.plan.outcome import SUCCESS
from ark_emulator.core.scenario.effects import Hang, Operation, ResetConnection
from ark_emulator.core.scenario.scenario_model import (
    ALWAYS,
    DEFAULT,
    ClockChoice,
    Conditions,
    FaultRule,
    KeyPolicy,
    KeyStatus,
    OutcomeRule,
    Scenario,
    Timings,
    free_name,
    merged,
    shared_by_users,
)
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.core.time.durations import exactly


def test_without_timings_a_task_is_ordinary() -> None:
    assert DEFAULT.ordinary == SUCCESS


def test_timings_set_the_lengths_of_an_ordinary_task() -> None:
    ordinary = Scenario(timings=Timings(running=exactly(60))).ordinary
    assert [stage.span for stage in ordinary.stages] == [exactly(1), exactly(60), None]


@pytest.mark.parametrize(
    ("when", "counted"),
    [
        (ALWAYS, False),
        (Conditions(model=("*",)), False),
        (Conditions(nth=1), True),
        (Conditions(every=1), True),
        (Conditions(first=1), True),
        (Conditions(chance=1.0), True),
    ],
)
def test_conditions_know_whether_they_count(when: Conditions, counted: bool) -> None:
    assert when.counted is counted


def test_no_scenario_at_all_is_the_default_one() -> None:
    assert merged([]) is DEFAULT


def test_one_scenario_is_left_as_it_is() -> None:
    only = Scenario(name="only", seed=3)
    assert merged([only]) is only


def test_rules_of_later_scenarios_come_after_those_of_earlier_ones() -> None:
    first = Scenario(name="a", faults=(FaultRule("one", Operation.CREATE, ALWAYS, ResetConnection()),))
    second = Scenario(name="b", faults=(FaultRule("two", Operation.CREATE, ALWAYS, Hang()),))
    both = merged([first, second])
    assert [rule.name for rule in both.faults] == ["one", "two"]
    assert both.name == "a+b"


def test_of_single_values_the_last_one_given_wins() -> None:
    first = Scenario(seed=1, clock=ClockChoice(ClockMode.FROZEN, start=5.0), timings=Timings(exactly(9)))
    second = Scenario(clock=ClockChoice(speed=10.0), limits=Limits(account="individual"))
    third = Scenario(seed=0, clock=ClockChoice(ClockMode.LIVE), limits=Limits(creates_per_minute=3))
    both = merged([first, second, third])
    assert both.seed == 0
    assert both.clock == ClockChoice(ClockMode.LIVE, 10.0, 5.0)
    assert both.limits == Limits(account="individual", creates_per_minute=3)
    assert both.timings == Timings(exactly(9))


def test_limits_that_are_switched_off_later_are_off() -> None:
    assert merged([Scenario(limits=Limits(queued=1)), Scenario(limits=NO_LIMITS)]).limits == NO_LIMITS


def test_keys_of_all_scenarios_may_call_and_the_last_policy_of_a_key_holds() -> None:
    first = Scenario(keys=MappingProxyType({"a": KeyPolicy(balance=1), "b": KeyPolicy()}))
    second = Scenario(keys=MappingProxyType({"a": KeyPolicy(status=KeyStatus.OVERDUE)}))
    assert dict(merged([first, second]).keys) == {"a": KeyPolicy(status=KeyStatus.OVERDUE), "b": KeyPolicy()}


def test_rules_keep_names_of_their_own_when_scenarios_meet() -> None:
    rule = OutcomeRule("x", ALWAYS, SUCCESS)
    both = merged([Scenario(outcomes=(rule,)), Scenario(outcomes=(rule,)), Scenario(outcomes=(rule,))])
    assert [each.name for each in both.outcomes] == ["x", "x~2", "x~3"]
    assert [each.outcome.rule for each in both.outcomes[1:]] == ["x~2", "x~3"]


def test_what_scenarios_tell_is_joined() -> None:
    both = merged(
        [Scenario(about="A.", source=("x#1",), expects="p"), Scenario(about="B.", source=("x#1", "y#2"), expects="q")]
    )
    assert (both.about, both.source, both.expects) == ("A. B.", ("x#1", "y#2"), "p q")


def test_a_free_name_is_the_name_itself_when_it_is_free() -> None:
    assert free_name("x", {"y"}) == "x"
    assert free_name("x", {"x", "x~2"}) == "x~3"


def test_the_keys_of_one_user_share_the_first_balance_that_is_given() -> None:
    found = shared_by_users(
        {"a": KeyPolicy(user="u"), "b": KeyPolicy(user="u", balance=3.0), "c": KeyPolicy(balance=1.0)}
    )
    assert (found["a"].balance, found["a"].sharing) == (3.0, ("a", "b"))
    assert (found["b"].balance, found["b"].sharing) == (3.0, ("a", "b"))
    assert (found["c"].balance, found["c"].sharing) == (1.0, ("c",))


def test_keys_without_users_stay_as_they_are() -> None:
    keys = {"a": KeyPolicy(balance=1.0)}
    assert shared_by_users(keys) is keys


def test_a_key_may_use_the_models_that_fit_its_globs() -> None:
    policy = KeyPolicy(models=("seedance-*",))
    assert [policy.allows(model) for model in ("seedance-2.0", "kling-v3")] == [True, False]
    assert KeyPolicy().allows("kling-v3")
