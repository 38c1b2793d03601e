"""A world's ledger: under whatever happens it says what its tasks say, and no key spends what it has not got."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from math import inf
from typing import Any

import pytest
from ark_emulator.core.billing.ledger_entries import EntryKind, LedgerEntry, dollars, entries, total
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.gateway_record import GatewayStatus, last_look_at, record_at
from ark_emulator.core.scenario.scenario_model import KeyPolicy
from ark_emulator.core.task.gateway_policy import Bill
from ark_emulator.core.task.lifecycle import state_at, timeline
from ark_emulator.core.task.values import Status, Task
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.runtime.commands import task_commands, world_commands
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.world.world_ledger import WorldLedger
from ark_emulator.server import start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

START = 1_790_000_000
T = float(START)
RICH = KeyPolicy(balance=10)
MODELS = {
    "ark": "dreamina-seedance-2-0-260128",
    "powertokens": "dreamina-seedance-2-0-260128",
    "newapi": "doubao-seedance-2-0-260128",
    "orcarouter": "byteplus/dreamina-seedance-2-0-260128",
    "easyrouter": "dreamina-seedance-2-0",
    "tokenbay": "seedance-2.0",
}
PROMPTS = ("a cat", "emu:fail", "emu:expired", "emu:stuck-running", "emu:moderation-input", "emu:no-usage")

which = st.integers(0, 5)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(list(MODELS)), st.sampled_from(PROMPTS)),
        st.tuples(st.just("advance"), st.sampled_from([0.5, 1.0, 3.0, 15.0, 3600.0, 86_400.0]), st.just(0)),
        st.tuples(st.just("cancel"), which, st.just(0)),
        st.tuples(st.just("force"), which, st.sampled_from(Status)),
    ),
    min_size=3,
    max_size=20,
)


def call(gateway: str, prompt: str) -> DialectRequest:
    body = {"model": MODELS[gateway]}
    body |= {"content": [{"type": "text", "text": prompt}]} if gateway in ("ark", "powertokens") else {"prompt": prompt}
    return DialectRequest(
        json.dumps(body).encode(), "sk-test", "http://127.0.0.1:1", {"content-type": "application/json"}
    )


async def played(acts: list[tuple[str, str, str]], lag: int) -> tuple[Any, ...]:
    """The world, its tasks as they were last seen, and the time, after a schedule of acts."""
    traits = {name: {"lag": lag} for name in ("newapi", "orcarouter", "easyrouter", "tokenbay")}
    running = await start(Settings(port=0, log="off", mode=ClockMode.FROZEN, start=START, traits=traits))
    engine, world = running.engine, running.engine.worlds.default
    names, seen = [], {}
    try:
        for act, first, second in acts:
            with suppress(Refusal):
                if act == "submit":
                    submission = engine.dialects[first].submission(call(first, second))
                    names.append((await task_commands.submit(engine, world, submission)).id)
                elif act == "advance":
                    await world_commands.advance(engine, world, world.now + first)
                elif names and act == "cancel":
                    await task_commands.delete(engine, world, names[first % len(names)])
                elif names:
                    await task_commands.force(engine, world, names[first % len(names)], second)
            await world_commands.advance(engine, world, world.now)
            for name in names:
                if (task := await world.shelf.get(name)) is not None:
                    seen[name] = task
        return world, list(seen.values()), world.now
    finally:
        await running.stop()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(acts=acts, lag=st.sampled_from([0, 15]))
def test_the_sum_of_a_worlds_ledger_is_the_sum_over_its_tasks(acts: list[Any], lag: int) -> None:
    world, tasks, now = asyncio.run(played(acts, lag))
    of_tasks = [entry for task in tasks for entry in entries(task, timeline(task.plan, task.facts), now)]
    written = [entry for entry in world.ledger.entries(now) if entry.task is not None]
    assert sorted(written, key=repr) == sorted(of_tasks, key=repr)
    assert world.ledger.spent(now) == total(of_tasks)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(acts=acts)
def test_with_a_lag_every_gateway_shows_what_was_there_at_its_last_look(acts: list[Any]) -> None:
    _, tasks, now = asyncio.run(played(acts, 15))
    for task in tasks:
        line, terms = timeline(task.plan, task.facts), task.submission.terms
        found, look = record_at(terms, line, now), last_look_at(terms, line[0].at, now)
        if look is None:
            assert found.status is GatewayStatus.UNSEEN
        elif found.status is not GatewayStatus.GIVEN_UP:
            assert found.status == state_at(line, look).status


def test_a_hold_counts_as_spent_while_its_submit_is_under_way() -> None:
    ledger, bill = WorldLedger(), Bill(hold=3_000_000)
    with ledger.holding("sk-a", RICH, bill, T):
        assert ledger.balance("sk-a", RICH, T) == 4
        with pytest.raises(Refusal) as caught, ledger.holding("sk-a", RICH, bill, T):
            pass
        assert caught.value.key == "gateway.balance_short"
        assert caught.value.slots == {"balance": "4.000000", "hold": "6.000000"}
        assert ledger.balance("sk-b", RICH, T) == 10
    assert ledger.balance("sk-a", RICH, T) == 10
    assert ledger.entries(T) == []


def test_a_submit_that_comes_to_nothing_is_held_and_given_back() -> None:
    ledger = WorldLedger()
    ledger.record_refused_submit("sk-a", Bill(hold=500_000), T, Refusal("content.empty"))
    assert [(str(entry.kind), entry.amount, entry.task) for entry in ledger.entries(T)] == [
        *(("hold", 1, None), ("refund", -1, None))
    ]
    assert ledger.entries(T)[1].note.endswith("the submit was refused (InvalidParameter)")
    assert ledger.spent(T) == 0


def test_a_submit_is_looked_at_once_more_without_its_own_hold() -> None:
    ledger, bill = WorldLedger(), Bill(hold=3_000_000)
    with ledger.holding("sk-a", RICH, bill, T):
        ledger.recheck_balance("sk-a", RICH, bill, T)
        ledger.record_refused_submit("sk-b", bill, T, Refusal("content.empty"))
        ledger.restore_entry(LedgerEntry(T, "sk-a", EntryKind.HOLD, Decimal(6)))
        with pytest.raises(Refusal) as caught:
            ledger.recheck_balance("sk-a", RICH, bill, T)
    assert caught.value.slots == {"balance": "4.000000", "hold": "6.000000"}


def test_ark_holds_nothing_and_refuses_a_key_that_has_nothing_left() -> None:
    ledger = WorldLedger()
    ledger.record_refused_submit("sk-a", Bill(), T, Refusal("content.empty"))
    assert ledger.entries(T) == []
    with pytest.raises(Refusal) as caught:
        ledger.require_balance("sk-a", KeyPolicy(balance=0), Bill(), T)
    assert caught.value.key == "account.overdue"
    ledger.require_balance("sk-a", KeyPolicy(balance=0.000001), Bill(), T)


def test_an_empty_balance_is_told_apart_from_a_short_one() -> None:
    with pytest.raises(Refusal) as caught:
        WorldLedger().require_balance("sk-a", KeyPolicy(balance=0), Bill(hold=1), T)
    assert caught.value.key == "gateway.balance_empty"


def test_without_a_balance_everything_is_affordable() -> None:
    ledger = WorldLedger()
    ledger.require_balance("sk-a", KeyPolicy(), Bill(hold=10**12), T)
    ledger.require_balance("sk-a", None, Bill(hold=10**12), T)
    assert ledger.balance("sk-a", KeyPolicy(), T) is None


def test_a_ledger_goes_on_from_what_was_written_down_elsewhere(make_task: Callable[..., Task]) -> None:
    task, first, second = make_task(), WorldLedger(), WorldLedger()
    move = {"kind": "move", "task": task.id, "status": "succeeded", "at": T + 5}
    for ledger in (first, second):
        ledger.track(task)
    first.record_event(move)
    (entry,) = first.entries_since(0)
    second.restore_entry(entry)
    second.record_event(move)
    assert len(second) == 1
    assert second.entries(inf) == first.entries(inf)
    assert total(second.entries(inf)) == Decimal("0.7623")


def test_events_that_move_no_money_are_passed_over(make_task: Callable[..., Task]) -> None:
    ledger = WorldLedger()
    ledger.record_accepted(make_task())
    for event in ({"kind": "clock", "at": T}, {"kind": "exchange", "at": T}, {"kind": "erased", "task": "x", "at": T}):
        ledger.record_event(event)
    assert ledger.entries(inf) == []


def test_entries_of_one_key_are_told_apart_and_come_in_the_order_of_their_times(make_task: Callable[..., Task]) -> None:
    ledger = WorldLedger()
    ledger.record_refused_submit("sk-b", Bill(hold=1), T + 5, Refusal("content.empty"))
    ledger.record_refused_submit("sk-a", Bill(hold=1), T, Refusal("content.empty"))
    assert [entry.key for entry in ledger.entries(inf)] == ["sk-a", "sk-a", "sk-b", "sk-b"]
    assert len(ledger.entries(inf, "sk-b")) == 2
    assert ledger.entries(T, "sk-b") == []
    ledger.clear()
    assert ledger.entries(inf) == []
    assert dollars(1) == Decimal("0.000002")
