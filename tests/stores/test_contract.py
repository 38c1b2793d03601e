"""What every store must do: one suite, run on each of them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from ark_emulator.core.callbacks.outbox import next_due as due_of
from ark_emulator.core.task.values import Cancelled, Plan, Task, TaskParameters
from ark_emulator.stores.memory_shelf import MemoryShelf
from ark_emulator.stores.shelf import TaskExists
from ark_emulator.stores.tracked_shelf import TrackedShelf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

T = 1_790_000_000.0

STORES = {"memory": MemoryShelf, "noted": TrackedShelf}
"""How to create an empty shelf, from the function that returns when a task is due."""


@pytest.fixture(params=STORES, scope="session")
def new_shelf(request: pytest.FixtureRequest) -> type[Any]:
    """Makes an empty shelf of one kind."""
    return STORES[request.param]


@pytest.fixture
def shelf(new_shelf: type[Any]) -> MemoryShelf | TrackedShelf:
    return new_shelf(due_of)


@pytest.fixture(scope="session")
def numbered(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> Callable[..., Task]:
    """Makes the n-th task, accepted so many seconds after the beginning."""

    def make(number: int, after: float = 0.0, **changed: Any) -> Task:
        return make_task(make_plan(accepted_at=T + after), id=f"cgt-{number}", number=number, **changed)

    return make


def cancelled(task: Task) -> Task:
    return replace(task, facts=(*task.facts, Cancelled(T)))


def everything(task: Task) -> bool:
    return True


async def all_due(shelf: MemoryShelf, until: float) -> list[tuple[float, str]]:
    """Return the due moments and ids up to a moment; each task is removed when it is due."""
    found = []
    while (upcoming := await shelf.due(until)) is not None:
        found.append(upcoming)
        await shelf.remove(upcoming[1])
    return found


async def test_a_task_can_be_had_by_its_id_and_by_its_alias(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    task = numbered(1, alias="task_one")
    await shelf.add(task)
    assert await shelf.get("cgt-1") == await shelf.get("task_one") == task


@pytest.mark.parametrize("name", ["cgt-2", "", "task_one", "None"])
async def test_what_is_not_there_cannot_be_had(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task], name: str
) -> None:
    await shelf.add(numbered(1))
    assert await shelf.get(name) is None


async def test_an_id_can_be_used_once(shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]) -> None:
    await shelf.add(numbered(1))
    with pytest.raises(TaskExists):
        await shelf.add(numbered(1, after=5.0))
    assert (await shelf.get("cgt-1")).plan.accepted_at == T
    assert await shelf.count() == 1


async def test_an_alias_can_be_used_once(shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]) -> None:
    await shelf.add(numbered(1, alias="task_one"))
    with pytest.raises(TaskExists):
        await shelf.add(numbered(2, alias="task_one"))
    assert await shelf.get("cgt-2") is None
    assert (await shelf.get("task_one")).id == "cgt-1"


async def test_many_tasks_have_no_alias(shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]) -> None:
    await shelf.add(numbered(1))
    await shelf.add(numbered(2))
    assert await shelf.count() == 2


async def test_an_update_answers_with_before_and_after(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1))
    before, after = await shelf.update("cgt-1", cancelled)
    assert before == numbered(1)
    assert after == cancelled(numbered(1)) == await shelf.get("cgt-1")


async def test_an_update_that_changes_nothing_leaves_everything_as_it_was(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1))
    before, after = await shelf.update("cgt-1", lambda task: task)
    assert before == after == await shelf.get("cgt-1")
    assert await shelf.due(T) == (T, "cgt-1")


async def test_what_is_not_there_cannot_be_updated(shelf: MemoryShelf | TrackedShelf) -> None:
    assert await shelf.update("cgt-1", cancelled) is None


async def test_no_update_is_lost_when_many_come_at_once(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1))
    changes = (shelf.update("cgt-1", lambda task: replace(task, published=task.published + 1)) for _ in range(50))
    results = await asyncio.gather(*changes)
    assert sorted(after.published for _, after in results) == list(range(1, 51))
    assert (await shelf.get("cgt-1")).published == 50


async def test_an_update_that_fails_changes_nothing(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1))
    with pytest.raises(ZeroDivisionError):
        await shelf.update("cgt-1", lambda task: replace(task, published=1 // 0))
    assert await shelf.get("cgt-1") == numbered(1)
    assert await shelf.due(T) == (T, "cgt-1")


async def test_a_task_that_was_removed_is_gone_with_its_alias_and_its_deadline(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1, alias="task_one"))
    assert await shelf.remove("cgt-1") is True
    assert await shelf.get("cgt-1") is None
    assert await shelf.get("task_one") is None
    assert await shelf.next_due() is None
    assert await shelf.remove("cgt-1") is False


async def test_the_names_of_a_removed_task_can_be_used_again(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1, alias="task_one"))
    await shelf.remove("cgt-1")
    await shelf.add(numbered(1, after=7.0, alias="task_one"))
    assert (await shelf.get("task_one")).plan.accepted_at == T + 7
    assert await shelf.due(T + 60) == (T + 7, "cgt-1")


async def test_a_page_holds_the_newest_first(shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]) -> None:
    for number in range(5):
        await shelf.add(numbered(number))
    page = await shelf.page(everything, 0, 3)
    assert [task.number for task in page.items] == [4, 3, 2]
    assert page.total == 5


async def test_an_updated_task_keeps_its_place_on_the_page(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    for number in range(3):
        await shelf.add(numbered(number))
    await shelf.update("cgt-0", cancelled)
    page = await shelf.page(everything, 0, 10)
    assert [task.number for task in page.items] == [2, 1, 0]
    assert page.items[2].facts


async def test_a_page_counts_and_skips_only_what_is_wanted(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    for number in range(10):
        await shelf.add(numbered(number))
    page = await shelf.page(lambda task: task.number % 2 == 0, 1, 2)
    assert [task.number for task in page.items] == [6, 4]
    assert page.total == 5


async def test_a_page_past_the_end_is_empty_and_still_counts(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1))
    page = await shelf.page(everything, 20, 20)
    assert list(page.items) == []
    assert page.total == 1


async def test_an_empty_shelf_has_nothing_due(shelf: MemoryShelf | TrackedShelf) -> None:
    assert await shelf.next_due() is None
    assert await shelf.due(inf) is None
    assert await shelf.count() == 0


async def test_the_earliest_deadline_comes_first(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    for number, after in enumerate((30.0, 10.0, 20.0)):
        await shelf.add(numbered(number, after))
    assert await shelf.next_due() == T + 10
    assert await all_due(shelf, T + 25) == [(T + 10, "cgt-1"), (T + 20, "cgt-2")]
    assert await shelf.next_due() == T + 30


async def test_tasks_due_at_one_moment_come_in_the_order_of_their_numbers(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    for number in (11, 2, 7):
        await shelf.add(numbered(number))
    assert [name for _, name in await all_due(shelf, T)] == ["cgt-2", "cgt-7", "cgt-11"]


async def test_a_deadline_is_due_at_its_very_moment_and_not_before(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1, after=10.0))
    assert await shelf.due(T + 9.999) is None
    assert await shelf.due(T + 10) == (T + 10, "cgt-1")


async def test_a_deadline_moves_with_its_task(shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]) -> None:
    await shelf.add(numbered(1))
    for published, moment in ((1, 1.0), (2, 5.0), (1, 1.0), (0, 0.0)):
        await shelf.update("cgt-1", lambda task, count=published: replace(task, published=count))
        assert await shelf.next_due() == T + moment


async def test_a_task_that_is_never_due_is_kept(new_shelf: type[Any], numbered: Callable[..., Task]) -> None:
    shelf = new_shelf(lambda task: inf if task.published else T)
    await shelf.add(numbered(1))
    await shelf.update("cgt-1", lambda task: replace(task, published=1))
    assert await shelf.next_due() is None
    assert await shelf.get("cgt-1") is not None


async def test_a_wiped_shelf_is_empty_and_takes_the_same_tasks_again(
    shelf: MemoryShelf | TrackedShelf, numbered: Callable[..., Task]
) -> None:
    await shelf.add(numbered(1, alias="task_one"))
    await shelf.wipe()
    assert await shelf.count() == 0
    assert await shelf.get("task_one") is None
    assert await shelf.next_due() is None
    await shelf.add(numbered(1, alias="task_one"))
    assert await shelf.due(T) == (T, "cgt-1")


async def test_a_task_comes_back_as_it_was_put_there(
    shelf: MemoryShelf | TrackedShelf, make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(shown={"ratio": "9:16", "nested": [1, {"two": None}]}, notes=("a", "b"), lane="lane|x")
    asked = TaskParameters(
        callback_url="http://r.example/ä?b=1&c", seed=4_294_967_295, tools=("web_search",), draft=False
    )
    task = make_task(plan, facts=(Cancelled(T + 0.1),))
    task = replace(task, submission=replace(task.submission, parameters=asked, trace="00-ab-cd-01", extras={"n": 1.5}))
    await shelf.add(task)
    assert await shelf.get(task.id) == task


acts = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 5), st.integers(0, 9)),
        st.tuples(st.just("update"), st.integers(0, 5), st.integers(0, 4)),
        st.tuples(st.just("remove"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("wipe"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(acts=acts)
def test_a_shelf_always_knows_what_is_due_first_as_a_plain_search_would_find_it(
    new_shelf: type[Any], numbered: Callable[..., Task], acts: list[tuple[str, int, int]]
) -> None:
    async def scenario() -> None:
        shelf, kept = new_shelf(due_of), {}
        for act, number, value in acts:
            name = f"cgt-{number}"
            if act == "add" and name not in kept:
                kept[name] = numbered(number, float(value))
                await shelf.add(kept[name])
            elif act == "update" and name in kept:
                _, kept[name] = await shelf.update(name, lambda task, count=value: replace(task, published=count))
            elif act == "remove":
                assert await shelf.remove(name) is (kept.pop(name, None) is not None)
            elif act == "wipe":
                await shelf.wipe()
                kept.clear()
            deadlines = sorted((due_of(task), task.number, task.id) for task in kept.values())
            expected = (deadlines[0][0], deadlines[0][2]) if deadlines else None
            assert await shelf.due(inf) == expected
            assert await shelf.count() == len(kept)

    asyncio.run(scenario())
