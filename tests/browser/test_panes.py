"""Journal, callbacks, report card and ledger in the page: live, filtered, opened, and without a storm of questions."""

import asyncio
import time

from tests.browser.conftest import Open
from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller

WORDS = "map((each) => each.innerText.replace(/\\s+/g, ' '))"
JOURNAL = f"[...document.querySelectorAll('.pane-left [role=option]')].{WORDS}"
CALLBACKS = f"[...document.querySelectorAll('.pane-callbacks [role=option]')].{WORDS}"
LEFT = "document.querySelector('.pane-left').innerText.replace(/\\s+/g, ' ')"
RIGHT = "document.querySelector('.pane-callbacks').innerText.replace(/\\s+/g, ' ')"
LIST = "document.querySelector('.pane-left [role=listbox]')"
AT_END = f"{LIST}.scrollHeight - {LIST}.clientHeight - {LIST}.scrollTop < 6"
ASKED = "performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)"
TOTALS = "[...document.querySelectorAll('.totals tbody tr')].map((row) => [...row.cells].map((each) => each.innerText))"
EASY = {"model": "dreamina-seedance-2-0", "prompt": "a hare", "metadata": {"resolution": "480p", "ratio": "1:1"}}


async def test_the_journal_shows_what_was_before_and_what_comes_and_filters_it(dashboard: Open, ark: Caller) -> None:
    task = await ark.create("a red fox")
    await ark.poll(task)
    await ark.control("POST", "faults", {"on": "fetch", "first": 1, "status": 503})
    await ark.call("GET", f"{ark.tasks}/{task}")
    page = await dashboard(ark)
    await page.wait(f"{JOURNAL}.length === 3")
    assert "POST" in (await page.evaluate(JOURNAL))[0]
    await ark.poll(task)
    await ark.call("POST", "/easyrouter/v1/video/generations", json=EASY)
    await page.wait(f"{JOURNAL}.length === 5")
    told = await page.evaluate(JOURNAL)
    assert "fault" in told[2]
    assert told[2].endswith("503")
    assert "attempt 2/2" in told[3], "the same poll again, right after the one that failed"
    for choose, value, count in (
        (("Method", "POST"), "POST", 2),
        (("Method", ""), "", 5),
        (("Status of requests", "5xx"), "503", 1),
        (("Status of requests", ""), "", 5),
        (("Requests in dialect", "easyrouter"), "POST", 1),
        (("Requests in dialect", ""), "", 5),
    ):
        await page.choose(*choose)
        await page.wait(f"{JOURNAL}.length === {count} && {JOURNAL}.every((row) => row.includes(VALUE))", VALUE=value)
    await page.click("button", "Only faults")
    await page.wait(f"{JOURNAL}.length === 1")
    await page.click("tab", "Ledger")
    await page.click("tab", "Requests")
    await page.wait(f"{JOURNAL}.length === 1 && {JOURNAL}[0].includes('fault')")
    await page.click("button", "Only faults")
    await page.fill("searchbox", "Text in requests", "hare")
    await page.wait(f"{JOURNAL}.length === 1 && {JOURNAL}[0].includes('POST')")
    await page.fill("searchbox", "Text in requests", "nothing like it")
    await page.wait(f"{LEFT}.includes('None of 5 requests matches')")
    await page.click("button", "Show all")
    await page.wait(f"{JOURNAL}.length === 5")


async def test_an_exchange_is_opened_by_keys_and_shows_both_messages(dashboard: Open, ark: Caller) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 1, "after_commit": "malformed"})
    await ark.try_create("a lost cat")
    page = await dashboard(ark)
    await page.wait(f"{JOURNAL}.length === 1")
    await page.evaluate(f"{LIST}.focus()")
    await page.press("ArrowUp")
    await page.wait(f"{LIST}.getAttribute('aria-activedescendant') === 'requests-1'")
    await page.press("Enter")
    await page.wait(f'{LEFT}.includes(\'"text": "a lost cat"\')')
    told = await page.evaluate(LEFT)
    assert "fault: added-1" in told
    assert "Request" in told
    assert "Response" in told
    await page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    await page.click("button", "Copy as curl")
    assert "a lost cat" in await page.wait("window.copied")
    await page.click("button", "All requests")
    await page.wait(f"document.activeElement === {LIST}")


async def test_the_journal_follows_its_end_until_the_user_scrolls_up(dashboard: Open, ark: Caller) -> None:
    for _ in range(60):
        await ark.call("GET", ark.tasks)
    page = await dashboard(ark)
    await page.wait(f"{JOURNAL}.length > 5 && {AT_END}")
    rows = await page.evaluate(f"{JOURNAL}.length")
    assert rows < 50, "those out of sight are not drawn"
    await ark.try_create("the newest")
    await page.wait(f"{JOURNAL}.at(-1).includes('POST') && {AT_END}")
    pressed = "document.querySelector('[aria-label=Follow]').getAttribute('aria-pressed')"
    assert await page.evaluate(pressed) == "true"
    await page.evaluate(f"{LIST}.scrollTop = 0")
    await page.wait(f"{pressed} === 'false'")
    await ark.try_create("a newer one")
    await page.wait("document.querySelectorAll('.names .name').length === 2")
    assert await page.evaluate(f"{LIST}.scrollTop") == 0
    await page.click("button", "Follow")
    await page.wait(f"{AT_END} && {pressed} === 'true'")


async def test_callbacks_are_filtered_opened_sent_again_and_dropped(
    dashboard: Open, ark: Caller, receiver: Receiver
) -> None:
    receiver.answers["/broken"] = 500
    good = await ark.create("good", callback_url=receiver.url + "/good")
    bad = await ark.create("bad", callback_url=receiver.url + "/broken")
    await receiver.wait_for(2)
    await ark.advance(5)
    await receiver.wait_for(6)
    page = await dashboard(ark)
    await page.wait(f"{CALLBACKS}.length === 6")
    await page.wait(f"{RIGHT}.includes('pending 1')")
    await page.click("button", "failed 2")
    await page.wait(f"{CALLBACKS}.length === 2 && {CALLBACKS}.every((row) => row.startsWith('failed'))")
    await page.click("button", "failed 2")
    await page.fill("searchbox", "Text in callbacks", "/broken")
    await page.wait(f"{CALLBACKS}.length === 3")
    waiting = await page.evaluate(f"{CALLBACKS}.find((row) => row.startsWith('pending'))")
    assert "succeeded" in waiting
    assert "in 1 s" in waiting
    await page.click("option", "pending")
    await page.wait(f"{RIGHT}.includes('next attempt in 1 s') && {RIGHT}.includes('\"status\": \"succeeded\"')")
    assert "status 500" in await page.evaluate(RIGHT)
    await page.click("button", "Drop")
    await page.wait("document.querySelector('.opened-body > .about .is-failed')")
    state = (await ark.control("GET", f"callbacks?task={bad}"))["items"][-1]
    assert (state["state"], len(state["attempts"])) == ("failed", 1)
    receiver.answers["/broken"] = 200
    await page.click("button", "Redeliver")
    await receiver.wait_for(4, "/broken")
    await page.wait(f"{RIGHT}.includes('2 attempts') && document.querySelector('.opened-body > .about .is-succeeded')")
    assert receiver.told("/broken")[-1] == "succeeded"
    await page.click("button", "All callbacks")
    await page.fill("searchbox", "Text in callbacks", good[-5:])
    await page.wait(f"{CALLBACKS}.length === 3 && {CALLBACKS}.every((row) => row.startsWith('delivered'))")


async def test_callbacks_are_held_back_and_released(dashboard: Open, ark: Caller, receiver: Receiver) -> None:
    page = await dashboard(ark)
    await page.click("button", "Pause callbacks")
    await page.the("button", "Resume callbacks")
    await ark.create("a cat", callback_url=receiver.url + "/hook")
    await page.wait(f"{CALLBACKS}.some((row) => row.startsWith('pending'))")
    assert receiver.got == []
    await page.click("button", "Resume callbacks")
    await receiver.wait_for(1)
    await page.wait(f"{CALLBACKS}.some((row) => row.startsWith('delivered'))")


async def test_the_report_card_names_a_duplicate_create_and_leads_to_its_requests(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.click("tab", "Report card")
    await page.wait("document.querySelector('.grade')?.textContent === 'A'")
    await ark.control("POST", "faults", {"on": "create", "first": 1, "after_commit": "reset"})
    for _ in range(2):
        try:
            await ark.try_create("twice")
        except OSError:
            continue
    await page.wait(f"{LEFT}.includes('duplicate-create')")
    told = await page.evaluate(LEFT)
    assert "error duplicate-create" in told
    assert await page.evaluate("document.querySelector('.grade').textContent") != "A"
    await page.click("button", "#1", exact=True)
    await page.wait(f"{LEFT}.includes('no response was sent') && {LEFT}.includes('\"text\": \"twice\"')")
    assert await page.evaluate("document.getElementById('tab-journal').getAttribute('aria-selected')") == "true"


async def test_the_ledger_sums_by_key_and_shows_what_was_spent_by_then(dashboard: Open, ark: Caller) -> None:
    await ark.create("a cat", key="sk-alice")
    await ark.call("POST", "/easyrouter/v1/video/generations", "bob-key", json=EASY)
    await ark.advance(10)
    page = await dashboard(ark)
    await page.click("tab", "Ledger")
    await page.wait(f"{JOURNAL}.length === 3")
    told = await ark.control("GET", "ledger")
    rows = {row[0]: row for row in await page.evaluate(TOTALS)}
    assert set(rows) == {"all keys", "sk-a…", "bob…"}
    assert rows["all keys"][-1] == f"${told['spent']:.3f}"
    for key in ("sk-a…", "bob…"):
        spent = sum(entry["amount"] for entry in told["entries"] if entry["key"] == key)
        assert rows[key][-1] == f"${spent:.3f}"
    newest = (await page.evaluate(JOURNAL))[0]
    assert newest.endswith(f"${told['spent']:.3f}")
    await page.click("button", "bob…")
    await page.wait(f"{JOURNAL}.length === 2 && {JOURNAL}.some((row) => row.includes('hold'))")


async def test_however_much_happens_no_pane_asks_more_than_once_a_second(dashboard: Open, ark: Caller) -> None:
    task = await ark.create("a cat")
    page = await dashboard(ark)
    await page.wait("document.querySelector('.names .name')")
    for tab in ("Report card", "Ledger"):
        await page.click("tab", tab)
        await page.evaluate("document.querySelector('.names .name').click()")
        await page.wait("document.querySelector('.facts dd')")
        await page.evaluate("performance.clearResourceTimings()")
        began = time.perf_counter()
        while time.perf_counter() - began < 2.0:
            await ark.poll(task)
            await asyncio.sleep(0.02)  # real time: it is the page's own pace that is looked at
        asked = await page.evaluate(ASKED)
        allowed = time.perf_counter() - began + 2
        for path in {*asked}:
            assert asked.count(path) <= allowed * (2 if path.endswith("/journal") else 1), (path, asked)
