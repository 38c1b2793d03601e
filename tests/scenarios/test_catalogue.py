"""The built-in scenarios about creating and polling: each shows what it describes."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ark_emulator.loading.builtin import builtin_names, overview
from ark_emulator.loading.loader import load_builtin

TASKS = "/api/v3/contents/generations/tasks"
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, "role": "first_frame"}
GROUPS = ("status", "create", "polling")
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


def test_every_group_has_scenarios_and_every_scenario_an_expectation_of_the_client() -> None:
    assert len(builtin_names()) >= 45
    assert {group for group, _, _ in overview()} == {
        *("status", "create", "duplicates", "polling", "moderation", "media", "callbacks", "cancel", "money")
    }
    assert [name for name in builtin_names() if "client" not in load_builtin(name).expects] == []


async def after(incident: Any, seconds: float, **fields: Any) -> Any:
    """Return the task object so many seconds after the create request."""
    task = await incident.made(**fields)
    await incident.advance(seconds)
    return (await incident.poll(task)).json()


# Statuses


@shows("expired-not-terminal")
async def expired(incident: Any, _: Any) -> None:
    task = await after(incident, 5)
    assert task["status"] == "expired"
    assert "error" not in task and "content" not in task


@shows("cancelled-elsewhere")
async def cancelled(incident: Any, _: Any) -> None:
    assert (await after(incident, 4))["status"] == "queued"
    assert (await after(incident, 6))["status"] == "cancelled"


@shows("vanished-record")
async def vanished(incident: Any, _: Any) -> None:
    task = await incident.made()
    await incident.advance(3)
    assert await incident.status(task) == "cancelled"
    await incident.advance(86_400)
    gone = await incident.poll(task)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NotFound.TaskNotFound")
    assert (await incident.list())["total"] == 0


@shows("unknown-status")
async def unknown(incident: Any, _: Any) -> None:
    assert await incident.statuses(await incident.made(), 4) == ["unknown", "unknown", "unknown", "queued"]


@shows("empty-status")
async def nameless(incident: Any, _: Any) -> None:
    assert await incident.statuses(await incident.made(), 2) == ["", "queued"]


@shows("status-synonyms")
async def synonyms(incident: Any, _: Any) -> None:
    statuses = await incident.statuses(await incident.made(), 4)
    assert statuses == ["NOT_START", "SUBMITTED", "IN_PROGRESS", "queued"]


@shows("stuck-queued")
async def stuck_in_the_queue(incident: Any, _: Any) -> None:
    task = await incident.made()
    await incident.advance(172_799)
    assert await incident.status(task) == "queued"
    await incident.advance(1)
    assert await incident.status(task) == "expired"


@shows("stuck-running")
async def stuck_in_the_only_slot(incident: Any, _: Any) -> None:
    first, second = await incident.made(), await incident.made()
    await incident.advance(3_600)
    assert [await incident.status(first), await incident.status(second)] == ["running", "queued"]
    await incident.advance(172_800 - 3_600)
    assert await incident.status(first) == "expired"


@shows("slow-queue")
async def long_in_the_queue(incident: Any, _: Any) -> None:
    assert (await after(incident, 899))["status"] == "queued"
    assert (await incident.finished())["status"] == "succeeded"


@shows("status-backwards")
async def every_third_poll_goes_back(incident: Any, _: Any) -> None:
    task = await incident.made()
    await incident.advance(2)
    assert await incident.statuses(task, 3) == ["running", "running", "queued"]
    await incident.advance(10)
    assert await incident.statuses(task, 3) == ["succeeded", "succeeded", "running"]
    assert await incident.statuses(task, 1) == ["succeeded"]


@shows("stale-replica")
async def ten_polls_are_behind(incident: Any, _: Any) -> None:
    task = await incident.made()
    await incident.advance(10)
    assert await incident.statuses(task, 11) == ["running"] * 10 + ["succeeded"]


@shows("flip-after-success")
async def a_success_is_taken_back(incident: Any, _: Any) -> None:
    statuses = await incident.statuses(await incident.made(), 5)
    assert statuses == ["queued", "running", "succeeded", "running", "succeeded"]


@shows("success-without-url")
async def nothing_to_download(incident: Any, _: Any) -> None:
    task = await incident.finished()
    assert task["status"] == "succeeded"
    assert "video_url" not in task.get("content", {})


@shows("wrong-model-answered")
async def another_model(incident: Any, _: Any) -> None:
    assert (await incident.finished())["model"] == "seedance-1-0-lite-t2v-250428"


# Creating


@shows("rate-limited")
async def two_a_minute(incident: Any, _: Any) -> None:
    answers = [(await incident.create()).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    await incident.advance(61)
    assert (await incident.create()).status_code == 200


@shows("retry-after-ignored")
async def asked_to_wait(incident: Any, _: Any) -> None:
    answers = [await incident.create() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["30", "30", "30", None]
    assert answers[0].json()["error"]["code"] == "ModelAccountRpmRateLimitExceeded"


@shows("overload-bursts")
async def overloads(incident: Any, _: Any) -> None:
    answers = [await incident.create() for _ in range(10)]
    assert [answer.status_code for answer in answers] == [429] * 3 + [200] * 6 + [429]
    assert answers[-1].json()["error"]["code"] == "ServerOverloaded"
    assert len(await incident.inside()) == 6


@shows("burst-too-fast")
async def too_fast(incident: Any, _: Any) -> None:
    answers = [await incident.create() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[2].json()["error"]["code"] == "RequestBurstTooFast"
    assert answers[2].headers["Retry-After"] == "5"


@shows("create-500")
async def internal_errors(incident: Any, _: Any) -> None:
    answers = [await incident.create() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 500, 500, 200]
    assert answers[0].json()["error"]["type"] == "InternalServerError"
    assert len(await incident.inside()) == 1


@shows("retry-storm")
async def no_use_to_try_again(incident: Any, _: Any) -> None:
    answers = [await incident.create() for _ in range(20)]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.headers["x-should-retry"] for answer in answers} == {"false"}
    assert [entry["fault"] for entry in await incident.journal()] == ["retry-storm#1"] * 20


def refuses(name: str, status: int, code: str) -> None:
    """A scenario that refuses every create request."""

    @shows(name)
    async def refused(incident: Any, _: Any) -> None:
        answer = await incident.create()
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert await incident.inside() == []


refuses("model-not-open", 404, "ModelNotOpen")
refuses("endpoint-not-found", 404, "InvalidEndpointOrModel.NotFound")
refuses("wrong-plan", 400, "InvalidSubscription")
refuses("body-too-large", 413, "RequestBodyTooLarge")


@shows("reference-download-failed")
async def a_picture_cannot_be_had(incident: Any, _: Any) -> None:
    refused = await incident.create(more=[IMAGE])
    assert refused.status_code == 400
    assert "resource download failed" in refused.json()["error"]["message"]
    assert (await incident.create()).status_code == 200


@shows("create-html")
async def a_page_for_a_task(incident: Any, _: Any) -> None:
    page = await incident.create()
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")
    assert await incident.inside() == []
    assert (await incident.create()).json()["id"].startswith("cgt-")


# Polling


def strikes_polls(name: str, *codes: int) -> None:
    """A scenario whose polls have these HTTP statuses; 0 for a connection that breaks."""

    @shows(name)
    async def polls(incident: Any, _: Any) -> None:
        task = await incident.made()
        assert await incident.codes(task, len(codes)) == list(codes)
        await incident.advance(10)
        assert await incident.status(task) == "succeeded"


strikes_polls("poll-503-once", 200, 503, 200)
strikes_polls("poll-outage", 503, 503, 503, 200)
strikes_polls("poll-404-transient", 404, 404, 200)
strikes_polls("poll-reset", 0, 0, 0, 200)
strikes_polls("truncated-poll", 0, 0, 0, 200)


@shows("poll-500-at-completion")
async def fails_when_it_is_done(incident: Any, _: Any) -> None:
    task = await incident.made()
    assert await incident.statuses(task, 2) == ["queued", "running"]
    assert await incident.codes(task, 3) == [500, 500, 500]
    assert await incident.status(task) == "succeeded"


@shows("poll-rate-limited")
async def polls_too_often(incident: Any, _: Any) -> None:
    task = await incident.made()
    answers = [await incident.poll(task) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[0].headers["Retry-After"] == "5"


@shows("slow-poll", flows=True)
async def polls_take_their_time(incident: Any, _: Any) -> None:
    task, began = await incident.made(), await incident.now()
    assert await incident.codes(task, 5) == [200] * 5
    assert await incident.now() - began > 2


@shows("hung-poll")
async def a_poll_is_never_answered(incident: Any, _: Any) -> None:
    task = await incident.made()
    assert await incident.status(task) == "queued"
    with pytest.raises(httpx.ReadTimeout):
        await incident.ask("GET", f"{TASKS}/{task}", timeout=httpx.Timeout(60, read=0.5))
    assert await incident.status(task) == "queued"


@shows("html-200")
async def a_page_for_a_poll(incident: Any, _: Any) -> None:
    task = await incident.made()
    answers = [await incident.poll(task) for _ in range(3)]
    assert [answer.headers["Content-Type"].split(";")[0] for answer in answers] == [
        "application/json",
        "text/html",
        "application/json",
    ]
    assert {answer.status_code for answer in answers} == {200}


@shows("error-200")
async def an_error_that_is_no_status(incident: Any, _: Any) -> None:
    task = await incident.made()
    assert await incident.codes(task, 1) == [200]
    odd = await incident.poll(task)
    assert odd.status_code == 200
    assert odd.json()["error"]["code"] == "InternalServiceError"
    assert await incident.status(task) == "queued"


@shows("empty-200")
async def a_poll_without_a_body(incident: Any, _: Any) -> None:
    task = await incident.made()
    answers = [await incident.poll(task) for _ in range(3)]
    assert [(answer.status_code, len(answer.content) > 0) for answer in answers] == [
        (200, True),
        (200, False),
        (200, True),
    ]


@shows("malformed-poll")
async def a_poll_that_is_no_json(incident: Any, _: Any) -> None:
    task = await incident.made()
    assert await incident.status(task) == "queued"
    odd = await incident.poll(task)
    assert odd.status_code == 200 and task in odd.text
    with pytest.raises(json.JSONDecodeError):
        odd.json()


@shows("flapping-list")
async def every_second_list_is_empty(incident: Any, _: Any) -> None:
    await incident.made()
    assert [(await incident.list())["total"] for _ in range(4)] == [1, 0, 1, 0]


@shows("flex-hidden")
async def not_in_the_list(incident: Any, _: Any) -> None:
    flex = await incident.made(model="seedance-1-5-pro-251215", service_tier="flex")
    assert flex.startswith("cgt-batch-")
    assert (await incident.list())["total"] == 0
    assert (await incident.list(**{"filter.service_tier": "flex"}))["total"] == 1
    await incident.advance(600)
    assert await incident.status(flex) == "queued"


@shows("duration-string")
async def a_duration_as_text(incident: Any, _: Any) -> None:
    task = await incident.finished()
    assert task["duration"] == "5"
    assert (await incident.list())["items"][0]["duration"] == 5


@shows("error-renamed")
async def an_error_under_another_name(incident: Any, _: Any) -> None:
    task = await incident.finished()
    assert task["error"]["code"] == "InternalServiceError"
    (listed,) = (await incident.list())["items"]
    assert "error" not in listed
    assert listed["failure_reason"] == task["error"]
