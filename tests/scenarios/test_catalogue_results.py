"""The built-in scenarios about lost replies, results, callbacks and money: each shows what it describes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ark_emulator.loading.builtin import overview

TASKS = "/api/v3/contents/generations/tasks"
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, "role": "first_frame"}
GROUPS = ("duplicates", "moderation", "media", "callbacks", "cancel", "money")
NAMES = [name for group, name, _ in overview() if group in GROUPS]
Show = Callable[[Any, Any], Awaitable[None]]
SHOWN: dict[str, Show] = {}
FLOWING: set[str] = set()


def shows(*names: str, flows: bool = False) -> Callable[[Show], Show]:
    """Run the scenarios of these names with a client; `flows` when time has to pass without commands."""

    def register(show: Show) -> Show:
        SHOWN.update(dict.fromkeys(names, show))
        FLOWING.update(names if flows else ())
        return show

    return register


@pytest.mark.parametrize("name", NAMES)
async def test_a_scenario_shows_what_it_is_about(name: str, incident: Any, receiver: Any) -> None:
    world = await incident(name, flows=name in FLOWING, media_check="off")
    await SHOWN[name](world, receiver)


def test_every_scenario_of_these_groups_is_shown_and_nothing_else() -> None:
    assert set(SHOWN) == set(NAMES)


async def after(incident: Any, seconds: float, **fields: Any) -> Any:
    """Return the task object so many seconds after the create request."""
    task = await incident.made(**fields)
    await incident.advance(seconds)
    return (await incident.poll(task)).json()


# Duplicates


@shows("lost-reply")
async def three_tasks_for_one_wish(incident: Any, _: Any) -> None:
    assert [await incident.broken(incident.create()) for _ in range(4)] == [True, True, True, False]
    await incident.advance(10)
    tasks = await incident.inside()
    assert [task["status"] for task in tasks] == ["succeeded"] * 4
    assert [entry["status"] for entry in await incident.journal()] == [0, 0, 0, 200]
    charged = [entry for entry in (await incident.caller.control("GET", "ledger"))["entries"] if entry["amount"]]
    assert {entry["task"] for entry in charged} == {task["id"] for task in tasks}


@shows("lost-reply-told")
async def told_not_to_try_again(incident: Any, _: Any) -> None:
    answer = await incident.create()
    assert (answer.status_code, answer.headers["x-should-retry"]) == (503, "false")
    assert (await incident.list())["total"] == 1


@shows("gateway-timeout-after-commit")
async def timed_out_but_accepted(incident: Any, _: Any) -> None:
    assert [(await incident.create()).status_code for _ in range(4)] == [504, 504, 504, 200]
    assert (await incident.list())["total"] == 4


@shows("truncated-reply")
async def half_a_reply(incident: Any, _: Any) -> None:
    assert [await incident.broken(incident.create()) for _ in range(4)] == [True, True, True, False]
    assert (await incident.list())["total"] == 4
    first = (await incident.journal())[0]
    assert first["response"]["body"].startswith('{"id":"cgt-') is True
    assert len(first["response"]["body"]) == 16


@shows("slow-accept", flows=True)
async def accepted_at_once_and_answered_late(incident: Any, _: Any) -> None:
    began = await incident.now()
    task = await incident.made()
    assert await incident.now() - began >= 90
    (accepted,) = await incident.inside()
    assert accepted["id"] == task
    assert accepted["created_at"] - began < 60


@shows("hung-create")
async def accepted_and_never_answered(incident: Any, _: Any) -> None:
    accepted, noted = incident.heard("accepted"), incident.heard("exchange")
    hanging = asyncio.ensure_future(incident.create())
    await asyncio.wait_for(accepted.wait(), 20)
    assert len(await incident.inside()) == 1
    assert not hanging.done()
    hanging.cancel()
    await asyncio.wait_for(noted.wait(), 20)
    assert [(entry["status"], entry["fault"]) for entry in await incident.journal()] == [(0, "hung-create#1")]
    assert (await incident.create()).status_code == 200


# Moderation


def fails(name: str, code: str) -> None:
    """A scenario whose tasks run for a while and then fail."""

    @shows(name)
    async def held_back(incident: Any, _: Any) -> None:
        assert (await after(incident, 9))["status"] == "running"
        task = await incident.finished()
        assert (task["status"], task["error"]["code"]) == ("failed", code)
        assert "content" not in task


fails("output-moderation", "OutputVideoSensitiveContentDetected")
fails("audio-moderation", "OutputAudioSensitiveContentDetected")
fails("copyright-held-back", "OutputVideoSensitiveContentDetected.PolicyViolation")


@shows("moderation-at-random")
async def some_are_held_back(incident: Any, _: Any) -> None:
    for _number in range(20):
        await incident.made()
    await incident.advance(20)
    ends = [task["status"] for task in await incident.inside()]
    assert set(ends) == {"succeeded", "failed"}
    assert 2 <= ends.count("failed") <= 15


@shows("input-moderation")
async def a_prompt_is_refused(incident: Any, _: Any) -> None:
    answer = await incident.create()
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InputTextSensitiveContentDetected")
    assert await incident.inside() == []


@shows("real-person")
async def a_picture_is_refused(incident: Any, _: Any) -> None:
    refused = await incident.create(more=[IMAGE])
    code = "InputImageSensitiveContentDetected.PrivacyInformation"
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert (await incident.create()).status_code == 200


# Results


async def link(incident: Any) -> str:
    """Return the link to the clip of a task that has succeeded."""
    return str((await incident.finished())["content"]["video_url"])


@shows("dead-url")
async def not_there(incident: Any, _: Any) -> None:
    gone = await incident.get(await link(incident))
    assert (gone.status_code, gone.json()["Code"]) == (404, "NoSuchKey")


@shows("empty-url")
async def an_empty_link(incident: Any, _: Any) -> None:
    assert await link(incident) == ""


@shows("escaped-url")
async def an_escaped_link(incident: Any, _: Any) -> None:
    url = await link(incident)
    assert "\\u0026X-Tos-" in url and "&" not in url
    assert (await incident.get(url)).status_code == 403
    assert (await incident.get(url.replace("\\u0026", "&"))).status_code == 200


@shows("link-dies-early")
async def a_link_that_dies(incident: Any, _: Any) -> None:
    task = await incident.made()
    await incident.advance(6)
    url = (await incident.poll(task)).json()["content"]["video_url"]
    assert (await incident.get(url)).status_code == 200
    await incident.advance(5)
    assert (await incident.get(url)).status_code == 403


@shows("404-then-200")
async def not_there_yet(incident: Any, _: Any) -> None:
    url = await link(incident)
    assert [(await incident.get(url)).status_code for _ in range(3)] == [404, 404, 200]


@shows("drip-download", flows=True)
async def drop_by_drop(incident: Any, _: Any) -> None:
    url = await link(incident)
    began = await incident.now()
    clip = await incident.get(url)
    assert clip.content[4:8] == b"ftyp"
    assert await incident.now() - began >= len(clip.content) / 2_000 - 1


@shows("truncated-download", "download-reset")
async def three_downloads_break(incident: Any, _: Any) -> None:
    url = await link(incident)
    assert [await incident.broken(incident.get(url)) for _ in range(4)] == [True, True, True, False]


@shows("download-500")
async def three_downloads_fail(incident: Any, _: Any) -> None:
    url = await link(incident)
    assert [(await incident.get(url)).status_code for _ in range(4)] == [500, 500, 500, 200]


@shows("wrong-type-download")
async def a_clip_that_says_it_is_a_picture(incident: Any, _: Any) -> None:
    clip = await incident.get(await link(incident))
    assert clip.headers["Content-Type"] == "image/png"
    assert clip.content[4:8] == b"ftyp"


# Callbacks


async def called(incident: Any, receiver: Any, seconds: float = 10) -> list[str]:
    """Return the statuses received, in order, once a task with a callback has run for so long."""
    await incident.made(callback_url=receiver.url + "/hook")
    await incident.advance(seconds)
    return list(receiver.told())


@shows("lost-callbacks")
async def none_arrives(incident: Any, receiver: Any) -> None:
    assert await called(incident, receiver) == []
    kept = (await incident.caller.control("GET", "callbacks"))["items"]
    assert [(each["state"], each["attempts"][0]["verdict"]) for each in kept] == [("delivered", "lost")] * 3


@shows("lost-final-callback")
async def the_last_is_lost(incident: Any, receiver: Any) -> None:
    assert await called(incident, receiver) == ["queued", "running"]


@shows("duplicate-callbacks")
async def each_arrives_three_times(incident: Any, receiver: Any) -> None:
    statuses = await called(incident, receiver)
    assert statuses == ["queued"] * 3 + ["running"] * 3 + ["succeeded"] * 3


@shows("late-callbacks")
async def each_arrives_late(incident: Any, receiver: Any) -> None:
    assert await called(incident, receiver, 59) == []
    await incident.advance(200)
    assert sorted(receiver.told()) == ["queued", "running", "succeeded"]


@shows("out-of-order-callbacks")
async def running_before_queued(incident: Any, receiver: Any) -> None:
    assert await called(incident, receiver) == ["running", "queued", "succeeded"]


# Cancelling


@shows("cancel-race")
async def too_late_to_cancel(incident: Any, _: Any) -> None:
    task = await incident.made()
    await incident.advance(1)
    refused = await incident.cancel(task)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "InvalidAction.RunningTaskDeletion")
    await incident.advance(60)
    assert await incident.status(task) == "succeeded"


@shows("cancel-500")
async def cancels_fail(incident: Any, _: Any) -> None:
    task = await incident.made()
    assert [(await incident.cancel(task)).status_code for _ in range(3)] == [500, 500, 500]
    assert await incident.status(task) == "queued"
    assert (await incident.cancel(task)).status_code == 200
    assert await incident.status(task) == "cancelled"


@shows("cancel-reset")
async def cancels_break(incident: Any, _: Any) -> None:
    task = await incident.made()
    assert [await incident.broken(incident.cancel(task)) for _ in range(3)] == [True, True, True]
    assert await incident.status(task) == "queued"
    assert (await incident.cancel(task)).status_code == 200


# Money


@shows("no-usage")
async def tokens_untold(incident: Any, _: Any) -> None:
    task = await incident.finished()
    assert task["status"] == "succeeded" and "usage" not in task


@shows("zero-usage")
async def no_tokens(incident: Any, _: Any) -> None:
    assert (await incident.finished())["usage"] == {"completion_tokens": 0, "total_tokens": 0}


@shows("usage-strings")
async def tokens_as_text(incident: Any, _: Any) -> None:
    usage = (await incident.finished())["usage"]
    assert usage["total_tokens"] == usage["completion_tokens"] == "108900"


@shows("usage-overstated")
async def far_too_many_tokens(incident: Any, _: Any) -> None:
    assert (await incident.finished())["usage"]["total_tokens"] == 10_000_000


@shows("overdue-account")
async def no_more_credit(incident: Any, _: Any) -> None:
    task = await incident.finished()
    refused = await incident.create()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AccountOverdueError")
    assert await incident.status(task["id"]) == "succeeded"


@shows("low-balance")
async def the_balance_is_spent(incident: Any, _: Any) -> None:
    assert (await incident.create()).status_code == 401
    incident.key = "sk-low"
    assert (await incident.finished())["status"] == "succeeded"
    refused = await incident.create()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AccountOverdueError")


@shows("outlives-the-timeout")
async def longer_than_anybody_waits(incident: Any, _: Any) -> None:
    assert (await after(incident, 1_800))["status"] == "running"
    task = await incident.finished()
    assert (task["status"], task["usage"]["total_tokens"]) == ("succeeded", 108_900)
