"""The values: the table of moves, the prompt of a submission, the moment of expiry."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest
from ark_emulator.core.task.values import MOVES, Item, Kind, Plan, Status, Submission, Task, TaskParameters


def reachable(start: Status) -> set[Status]:
    found, open_ = {start}, [start]
    while open_:
        fresh = MOVES[open_.pop()] - found
        found |= fresh
        open_ += fresh
    return found


def test_every_status_has_its_row_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(Status)


def test_every_status_can_be_reached_from_queued_and_none_leads_back() -> None:
    assert reachable(Status.QUEUED) == set(Status)
    assert all(status not in reachable(onward) for status in Status for onward in MOVES[status])


def test_four_statuses_are_final() -> None:
    final = {status for status in Status if status.final}
    assert final == {Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.CANCELLED}


def test_a_running_task_cannot_be_cancelled() -> None:
    assert Status.CANCELLED not in MOVES[Status.RUNNING]


def test_a_queued_task_cannot_succeed_without_running() -> None:
    assert Status.SUCCEEDED not in MOVES[Status.QUEUED]


def test_the_prompt_is_all_text_and_nothing_else() -> None:
    items = (Item(Kind.TEXT, "a cat"), Item(Kind.IMAGE, "https://a.example/b.png"), Item(Kind.TEXT, "asleep"))
    assert Submission("ark", "k", "m", items, TaskParameters(), "http://h").prompt == "a cat\nasleep"


def test_a_plan_expires_as_long_after_its_acceptance_as_it_says(make_plan: Callable[..., Plan]) -> None:
    assert make_plan(accepted_at=1000.5, expires_after=3600).expires_at == 4600.5


def test_values_cannot_be_changed(make_task: Callable[..., Task]) -> None:
    task = make_task()
    with pytest.raises(FrozenInstanceError):
        task.published = 3
    with pytest.raises(TypeError):
        task.plan.shown["model"] = "another"
