"""The report card over HTTP: what clients do, and what is held against them."""

from typing import Any

TASKS = "/api/v3/contents/generations/tasks"


async def codes(ark: Any) -> list[str]:
    """The codes of all findings."""
    return [each["code"] for each in (await ark.control("GET", "report"))["findings"]]


async def test_a_client_that_does_all_well_has_an_a(ark, receiver):
    task = await ark.finished(callback_url=receiver.url)
    assert (await ark.call("GET", task["content"]["video_url"], None)).status == 200
    await ark.advance(100_000)
    report = await ark.control("GET", "report")
    assert (report["grade"], report["findings"]) == ("A", [])
    assert report["exchanges"] == 3


async def test_a_client_that_has_not_called_has_an_a(ark):
    assert await ark.control("GET", "report") == {"grade": "A", "findings": [], "exchanges": 0}


async def test_the_same_create_twice_is_a_note_with_its_evidence(ark):
    await ark.create()
    second = await ark.create()
    report = await ark.control("GET", "report")
    assert report["grade"] == "A"
    assert [(each["code"], each["severity"], each["evidence"], each["task"]) for each in report["findings"]] == [
        ("identical-create", "note", [1, 2], second)
    ]


async def test_a_task_that_nobody_asks_for_is_left_behind_and_has_a_price(ark):
    await ark.create()
    await ark.advance(60)
    report = await ark.control("GET", "report")
    (finding,) = report["findings"]
    assert (report["grade"], finding["code"], finding["evidence"]) == ("B", "task-left-behind", [1])
    assert finding["cost"]["tokens"] == report["wasted"]["tokens"] == 108_900
    assert finding["cost"]["usd"] > 0.5


async def test_polling_on_after_the_end_is_found(ark):
    task = await ark.finished()
    for _ in range(3):
        await ark.poll(task["id"])
    assert await codes(ark) == ["poll-after-final"]


async def test_a_clip_that_nobody_fetched_in_time_is_lost(ark):
    task = await ark.create("emu:short-url")
    await ark.advance(5)
    assert await ark.status(task) == "succeeded"
    assert await codes(ark) == []
    await ark.advance(60)
    assert await codes(ark) == ["result-not-downloaded"]


async def test_a_receiver_that_refuses_is_found(ark, receiver):
    receiver.answers["/deaf"] = 500
    await ark.finished(callback_url=receiver.url + "/deaf")
    await ark.advance(60)
    assert await codes(ark) == ["callback-not-acknowledged"]


async def test_a_report_is_of_one_world(ark):
    world = await ark.control("POST", "worlds", {"api_key": "sk-other"})
    await ark.create(key="sk-other")
    await ark.advance(60)
    assert await codes(ark) == []
    assert (await ark.control("GET", f"report?world={world['api_key']}"))["exchanges"] == 1


async def test_a_download_counts_for_the_world_that_made_the_clip(ark):
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    task = await ark.create("emu:short-url", key="sk-other")
    await ark.control("POST", "clock/advance?world=sk-other", {"seconds": 5})
    shown = (await ark.call("GET", f"{TASKS}/{task}", "sk-other")).json
    assert (await ark.call("GET", shown["content"]["video_url"], None)).status == 200
    await ark.control("POST", "clock/advance?world=sk-other", {"seconds": 60})
    assert (await ark.control("GET", "report?world=sk-other"))["findings"] == []
