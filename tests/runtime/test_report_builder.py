"""From a journal and its tasks to a case: what each exchange was for, what it told, and whether it could be read."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.report_card.report_case import Case, ExchangeKind, ObservedExchange
from ark_emulator.core.scenario.effects import (
    AfterCommit,
    AnswerEffect,
    Delay,
    Empty,
    FaultEffect,
    Html,
    Operation,
    ResetConnection,
    Truncate,
)
from ark_emulator.core.scenario.scenario_model import ALWAYS, FaultRule
from ark_emulator.core.task.values import Task
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.report_builder import case_of
from ark_emulator.runtime.world.journal import BODY, JournalEntry
from ark_emulator.runtime.world.world import World, new_world

START = 1_790_000_000
TASKS = "/api/v3/contents/generations/tasks"
MakeTask = Callable[..., Task]


@pytest.fixture
def world() -> World:
    """A world at START with an empty journal."""
    return new_world("default", seed=0, mode=ClockMode.FROZEN, start=START)


def entry(method: str = "POST", path: str = TASKS, status: int = 200, **changed: Any) -> JournalEntry:
    """An exchange as the journal keeps it; `reply` is printed as JSON."""
    reply = json.dumps(changed.pop("reply", {})).encode()
    made = JournalEntry(0, START, 1.0, method, path, "", status, 0.0, "sk-1", "ark", {}, b"{}", reply)
    return replace(made, **changed)


def judged(world: World, entries: Sequence[JournalEntry], tasks: Sequence[Task] = ()) -> Case:
    """The case that these entries make."""
    for each in entries:
        world.journal.add(each)
    return case_of(world, tasks)


def one(world: World, made: JournalEntry, tasks: Sequence[Task] = ()) -> ObservedExchange:
    """The one exchange of a case."""
    (exchange,) = judged(world, [made], tasks).exchanges
    return exchange


@pytest.mark.parametrize(
    ("made", "act"),
    [
        (entry(task="cgt-1"), ExchangeKind.CREATE),
        (entry("GET", f"{TASKS}/cgt-1", task="cgt-1"), ExchangeKind.FETCH),
        (entry("GET"), ExchangeKind.LIST),
        (entry("DELETE", f"{TASKS}/cgt-1", task="cgt-1"), ExchangeKind.DELETE),
        (entry("GET", "/v1/videos/task_1/content", task="task_1"), ExchangeKind.DOWNLOAD),
        (entry("GET", f"/family/02{START}000{'0' * 20}ffffac155fa0000001.mp4"), ExchangeKind.DOWNLOAD),
    ],
)
def test_every_exchange_has_a_purpose(world: World, made: JournalEntry, act: ExchangeKind) -> None:
    assert one(world, made).kind is act


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "PUT"])
def test_an_exchange_without_a_purpose_is_left_out(world: World, method: str) -> None:
    assert judged(world, [entry(method)]).exchanges == []


def test_a_task_is_known_by_all_its_names(world: World, make_task: MakeTask) -> None:
    task = make_task(alias="task_abc")
    entries = [
        entry("GET", f"{TASKS}/{task.id}", task=task.id),
        entry("GET", "/v1/videos/task_abc", task="task_abc"),
        entry("GET", f"/seedance/{task.plan.name}.mp4"),
        entry("GET", f"{TASKS}/cgt-nobody", task="cgt-nobody"),
    ]
    assert [each.task for each in judged(world, entries, [task]).exchanges] == [task.id, task.id, task.id, None]


def test_a_post_on_a_task_makes_none(world: World, make_task: MakeTask) -> None:
    task = make_task()
    made = entry("POST", f"{TASKS}/{task.id}/cancel", status=404, task=task.id)
    assert one(world, made, [task]).task is None


@pytest.mark.parametrize(
    ("reply", "ended"),
    [
        ({"status": "succeeded"}, True),
        ({"status": "expired"}, True),
        ({"status": "running"}, False),
        ({"data": {"status": "SUCCESS"}}, True),
        ({"data": {"status": "IN_PROGRESS"}}, False),
        ({"status": "completed"}, True),
        ({"data": {"task_status": "succeed"}}, True),
        ([], False),
        ("succeeded", False),
    ],
)
def test_the_end_is_read_from_the_reply_of_any_dialect(
    world: World, make_task: MakeTask, reply: object, ended: bool
) -> None:
    task = make_task()
    made = entry("GET", f"{TASKS}/{task.id}", task=task.id, reply=reply)
    assert (task.id in one(world, made, [task]).ended) is ended


def test_a_list_tells_the_end_of_those_that_ended(world: World, make_task: MakeTask) -> None:
    first, second = make_task(), replace(make_task(), id="cgt-2")
    items = [{"id": first.id, "status": "running"}, {"id": "cgt-2", "status": "failed"}, {"id": "cgt-3"}, None]
    assert one(world, entry("GET", reply={"items": items}), [first, second]).ended == {"cgt-2"}


@pytest.mark.parametrize("status", [404, 503, 0])
def test_a_reply_that_is_no_success_tells_no_end(world: World, make_task: MakeTask, status: int) -> None:
    task = make_task()
    made = entry("GET", f"{TASKS}/{task.id}", status, task=task.id, reply={"status": "succeeded"})
    assert one(world, made, [task]).ended == frozenset()


def test_a_body_that_is_cut_off_cannot_be_read(world: World) -> None:
    assert one(world, entry(response=b'{"id": "cg')).parseable is False


def test_a_body_that_only_the_journal_has_cut_can_be_read_and_tells_the_end(world: World, make_task: MakeTask) -> None:
    task = make_task()
    response = b'{"id":"cgt-1","status":"succeeded","content":{"video_url":"data:' + b"A" * BODY
    poll = one(world, entry("GET", f"{TASKS}/{task.id}", task=task.id, response=response), [task])
    assert (poll.parseable, poll.ended) == (True, {task.id})


def test_what_an_error_says_need_not_be_json(world: World) -> None:
    assert one(world, entry(status=500, response=b"oops")).parseable is True


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ({"error": {"message": "no such task"}}, 400),
        ({"id": "cgt-1", "status": "failed", "error": {"code": "A"}}, 200),
        ({"code": "success", "data": {"status": "FAILURE"}}, 200),
    ],
)
def test_a_refusal_that_comes_with_200_is_a_refusal(world: World, reply: object, status: int) -> None:
    assert one(world, entry("GET", f"{TASKS}/cgt-1", task="cgt-1", reply=reply)).status == status


@pytest.mark.parametrize(
    ("effect", "legible"),
    [
        (Truncate(0.5), False),
        (Html(), False),
        (Empty(), False),
        (ResetConnection(), False),
        (AfterCommit(ResetConnection()), False),
        (AfterCommit(AnswerEffect(503)), True),
        (AfterCommit(Delay(3.0)), True),
        (Delay(3.0), True),
    ],
)
def test_a_fault_decides_whether_a_reply_could_be_read(world: World, effect: FaultEffect, legible: bool) -> None:
    rule = world.behaviour.add(FaultRule("mine", Operation.CREATE, ALWAYS, effect))
    assert one(world, entry(fault=rule.name)).parseable is legible


def test_the_same_request_has_the_same_wish_and_another_has_another(world: World) -> None:
    entries = [
        entry(request=b'{"a": 1}'),
        entry(request=b'{"a": 1}'),
        entry(request=b'{"a": 2}'),
        entry(request=b'{"a": 1}', path=f"/w/sk{TASKS}"),
        entry(request=b'{"a": 1}', prompt="beyond what was kept of the body"),
    ]
    intents = [each.intent for each in judged(world, entries).exchanges]
    assert intents[0] == intents[1]
    assert len(set(intents)) == 4


def test_what_separates_the_parts_of_a_form_is_no_part_of_the_wish(world: World) -> None:
    def form(boundary: str, content: str) -> JournalEntry:
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n{content}\r\n--{boundary}--\r\n'
        return entry(headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}, request=body.encode())

    first, again, other = judged(world, [form("one", "a cat"), form("two2", "a cat"), form("one", "a dog")]).exchanges
    assert first.intent == again.intent != other.intent


def test_a_boundary_that_is_no_utf_8_is_no_part_of_the_intent_either(world: World) -> None:
    def form(boundary: bytes) -> JournalEntry:
        body = b"--%b\r\n\r\na cat\r\n--%b--\r\n" % (boundary, boundary)
        header = b"multipart/form-data; boundary=%b" % boundary
        return entry(headers={"Content-Type": header.decode("utf-8", "surrogateescape")}, request=body)

    first, again = judged(world, [form(b"\xff\xfeabc"), form(b"\x80")]).exchanges
    assert first.intent == again.intent


@pytest.mark.parametrize(
    ("value", "seconds"), [("2", 2.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), (None, None)]
)
def test_a_wait_that_is_asked_for_is_read(world: World, value: str | None, seconds: float | None) -> None:
    headers = {} if value is None else {"Retry-After": value}
    assert one(world, entry(status=429, reply_headers=headers)).retry_after == seconds


def test_a_life_is_told_as_far_as_it_went(world: World, make_task: MakeTask) -> None:
    task = make_task()
    going = judged(world, [], [task]).histories[task.id]
    assert (going.ended_at, going.status) == (None, None)
    assert going.cost is not None and going.cost.tokens == 108_900
    world.clock = world.clock.jumped_to(START + 60, world.real())
    over = judged(world, [], [task]).histories[task.id]
    assert (over.ended_at, over.status, over.link_dies_at) == (START + 5, "succeeded", START + 5 + 86_400)


@pytest.mark.parametrize(
    ("mode", "speed", "flowing"),
    [(ClockMode.LIVE, 1.0, True), (ClockMode.LIVE, 60.0, False), (ClockMode.FROZEN, 1.0, False)],
)
def test_the_pace_is_judged_only_where_time_runs_as_it_does(mode: ClockMode, speed: float, flowing: bool) -> None:
    assert case_of(new_world("w", seed=0, mode=mode, speed=speed, start=START), ()).flowing is flowing


def test_a_download_is_of_the_task_whose_clip_it_names(world: World, make_task: MakeTask) -> None:
    task = make_task()
    ours, other = entry("GET", f"/f/{task.plan.name}.mp4"), entry("GET", f"/f/{task.plan.name[:-1]}9.mp4")
    assert judged(world, [ours, other], [task]).downloaded == {task.id}
