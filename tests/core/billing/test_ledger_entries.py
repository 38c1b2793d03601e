"""The ledger: every task takes a hold at most once, and settles or refunds it at most once, for the right reason."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from math import inf
from typing import Any

import pytest
from ark_emulator.core.billing.ledger_entries import (
    EntryKind,
    LedgerEntry,
    cost,
    dollars,
    entries,
    hold_of,
    late_refund,
    reversal,
    settlement_of,
    total,
)
from ark_emulator.core.gateway_view.gateway_record import GatewayStatus, record_at
from ark_emulator.core.task.gateway_policy import DIRECT, Bill, GatewayPolicy
from ark_emulator.core.task.lifecycle import timeline
from ark_emulator.core.task.result_variants import ResultVariant, UsageShown
from ark_emulator.core.task.values import Fact, Item, Kind, Plan, Status, Task
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0
HELD = Bill(hold=818_125, ratio="3.2725")
STOCK = GatewayPolicy(gives_up_after=86_400.0, ends=frozenset({"succeeded", "failed"}), bill=HELD)
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status
TERMS = st.builds(
    GatewayPolicy,
    looks_every=st.sampled_from([0.0, 4.0, 15.0]),
    gives_up_after=st.sampled_from([None, 3.0, 20.0, 86_400.0]),
    ends=st.sampled_from([DIRECT.ends, STOCK.ends]),
    bill=st.sampled_from([Bill(), HELD, Bill(hold=50_000)]),
)


def at_terms(task: Task, terms: GatewayPolicy) -> Task:
    """Return the task as if it had been accepted on these terms, by a gateway that gave it an id."""
    alias = None if terms.bill.hold is None else "task_abc"
    return replace(task, submission=replace(task.submission, terms=terms), alias=alias)


def kinds(found: tuple[LedgerEntry, LedgerEntry]) -> list[tuple[Any, ...]]:
    return [(str(entry.kind), entry.at - T, entry.quota, entry.tokens) for entry in found]


@given(data=st.data())
def test_in_the_end_a_task_has_cost_what_its_record_says(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task = at_terms(make_task(plan, facts=facts), data.draw(TERMS))
    line = timeline(plan, facts)
    found, last = entries(task, line, inf), record_at(task.submission.terms, line, T + 10 * 86_400)
    spent = total(found)
    if last.status is GatewayStatus.SUCCEEDED:
        assert spent == cost(task).amount
    elif last.finished_at is not None:
        assert spent == 0
    else:
        assert spent == dollars(task.submission.terms.bill.hold or 0)


@given(data=st.data())
def test_entries_never_change_once_they_are_written(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task = at_terms(make_task(plan, facts=facts), data.draw(TERMS))
    line, moment = timeline(plan, facts), T + data.draw(st.integers(0, 60))
    early, late = entries(task, line, moment), entries(task, line, inf)
    assert late[: len(early)] == early
    assert [entry.kind for entry in late].count(EntryKind.HOLD) <= 1
    assert len([entry for entry in late if entry.kind is not EntryKind.HOLD]) <= 1


def test_a_success_settles_the_hold_against_its_tokens(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = at_terms(make_task(), STOCK)
    found = entries(task, timeline(task.plan, ()), inf)
    assert kinds(found) == [("hold", 0, 818_125, None), ("settle", 5, 356_375 - 818_125, 108_900)]
    assert total(found) == Decimal("0.71275")
    assert found[1].note == "108900 tokens at 3.2725 quota each: 356375 quota, of which 818125 were held"
    assert (found[1].task, found[1].upstream) == ("task_abc", task.id)


@pytest.mark.parametrize("end", [FAILED, EXPIRED])
def test_a_failure_gives_the_hold_back(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task], end: Status
) -> None:
    terms = replace(STOCK, ends=DIRECT.ends)
    task = at_terms(make_task(), terms)
    entry = settlement_of(task, "move", end, T + 5)
    assert entry is not None
    assert (entry.kind, entry.amount, entry.quota) == ("refund", Decimal("-1.63625"), -818_125)


def test_an_end_that_the_gateway_does_not_see_gives_nothing_back_before_it_gives_up(
    make_task: Callable[..., Task],
) -> None:
    task = at_terms(make_task(), STOCK)
    assert settlement_of(task, "move", CANCELLED, T + 1) is None
    entry = settlement_of(task, "timeout", FAILED, T + 86_400)
    assert entry is not None and entry.quota == -818_125


def test_a_success_that_is_seen_after_the_gateway_gave_up_costs_nothing(make_task: Callable[..., Task]) -> None:
    task = at_terms(make_task(), replace(STOCK, gives_up_after=4.0))
    assert total(entries(task, timeline(task.plan, ()), inf)) == 0


def test_ark_charges_a_success_by_its_price_list_and_nothing_before(make_task: Callable[..., Task]) -> None:
    task = make_task()
    assert hold_of(task) is None
    (entry,) = entries(task, timeline(task.plan, ()), inf)
    assert (entry.kind, entry.amount, entry.quota, entry.tokens) == ("settle", Decimal("0.7623"), None, 108_900)


def test_video_input_has_a_price_of_its_own(make_task: Callable[..., Task]) -> None:
    task = make_task()
    items = (*task.submission.items, Item(Kind.VIDEO, "https://example.com/a.mp4", "reference_video"))
    task = replace(task, submission=replace(task.submission, items=items))
    assert cost(task).amount == Decimal("0.46827")


def test_a_gateway_may_pass_the_price_list_on(make_task: Callable[..., Task]) -> None:
    task = at_terms(make_task(), GatewayPolicy(bill=Bill(hold=50_000)))
    assert cost(task).quota == 381_150
    assert total(entries(task, timeline(task.plan, ()), inf)) == Decimal("0.7623")


def test_a_gateway_without_reported_tokens_keeps_its_hold(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(result=ResultVariant(usage=UsageShown.MISSING))
    task = at_terms(make_task(plan), STOCK)
    assert total(entries(task, timeline(plan, ()), inf)) == dollars(818_125)


def test_a_gateway_bills_the_reported_tokens(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> None:
    task = at_terms(make_task(make_plan(result=ResultVariant(usage=1000))), STOCK)
    assert cost(task).quota == 3272


def test_an_entry_ahead_of_its_time_is_reversed_when_the_task_is_deleted_before_it(
    make_task: Callable[..., Task],
) -> None:
    task = at_terms(make_task(), replace(STOCK, looks_every=15.0))
    settled = settlement_of(task, "move", SUCCEEDED, T + 12)
    assert settled is not None
    back = reversal(settled, T + 13)
    assert back is not None
    assert (back.kind, back.at, back.amount) == (EntryKind.REFUND, settled.at, -settled.amount)
    assert total((settled, back)) == 0
    assert reversal(settled, settled.at) is None


def test_a_refund_ahead_of_its_time_is_held_again(make_task: Callable[..., Task]) -> None:
    refund = settlement_of(at_terms(make_task(), replace(STOCK, looks_every=15.0)), "move", FAILED, T + 12)
    assert refund is not None
    back = reversal(refund, T + 13)
    assert back is not None
    assert (back.kind, back.quota) == (EntryKind.HOLD, -refund.quota)


def test_a_task_that_is_given_up_late_gets_back_what_is_still_held(make_task: Callable[..., Task]) -> None:
    hold = hold_of(at_terms(make_task(), STOCK))
    assert hold is not None
    refund = late_refund([hold], T + 90_000)
    assert refund is not None
    assert (refund.kind, refund.at, refund.quota) == (EntryKind.REFUND, T + 90_000, -hold.quota)
    assert total((hold, refund)) == 0
    assert late_refund([hold, refund], T + 90_001) is None


@pytest.mark.parametrize(("kind", "is_refund"), [("timeout", True), ("other", False)])
def test_only_moves_and_timeouts_close_a_hold(make_task: Callable[..., Task], kind: Any, is_refund: Any) -> None:
    found = settlement_of(at_terms(make_task(), STOCK), kind, FAILED, T + 5)
    assert (found is not None and found.kind is EntryKind.REFUND) is is_refund
