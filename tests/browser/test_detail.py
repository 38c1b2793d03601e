"""The pane of the selected task: it tells everything about it, plays its clip, moves it, and lets it be copied."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest
from ark_emulator.core.time.clock import ClockMode

from tests.browser.conftest import Open
from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

MODEL = "dreamina-seedance-2-0-260128"
DETAIL = "document.querySelector('.pane-detail').innerText.replace(/\\s+/g, ' ')"
CATCH = "navigator.clipboard.writeText = async (text) => { window.copied = text; }"
EASY = {"model": "dreamina-seedance-2-0", "prompt": "a hare", "metadata": {"resolution": "480p", "ratio": "1:1"}}


async def opened(dashboard: Any, ark: Any, task: Any, query: Any = "") -> Any:
    """The page with that task selected, and a clipboard that can be looked into."""
    page = await dashboard(ark, query)
    await page.wait("document.querySelector('.names .name')")
    name = await page.evaluate(
        f"[...document.querySelectorAll('.name')].find((e) => e.dataset.task === {task!r}).click()"
    )
    assert name is None
    await page.wait("document.querySelector('.facts dd')")
    await page.evaluate(CATCH)
    return page


async def selected(page: Any, task: Any) -> None:
    """Selects a task in the timeline."""
    await page.evaluate("document.querySelector(`.name[data-task='${TASK}']`).click()", TASK=task)
    await page.wait("document.querySelector('.detail-id') && location.hash.slice(1) === TASK", TASK=task)


async def copied(page: Any, kind: Any) -> Any:
    """What is put into the clipboard by the button of that kind."""
    await page.evaluate("window.copied = ''")
    await page.click("button", f"Copy as {kind}")
    return await page.wait("window.copied")


async def ran(*command: Any, **environment: Any) -> Any:
    """What a program wrote, once it ended well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        told, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return told.decode()


async def test_the_summary_follows_a_task_to_its_end_and_plays_its_clip(dashboard: Open, ark: Caller) -> None:
    task = await ark.create("a heron", resolution="480p", ratio="16:9", duration=4, return_last_frame=True)
    page = await opened(dashboard, ark, task)
    told = await page.evaluate(DETAIL)
    assert "a heron" in told
    assert "running planned +1 s" in told
    assert "864×496, 4.04 s, 16:9, 480p, with sound, mp4" in told
    assert "none: the default outcome" in told
    await page.click("button", "+10 s")
    await page.wait(f"{DETAIL}.includes('Links expire in 23 h 59 m')")
    await page.wait("document.querySelector('.result video')?.readyState >= 2")
    await page.wait("document.querySelector('.result img')?.naturalWidth === 864")
    await page.the("Video", "The clip of the task")
    await page.evaluate("document.querySelector('.result video').play()")
    await page.wait("document.querySelector('.result video').currentTime > 0.2")
    assert await page.evaluate("document.querySelector('.result video').videoWidth") == 864
    journal = (await ark.control("GET", "journal"))["items"]
    assert [entry["method"] for entry in journal] == ["POST"], "looking at a clip is no download"
    await ark.advance(86_400)
    await page.wait(f"{DETAIL}.includes('Links expired') && {DETAIL}.includes('403 AccessDenied')")


async def test_a_task_is_moved_by_buttons_and_those_that_cannot_move_it_say_why(dashboard: Open, ark: Caller) -> None:
    task = await ark.create("a cat emu:stuck-running")
    page = await opened(dashboard, ark, task)
    await page.click("button", "Next", exact=False)
    await page.wait(f"{DETAIL}.includes('only a queued task can be cancelled')")
    disabled = "[...document.querySelectorAll('.task-actions button:disabled')].map((each) => each.textContent)"
    assert await page.evaluate(disabled) == ["Cancel", "Redeliver"]
    await page.wait("document.querySelectorAll('.task-actions option').length > 5")
    await page.choose("Error code to fail with", "OutputVideoSensitiveContentDetected")
    await page.click("button", "Fail", exact=True)
    await page.wait(f"{DETAIL}.includes('OutputVideoSensitiveContentDetected The request failed')")
    await page.wait(f"{disabled}.length === 5")
    assert (await ark.poll(task))["error"]["code"] == "OutputVideoSensitiveContentDetected"
    assert "The task has ended: failed is a final status." in await page.evaluate(DETAIL)


async def test_a_task_of_a_gateway_is_shown_in_its_dialect_and_held_against_ark(dashboard: Open, ark: Caller) -> None:
    answer = await ark.call("POST", "/easyrouter/v1/video/generations", json=EASY)
    await ark.advance(10)
    inside = await ark.control("GET", f"tasks/{answer.json['task_id']}")
    page = await opened(dashboard, ark, inside["id"])
    await page.wait(f"{DETAIL}.includes('settle') && {DETAIL}.includes('quota')")
    await page.click("tab", "Dialects")
    await page.wait("document.querySelector('.detail-panel .body')")
    chosen = "document.querySelector('.detail-panel select').selectedOptions[0].textContent"
    assert await page.evaluate(chosen) == "easyrouter /v1/video/generations — its own"
    shown = await page.evaluate("document.querySelector('.detail-panel .body').innerText")
    polled = (await ark.call("GET", f"/easyrouter/v1/video/generations/{inside['alias']}")).json
    assert '"result_url"' in shown
    for name, value in polled["data"].items():
        assert f'"{name}": ' in shown, name
        assert isinstance(value, dict | list) or json.dumps(value)[:300] in shown.replace("\n", ""), name
    assert 'Ark: "succeeded"' in shown
    assert "Ark: content.video_url" in shown
    await page.choose("Dialect", await page.evaluate("document.querySelector('.detail-panel option').value"))
    await page.wait(f"{chosen}.startsWith('ark')")
    assert "not in Ark" not in await page.evaluate("document.querySelector('.detail-panel .body').innerText")


async def test_request_response_and_events_tell_of_retries_faults_and_polls(
    dashboard: Open, ark: Caller, receiver: Receiver
) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 1, "status": 503})
    body = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}], "callback_url": receiver.url + "/hook"}
    for _ in range(2):
        answer = await ark.call("POST", ark.tasks, json=body)
    task = answer.json["id"]
    for _ in range(5):
        await ark.poll(task)
    await ark.control("POST", "faults", {"on": "fetch", "first": 1, "status": 500})
    await ark.call("GET", f"{ark.tasks}/{task}")
    await ark.advance(10)
    await receiver.wait_for(3)
    page = await opened(dashboard, ark, task)
    await page.click("tab", "Request", exact=True)
    await page.wait(f"{DETAIL}.includes('attempt 2 of 2') && {DETAIL}.includes('\"text\": \"a cat\"')")
    await page.choose("Exchange", "1")
    await page.wait(f"{DETAIL}.includes('attempt 1 of 2') && {DETAIL}.includes('503 POST')")
    await page.click("tab", "Response", exact=True)
    await page.wait(f"{DETAIL}.includes('500 GET') && {DETAIL}.includes('fault: added-2')")
    await page.click("tab", "Events", exact=True)
    rows = "[...document.querySelectorAll('.events li')].map((each) => each.innerText.replace(/\\s+/g, ' '))"
    await page.wait(f"{rows}.length === 12")
    told = await page.evaluate(rows)
    assert any("polled 5 times" in row for row in told)
    assert any("fault: added-2" in row for row in told)
    assert [row for row in told if "callback" in row][-1].startswith("+5 s callback “succeeded” delivered 200")
    assert told[-1].endswith("its record is deleted planned")
    await page.click("tab", "Raw", exact=True)
    await page.wait(f"{DETAIL}.includes('\"deliveries\": [')")


async def test_the_copied_command_and_program_do_what_the_client_did(dashboard: Open, serve: Serve) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    task = await ark.create('it\'s a "cat"\nin two lines', resolution="480p", seed=7)
    page = await opened(dashboard, ark, task)
    command = await copied(page, "curl")
    assert ark.url in command
    told = await ran("bash", "-c", f"{command} -o /dev/null -w '%{{http_code}}'")
    assert told == "200"
    program = await copied(page, "Python")
    assert f'base_url="{ark.url}/api/v3"' in program
    told = await ran(sys.executable, "-c", program, ARK_API_KEY="sk-other")
    assert told.splitlines()[-1].startswith("succeeded http")
    made = (await ark.control("GET", "tasks"))["items"]
    assert len(made) == 3
    assert {each["prompt"] for each in made} == {'it\'s a "cat"\nin two lines'}
    assert {each["submission"]["seed"] for each in made} == {7}
    refused = await ark.control("GET", "journal?method=POST")
    assert [entry["status"] for entry in refused["items"]] == [200, 200, 200]


async def test_what_is_copied_from_another_world_goes_into_that_world(dashboard: Open, ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other", "clock": "frozen"})
    page = await opened(dashboard, ark, await ark.create("elsewhere", key="sk-other"), "?world=sk-other")
    await ran("bash", "-c", await copied(page, "curl"))
    assert (await ark.control("GET", "tasks?world=sk-other"))["total"] == 2
    assert (await ark.control("GET", "tasks"))["total"] == 0
    await page.wait("document.querySelectorAll('.names .name').length === 2")


async def test_a_gateways_task_is_copied_as_a_plain_program(dashboard: Open, serve: Serve) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    answer = await ark.call("POST", "/easyrouter/v1/video/generations", json=EASY)
    inside = await ark.control("GET", f"tasks/{answer.json['task_id']}")
    page = await opened(dashboard, ark, inside["id"])
    told = await ran(sys.executable, "-c", await copied(page, "Python"))
    assert "SUCCESS" in told.splitlines()[-1]
    assert await ran("bash", "-c", f"{await copied(page, 'curl')} -o /dev/null -w '%{{http_code}}'") == "200"


def life(inside: Any) -> Any:
    """The statuses of a task and when each begins, counted from its acceptance."""
    return [(each["status"], each["at"] - inside["created_at"]) for each in [*inside["moves"], *inside["ahead"]]]


async def test_the_copied_scenario_lets_the_same_life_happen_again(dashboard: Open, ark: Caller) -> None:
    prompts = ["a cat", "*what* is /this/?", "/a slash in front", "made to fail", ""]
    image = {"content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}
    fields = {prompt: {} if prompt else image for prompt in prompts}
    tasks = {prompt: await ark.create(prompt, **fields[prompt]) for prompt in prompts}
    await ark.advance(2.5)
    forced = {"status": "failed", "code": "OutputVideoSensitiveContentDetected"}
    await ark.control("POST", f"tasks/{tasks['made to fail']}/force", forced)
    page = await opened(dashboard, ark, tasks["a cat"])
    for prompt, task in tasks.items():
        await page.evaluate(
            "[...document.querySelectorAll('.name')].find((e) => e.dataset.task === TASK).click()", TASK=task
        )
        await page.wait("document.querySelector('.detail-id').textContent === TASK", TASK=task)
        text = await copied(page, "YAML")
        await complaints(ark, text, switch=True)
        before = await ark.control("GET", f"tasks/{task}")
        again = await ark.control("GET", f"tasks/{await ark.create(prompt, **fields[prompt])}")
        assert [status for status, _ in life(again)] == [status for status, _ in life(before)], text
        assert [at for _, at in life(again)] == pytest.approx([at for _, at in life(before)], abs=0.002)
        assert again["plan"]["rule"].startswith("like-")
    told = (await ark.control("GET", "tasks?status=queued"))["items"]
    (failing,) = [each for each in told if each["prompt"] == "made to fail"]
    assert failing["plan"]["failure"]["code"] == "OutputVideoSensitiveContentDetected"


async def complaints(ark: Any, text: Any, *, switch: Any = False) -> None:
    """Fails when the checker finds a mistake; goes on with the scenario when asked to."""
    headers = {"Content-Type": "application/yaml"}
    checked = (await ark.call("POST", "/_emulator/scenario/check", None, data=text, headers=headers)).json
    assert checked["ok"], text + checked["full"]
    if switch:
        assert (await ark.call("PUT", "/_emulator/scenario", None, data=text, headers=headers)).status == 200


async def test_the_scenario_of_a_steered_task_is_free_of_mistakes(dashboard: Open, ark: Caller) -> None:
    words = ("stuck-queued", "stuck-running", "expired", "cancelled", "no-url", "short-url", "wrong-model", "fail")
    tasks = {word: await ark.create(f"a cat emu:{word}") for word in words}
    page = await opened(dashboard, ark, tasks["fail"])
    for word, task in tasks.items():
        await page.evaluate(
            "[...document.querySelectorAll('.name')].find((e) => e.dataset.task === TASK).click()", TASK=task
        )
        await page.wait("document.querySelector('.detail-id').textContent === TASK", TASK=task)
        text = await copied(page, "YAML")
        await complaints(ark, text)
        assert f"The word emu:{word} in the prompt takes precedence" in text
