"""Steering prompts over HTTP: every row of the table does to a task what it says."""

import pytest
from ark_emulator.core.plan.outcome import STEERING_WORDS, SteeringWord

from tests.support.caller import Caller


@pytest.mark.parametrize("steer", STEERING_WORDS, ids=lambda steer: steer.name)
async def test_a_steering_prompt_does_what_its_row_says(ark: Caller, steer: SteeringWord) -> None:
    answer = await ark.try_create(f"a cat, emu:{steer.name}, asleep")
    if steer.outcome.refusal is not None:
        assert answer.status >= 400
        assert (await ark.call("GET", ark.tasks)).json["total"] == 0
        return
    task_id = answer.json["id"]
    await ark.control("POST", "clock/advance", {"until": "idle"})
    last = steer.outcome.stages[-1].status
    assert await ark.status(task_id) == (last if last.final else "expired")
    assert (await ark.control("GET", f"tasks/{task_id}"))["plan"]["rule"] == f"emu:{steer.name}"


async def test_a_name_that_is_not_in_the_table_steers_nothing(ark: Caller) -> None:
    assert (await ark.finished("emu:nothing of the kind"))["status"] == "succeeded"


async def test_a_prompt_steers_its_own_task_alone(ark: Caller) -> None:
    failing, other = await ark.create("emu:fail"), await ark.create()
    await ark.advance(10)
    assert [await ark.status(each) for each in (failing, other)] == ["failed", "succeeded"]


async def test_a_link_told_to_die_soon_dies_soon(ark: Caller) -> None:
    task_id = await ark.create("emu:short-url")
    await ark.advance(9)
    link = (await ark.poll(task_id))["content"]["video_url"]
    assert (await ark.call("GET", link, None)).status == 200
    await ark.advance(1)
    assert (await ark.call("GET", link, None)).status == 403


async def test_what_a_success_hides_is_not_shown(ark: Caller) -> None:
    assert "usage" not in await ark.finished("emu:no-usage")
    assert (await ark.finished("emu:zero-usage"))["usage"]["completion_tokens"] == 0
    assert (await ark.finished("emu:string-usage", ratio="16:9", duration=5))["usage"]["total_tokens"] == "108900"
    assert "video_url" not in (await ark.finished("emu:no-url")).get("content", {})


async def test_a_prompt_may_name_a_whole_incident_of_the_catalogue(ark: Caller) -> None:
    task = await ark.create("two knights, emu:success-without-url")
    await ark.advance(3600)
    shown = await ark.poll(task)
    assert shown["status"] == "succeeded"
    assert "video_url" not in shown.get("content", {})
    assert (await ark.control("GET", f"tasks/{task}"))["plan"]["rule"] == "emu:success-without-url"


async def test_an_incident_that_is_about_faults_alone_changes_no_task(ark: Caller) -> None:
    assert (await ark.finished("a cat, emu:lost-reply, emu:no-such-incident"))["status"] == "succeeded"


async def test_every_incident_with_an_outcome_can_be_named_in_a_prompt(ark: Caller) -> None:
    from ark_emulator.loading.builtin import builtin_names
    from ark_emulator.loading.loader import load_builtin

    for name in builtin_names():
        if load_builtin(name).outcomes:
            assert (await ark.try_create(f"a cat, emu:{name}")).status in (200, 400, 403, 404, 429), name


async def test_a_word_that_names_nothing_is_noted(ark: Caller) -> None:
    task = await ark.create("a cat, emu:faild")
    (entry,) = (await ark.control("GET", "journal"))["items"]
    assert entry["notes"] == ["emu:faild names no outcome, so it changed nothing; did you mean emu:fail?"]
    await ark.advance(10)
    assert await ark.status(task) == "succeeded"
