"""Nothing lies over what is needed, and what has no room gives way where it says least."""

from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.support.caller import Caller

ACTIONS = "import(new URL('static/state/actions.js', location.href))"
TELL = f"{ACTIONS}.then((all) => {{ all.toast(WHAT); all.toast(WHAT, 'error'); }})"
BENEATH = """[...document.querySelectorAll('.toast')].filter((each) => each.offsetWidth).flatMap((each) => {
  const { left, top, width, height } = each.getBoundingClientRect();
  return [...Array(41).keys()].flatMap((step) => [0.1, 0.5, 0.9].flatMap((part) =>
    document.elementsFromPoint(left + width * step / 40, top + height * part)
      .map((found) => found.closest('button, input, select, a'))));
}).filter(Boolean).map((found) => found.outerHTML)"""
WIDE, NARROW = (1280, 800), (600, 800)
EASY = {"model": "dreamina-seedance-2-0", "prompt": "a hare", "metadata": {"resolution": "480p", "ratio": "1:1"}}
ROWS = "[...document.querySelectorAll('.pane-left [role=option] .path')]"
IN_SIGHT = """ROWS.map((path) => {
  const [head, tail] = path.children;
  const all = tail.getBoundingClientRect().right <= path.getBoundingClientRect().right + 1;
  return `${head.textContent}|${all ? tail.textContent : 'cut'}`;
})""".replace("ROWS", ROWS)
LABELS = """[...document.querySelectorAll('.bar-filters select')].filter((each) => {
  const pen = document.createElement('canvas').getContext('2d');
  const { font, paddingLeft, width } = getComputedStyle(each);
  pen.font = font;
  return pen.measureText(each.selectedOptions[0].textContent).width + parseFloat(paddingLeft) > parseFloat(width) - 22;
}).map((each) => each.ariaLabel)"""


async def told(page: Any) -> None:
    """The page with a message of either kind, of the length that they have."""
    await page.evaluate(TELL, WHAT="Created cgt-20260921123456-abcde")
    await page.wait("document.querySelectorAll('.toast').length >= 2")


@pytest.mark.parametrize(("width", "height"), [WIDE, NARROW])
async def test_a_message_covers_no_button_of_the_task(dashboard: Open, ark: Caller, width: Any, height: Any) -> None:
    task = await ark.create("a fox in snow")
    page = await dashboard(ark, f"#{task}", width=width, height=height)
    await page.wait("document.querySelector('.facts dd')")
    await told(page)
    for place in (".header", ".counters", ".pane-left", ".detail-head", ".header-actions", ".pane-callbacks"):
        await page.evaluate("document.querySelector(PLACE).scrollIntoView({ block: 'end' })", PLACE=place)
        assert await page.evaluate(BENEATH) == [], place


@pytest.mark.parametrize(("width", "height"), [WIDE, NARROW])
async def test_a_message_covers_no_button_of_a_drawer(dashboard: Open, ark: Caller, width: Any, height: Any) -> None:
    page = await dashboard(ark, width=width, height=height)
    for button, ready in (("Scenario", "Apply"), ("Create", "Create task"), ("Inject", "Inject")):
        await page.evaluate(f"{ACTIONS}.then((all) => all.openDrawer(NAME))", NAME=button.lower())
        await page.the("button", ready)
        await told(page)
        assert await page.evaluate(BENEATH) == [], button
        await page.press("Escape")
        await page.wait("!document.querySelector('dialog')")


async def test_a_message_goes_soon_and_one_of_an_error_later(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    waits = await page.evaluate(f"""{ACTIONS}.then((all) => {{
      const real = window.setTimeout;
      const waits = [];
      window.setTimeout = (then, wait) => waits.push(wait);
      all.toast('Done');
      all.toast('Not done', 'error');
      window.setTimeout = real;
      return waits;
    }})""")
    assert [wait for wait in waits if wait] == [4_000, 8_000]


@pytest.mark.parametrize("width", [1280, 1440])
async def test_the_end_of_an_id_stays_in_sight_in_a_narrow_list(dashboard: Open, ark: Caller, width: Any) -> None:
    task = await ark.create("a fox in snow")
    await ark.poll(task)
    alias = (await ark.call("POST", "/easyrouter/v1/video/generations", json=EASY)).json["task_id"]
    await ark.call("GET", f"/easyrouter/v1/video/generations/{alias}")
    await ark.call("GET", f"/easyrouter/v1/videos/{alias}/content")
    page = await dashboard(ark, width=width)
    await page.wait(f"{ROWS}.length === 5")
    assert await page.evaluate(IN_SIGHT) == [
        "…/generations|/tasks",
        f"…/tasks/{task[:-6]}|{task[-6:]}",
        "…/video|/generations",
        f"…/generations/{alias[:-6]}|{alias[-6:]}",
        f"…/{alias[:-6]}|{alias[-6:]}/content",
    ]
    assert await page.evaluate(LABELS) == []


async def test_the_count_of_a_filter_stands_beside_the_button_that_clears_it(dashboard: Open, ark: Caller) -> None:
    for _ in range(2):
        await ark.create("a fox in snow")
    page = await dashboard(ark)
    await page.fill("searchbox", "Filter tasks", "fox")
    await page.wait("document.querySelector('.filter [role=status]').textContent === '2 of 2'")
    field, count = [
        await page.evaluate("document.querySelector(ONE).getBoundingClientRect().toJSON()", ONE=one)
        for one in ("#filter", ".filter [role=status]")
    ]
    padding = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('#filter')).paddingRight)")
    assert field["right"] - padding < count["left"], "the browser draws its button left of the padding"
