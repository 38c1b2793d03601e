"""A presentation of the emulator in the dashboard from start to end: one world, one page, no shell."""

import asyncio
from typing import Any

from tests.browser.conftest import Open
from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller

PATIENT = 60.0
"""Real seconds that one step may take on a busy machine."""
NAMES = "[...document.querySelectorAll('.names .name')].map((each) => each.innerText.replace(/\\s+/g, ' '))"
COUNT = "Number(document.querySelector('.count.is-STATUS b').textContent)"
DETAIL = "document.querySelector('.pane-detail').innerText.replace(/\\s+/g, ' ')"
EDITOR = "Scenario in YAML"
TEXT = "version: 1\nname: shown\noutcomes:\n  - then: [queued, {running: 2s}, succeeded]\n"


async def create(page: Any, prompt: Any, callback: Any = "") -> None:
    """A task from the form, selected once it is there."""
    await page.click("button", "Create", exact=True)
    await page.fill("textbox", "Prompt", prompt)
    await page.choose("Resolution", "480p")
    await page.choose("Duration", "4")
    await page.fill("textbox", "Callback URL", callback)
    await page.click("button", "Create task")


async def appeared(page: Any, prompt: Any) -> None:
    """Waits until the task of that prompt is selected."""
    await page.wait("!document.querySelector('dialog')")
    await page.wait("document.querySelector('.name.is-selected')?.textContent.includes(PROMPT)", PROMPT=prompt)


async def play(page: Any) -> None:
    """Plays the clip of the selected task for a moment."""
    await page.wait("document.querySelector('.result video')?.readyState >= 2")
    await page.evaluate("document.querySelector('.result video').play()")
    await page.wait("document.querySelector('.result video').currentTime > 0.3")
    assert await page.evaluate("document.querySelector('.result video').videoWidth") > 0


async def lose_a_reply(page: Any) -> None:
    """Injects a lost reply, and sees it lost while the task is there."""
    await page.click("button", "Inject")
    await page.click("button", "Lost reply to a create")
    await page.click("radio", "Until removed")
    await page.click("button", "Inject", exact=True)
    await page.wait("document.querySelectorAll('.in-force li').length === 1")
    await page.press("Escape")
    await create(page, "my response is lost emu:stuck-running")
    told = await page.wait("document.querySelector('.refusal')?.innerText")
    assert "The task may exist" in told
    page.complaints[:] = [each for each in page.complaints if "net::ERR" not in each]
    await page.press("Escape")
    await page.wait(f"{NAMES}.some((name) => name.includes('my response is lost'))")
    await page.click("button", "Inject")
    await page.click("button", "Remove all")
    await page.press("Escape")


async def pass_the_expiry(page: Any, ark: Any) -> None:
    """Goes from event to event until what is stuck has expired, after two days."""
    while "expired" not in [each["status"] for each in (await ark.control("GET", "tasks"))["items"]]:
        before = await ark.now()
        await page.click("button", "Next event")
        async with asyncio.timeout(PATIENT):
            while await ark.now() == before:
                pass
    await page.wait(f"{COUNT} >= 1".replace("STATUS", "expired"))


async def mend_a_scenario(page: Any, ark: Any) -> None:
    """Edits a scenario wrongly, sees the caret, mends it and lets it rule."""
    await page.click("button", "Scenario")
    await page.fill("textbox", EDITOR, TEXT.replace("running", "runing"))
    line, under = (await page.wait("document.querySelector('.complaint pre')?.textContent")).split("\n")
    assert line[under.index("^") : under.rindex("^") + 1] == "runing"
    assert "did you mean 'running'?" in await page.evaluate("document.querySelector('.complaint').innerText")
    await page.fill("textbox", EDITOR, TEXT)
    await page.wait("document.querySelector('.complaints').textContent.includes('No mistakes')")
    await page.click("button", "Apply")
    await page.wait(
        "[...document.querySelectorAll('.toast')].some((each) => each.textContent.includes('Scenario shown applied'))"
    )
    assert (await ark.control("GET", "scenario"))["name"] == "shown"


async def test_a_presentation_of_the_emulator_works_from_start_to_end(
    dashboard: Open, ark: Caller, receiver: Receiver
) -> None:
    page = await dashboard(ark, width=1440, height=900)
    await create(page, "a heron at dusk", receiver.url + "/hook")
    await appeared(page, "a heron at dusk")
    await page.wait(f"{NAMES}[0].startsWith('queued')")
    for status in ("running", "succeeded"):
        await page.click("button", "Next event")
        await page.wait(f"{NAMES}[0].startsWith('{status}')")
    await receiver.wait_for(3, "/hook")
    await play(page)

    await page.click("button", "Redeliver")
    assert [each.status for each in await receiver.wait_for(4, "/hook")][-1] == "succeeded"

    await create(page, "a fox in snow")
    await appeared(page, "a fox in snow")
    await page.choose("Error code to fail with", "OutputVideoSensitiveContentDetected")
    await page.click("button", "Fail")
    await page.wait(f"{COUNT} === 1".replace("STATUS", "failed"))
    await page.wait(f"{DETAIL}.includes('OutputVideoSensitiveContentDetected')")

    await lose_a_reply(page)
    await pass_the_expiry(page, ark)
    heron = "[...document.querySelectorAll('.name')].find((each) => each.textContent.includes('a heron at dusk'))"
    await page.evaluate(f"{heron}.click()")
    await page.wait(f"{DETAIL}.includes('Links expired')")
    await mend_a_scenario(page, ark)
