"""The dashboard in a real browser: what happens in the emulator is seen there, and it can be steered from there."""

from typing import Any

from tests.browser.conftest import Open
from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

NAMES = "[...document.querySelectorAll('.names .name')].map((each) => each.innerText.replace(/\\s+/g, ' '))"
SELECTED = "document.querySelector('.name.is-selected')?.dataset.task"


async def test_a_task_is_seen_as_it_is_created_and_as_it_moves(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    assert await page.evaluate("document.querySelector('.empty h2').textContent") == "No tasks yet"
    task = await ark.create("a heron at dusk")
    await page.wait(f"{NAMES}.length === 1 && {NAMES}[0].includes('a heron at dusk')")
    assert (await page.evaluate(NAMES))[0].startswith("queued")
    assert await page.evaluate("document.querySelectorAll('.lane .bar').length") == 2
    assert await page.evaluate("document.querySelectorAll('.lane .end.is-succeeded').length") == 1, "what is planned"
    await ark.poll(task)
    await page.wait("document.querySelector('.lane .ticks')")
    await ark.advance(10)
    await page.wait(f"{NAMES}[0].startsWith('succeeded')")
    await page.wait("document.querySelector('.count.is-succeeded b').textContent === '1'")
    await page.wait("document.querySelector('[role=status].unseen').textContent.endsWith('succeeded')")


async def test_the_clock_is_moved_by_its_buttons_and_says_how_it_runs(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    began = await ark.now()
    assert await page.evaluate("document.querySelector('.mode').textContent") == "FROZEN"
    await page.click("button", "+10 s")
    await page.wait("document.querySelector('.toast').textContent.includes('10 s later')")
    assert await ark.now() == began + 10
    shown = "new Date(NOW * 1000).toLocaleTimeString('en-GB') === document.querySelector('.figures').textContent"
    await page.wait(shown, NOW=began + 10)
    await ark.create("a cat")
    await page.wait(f"{NAMES}.length === 1")
    await page.click("button", "Next event")
    await page.wait(f"{NAMES}[0].startsWith('running')")
    await page.choose("Speed", "60")
    await page.wait("document.querySelector('.mode').textContent === 'LIVE ×60'")
    await page.click("button", "Pause the clock")
    await page.wait("document.querySelector('.mode').textContent === 'FROZEN'")


async def test_keys_select_tasks_filter_them_and_move_time(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    first, second = await ark.create("a cat"), await ark.create("a dog")
    await page.wait(f"{NAMES}.length === 2")
    await page.press("j")
    await page.wait(f"{SELECTED} === SECOND", SECOND=second)
    await page.press("j")
    await page.wait(f"{SELECTED} === FIRST && document.activeElement.dataset.task === FIRST", FIRST=first)
    await page.press("k")
    await page.wait(f"{SELECTED} === SECOND", SECOND=second)
    await page.press("n")
    await page.wait(f"{NAMES}.every((name) => name.startsWith('running'))")
    await page.press("/")
    await page.wait("document.activeElement.id === 'filter'")
    await page.fill("searchbox", "Filter tasks", "dog")
    await page.wait(f"{NAMES}.length === 1")
    await page.press("Escape")
    await page.wait(f"{NAMES}.length === 2")
    await page.press("?")
    await page.the("dialog", "Keyboard and help")
    await page.press("Escape")
    await page.wait("!document.querySelector('dialog')")


async def test_what_lies_far_back_is_brought_into_sight(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await ark.create("an old one")
    await ark.advance(3 * 3600)
    await ark.create("a new one")
    await page.wait(f"{NAMES}.length === 2")
    seen = """[...document.querySelectorAll('.lane')].map((lane) => {
        const box = lane.querySelector('.bar.is-running').getBoundingClientRect();
        const stage = document.querySelector('.tracks').getBoundingClientRect();
        return box.right > stage.left && box.left < stage.right;
    })"""
    assert await page.evaluate(seen) == [True, False]
    await page.click("button", "an old one")
    await page.wait(f"JSON.stringify({seen}) === '[false,true]'")
    await page.click("button", "Back to now")
    await page.wait(f"JSON.stringify({seen}) === '[true,false]'")
    await page.press("f")
    await page.wait(f"JSON.stringify({seen}) === '[true,true]'")


async def test_scrolling_down_to_older_tasks_moves_the_timeline_back(dashboard: Open, ark: Caller) -> None:
    for number in range(60):
        await ark.create(f"number {number}")
        await ark.advance(20)
    page = await dashboard(ark)
    await page.wait(f"{NAMES}.length === 60")
    await page.evaluate("document.querySelector('.timeline-scroll').scrollTo(0, 1e6)")
    await page.the("button", "Back to now")
    await page.evaluate("document.querySelector('.timeline-scroll').scrollTo(0, 0)")
    await page.wait("!document.querySelector('.axis .back')")


async def test_the_table_has_the_text_for_what_the_timeline_draws(
    dashboard: Open, ark: Caller, receiver: Receiver
) -> None:
    page = await dashboard(ark)
    task = await ark.create("a cat", callback_url=receiver.url + "/hook")
    await ark.poll(task)
    await ark.control("POST", "faults", {"on": "fetch", "first": 1, "status": 503})
    assert (await ark.call("GET", f"{ark.tasks}/{task}")).status == 503
    await ark.advance(10)
    await page.click("button", "Table")
    told = "document.querySelector('tbody tr')?.innerText ?? ''"
    await page.wait(f"/^\\s*succeeded/.test({told}) && ({told}).includes('delivered, delivered, delivered')")
    heads = await page.evaluate("[...document.querySelectorAll('thead th')].map((each) => each.textContent)")
    cells = await page.evaluate("[...document.querySelector('tbody tr').cells].map((each) => each.innerText.trim())")
    row = dict(zip(heads, cells, strict=True))
    assert (row["Status"], row["Task"], row["Dialect"], row["Prompt"]) == ("succeeded", task, "ark", "a cat")
    assert (row["Took"], row["Polls"], row["Faults"]) == ("5 s", "2", "1")
    assert row["Callbacks"] == "delivered, delivered, delivered"


async def test_another_world_is_shown_when_it_is_chosen(dashboard: Open, ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other", "clock": "frozen"})
    await ark.create("in the other one", key="sk-other")
    page = await dashboard(ark)
    assert await page.evaluate(f"{NAMES}.length") == 0
    await page.choose("World", "sk-other")
    await page.wait(f"{NAMES}.length === 1 && {NAMES}[0].includes('in the other one')")
    assert "world=sk-other" in await page.evaluate("location.search")
    again = await dashboard(ark, "?world=sk-other")
    await again.wait(f"{NAMES}.length === 1")


async def test_the_page_comes_back_by_itself_when_the_server_does(browser: Any, serve: Serve) -> None:
    first = await serve()
    await first.create("of the first server")
    page = await browser.open(f"{first.url}/_emulator/")
    await page.wait(f"{NAMES}.length === 1 && document.querySelector('.phase').textContent === 'Live'")
    await first.running.stop()
    await page.wait("document.querySelector('.phase').textContent === 'Reconnecting'")
    second = await serve(port=int(first.url.rpartition(":")[2]))
    await second.create("of the second server")
    await page.wait(f"{NAMES}.length === 1 && {NAMES}[0].includes('of the second server')")
    await page.wait("document.querySelector('.phase').textContent === 'Live'")
    await second.create("and another one")
    await page.wait(f"{NAMES}.length === 2")


async def test_with_a_control_token_the_page_asks_for_it(browser: Any, serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    await ark.create("a cat")
    page = await browser.open(f"{ark.url}/_emulator/")
    await page.fill("textbox", "Control token", "wrong")
    await page.press("Enter")
    await page.wait("document.querySelector('.gate [role=alert]')")
    await page.fill("textbox", "Control token", "let-me-in")
    await page.press("Enter")
    await page.wait(f"{NAMES}.length === 1")
    await page.wait("document.querySelector('.phase')?.textContent === 'Live'")
    assert all("401" in complaint for complaint in page.complaints), "nothing but what was refused"
