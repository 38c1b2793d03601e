"""Every pane and drawer, in both themes: axe-core finds nothing serious in it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

VENDOR = Path(__file__).with_name("vendor")
AXE = VENDOR / "axe.min.js"
DRAWERS = ("create", "inject", "scenario", "demo", "reset", "world", "help")
LEFT = ("report", "ledger", "journal")
RUN = "axe.run(document, HOW).then((found) => JSON.stringify(found.violations))"
HOW = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}
"""Every rule once; of the other theme those of colours, as nothing else is different there."""
GRAVE = frozenset({"serious", "critical"})
THEMES = tuple(HOW)
OPEN = "import(new URL('static/state/actions.js', location.href)).then((actions) => actions.openDrawer(NAME))"
LEFT_PANE = "document.getElementById('tab-' + NAME).click()"
LEFT_SHOWN = (
    "document.querySelector('.tab-panel[aria-labelledby=\"' + NAME + '\"]')?.textContent.length > 20"
    " && document.getElementById(NAME).getAttribute('aria-selected') === 'true'"
)
TASK = "document.querySelector('.names .name, tbody tr')"


def test_the_vendored_file_is_the_one_of_the_list() -> None:
    digest = hashlib.sha256(AXE.read_bytes()).hexdigest()
    assert f"`{digest}`" in (VENDOR / "VENDOR.md").read_text("utf-8")


async def graves(page: Any, what: Any, theme: Any = "light") -> Any:
    """What axe-core finds, in a line each."""
    found = json.loads(await page.evaluate(RUN, HOW=HOW[theme]))
    return [
        f"{what}: {each['impact']} {each['id']} {node['target']}: {node['failureSummary'].splitlines()[-1].strip()}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:4]
    ]


@pytest.fixture
async def busy(ark: Caller, receiver: Receiver) -> Any:
    """A world in which something of every kind has happened."""
    await ark.control("POST", "demo", {"count": 25, "seconds": 60, "seed": 3})
    await ark.control("POST", "faults", {"on": "fetch", "first": 2, "status": 503})
    task = await ark.create("a cat", callback_url=receiver.url + "/hook", return_last_frame=True)
    await ark.call("GET", f"{ark.tasks}/{task}")
    await ark.advance(20)
    await ark.call("GET", f"{ark.tasks}/{task}")
    await ark.call("GET", f"{ark.tasks}/{task}")
    await ark.try_create("a cat", duration=99)
    return task


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_in_any_pane_or_drawer(
    dashboard: Open, ark: Caller, busy: Any, theme: Any
) -> None:
    page = await dashboard(ark, f"#{busy}", color_scheme=theme, reduced_motion="reduce", width=1440, height=900)
    await page.evaluate(AXE.read_text("utf-8"))
    await page.wait(TASK)
    await page.wait("document.querySelector('.facts dd')")
    found = await graves(page, "timeline", theme)
    for name in LEFT:
        await page.evaluate(LEFT_PANE, NAME=name)
        await page.wait(LEFT_SHOWN, NAME=f"tab-{name}")
        found += await graves(page, name, theme)
    tabs = "[...document.querySelectorAll('.pane-detail [role=tab]')]"
    for place in range(await page.evaluate(f"{tabs}.length")):
        await page.evaluate(f"{tabs}[{place}].click()")
        await page.wait(f"{tabs}[{place}].getAttribute('aria-selected') === 'true'")
        found += await graves(page, f"detail {place}", theme)
    await page.click("button", "Table")
    await page.wait("document.querySelector('tbody tr')")
    found += await graves(page, "table", theme)
    for name in DRAWERS:
        await page.evaluate(OPEN, NAME=name)
        await page.wait("document.querySelector('dialog[open] :is(button.is-primary, button.is-danger, dl)')")
        found += await graves(page, name, theme)
        await page.evaluate("document.querySelector('dialog').close()")
        await page.wait("!document.querySelector('dialog')")
    assert found == []


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_where_something_is_wrong(dashboard: Open, ark: Caller, theme: Any) -> None:
    page = await dashboard(ark, color_scheme=theme, reduced_motion="reduce", width=1440, height=900)
    await page.evaluate(AXE.read_text("utf-8"))
    found = await graves(page, "an empty world", theme)
    await page.evaluate(OPEN, NAME="create")
    await page.click("radio", "References")
    await page.click("button", "emu:real-person")
    await page.click("button", "Create task")
    await page.wait("document.querySelector('.refusal')")
    page.complaints.clear()
    found += await graves(page, "a refusal", theme)
    await page.evaluate("document.querySelector('dialog').close()")
    await page.wait("!document.querySelector('dialog')")
    await page.evaluate(OPEN, NAME="scenario")
    await page.fill("textbox", "Scenario in YAML", "version: 1\nfaults:\n  - {on: creat, status: 503}\n")
    await page.wait("document.querySelector('.complaint')")
    found += await graves(page, "a mistake", theme)
    assert found == []


async def test_axe_finds_nothing_serious_at_the_gate(browser: Any, serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    page = await browser.open(f"{ark.url}/_emulator/")
    await page.wait("document.querySelector('.gate')")
    await page.evaluate(AXE.read_text("utf-8"))
    assert await graves(page, "the gate") == []
