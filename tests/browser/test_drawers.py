"""The drawers of the dashboard: tasks are created, faults injected, scenarios edited and worlds made from the page."""

from typing import Any

import pytest
from ark_emulator.loading.builtin import builtin_names

from tests.browser.conftest import Open
from tests.support.caller import Caller

NAMES = "[...document.querySelectorAll('.names .name')].map((each) => each.innerText.replace(/\\s+/g, ' '))"
TOASTS = "[...document.querySelectorAll('.toast')].map((each) => each.textContent).join(' / ')"
JSON = "JSON.parse(document.querySelector('[aria-label=\"The request as JSON\"]').textContent)"
FIELD = "[...document.querySelectorAll('select')].find((each) => each.labels[0]?.textContent === NAME)"
EDITOR = "Scenario in YAML"
TYPO = "version: 1\nname: mine\nfaults:\n  - {on: creat, first: 3, status: 503}\n"
DOORS = ["ark", "easyrouter", "orcarouter", "tokenbay", "newapi", "powertokens", "kling"]


async def creating(page: Any, door: Any = "ark") -> None:
    """Opens the form, with a gateway chosen."""
    await page.click("button", "Create", exact=True)
    await page.the("button", "Create task")
    await page.choose("Gateway", door)


def forgive(page: Any, *texts: Any) -> None:
    """Takes out what a page complained of because a test wanted it so."""
    forgiven = [each for each in page.complaints if any(text in each for text in texts)]
    assert forgiven, (texts, page.complaints)
    page.complaints[:] = [each for each in page.complaints if each not in forgiven]


async def test_a_task_is_created_from_the_form_in_every_dialect(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    for count, door in enumerate(DOORS, 1):
        await creating(page, door)
        await page.fill("textbox", "Prompt", f"by way of {door}")
        await page.click("button", "Create task")
        await page.wait(f"{NAMES}.length === {count} && {NAMES}[0].includes('by way of {door}')")
        await page.wait("!document.querySelector('dialog')")
        await page.wait(
            "document.querySelector('.name.is-selected').textContent.includes(DOOR)", DOOR=f"by way of {door}"
        )
    shown = (await ark.control("GET", "tasks"))["items"]
    dialects = {each["dialect"] for each in shown}
    assert dialects == set(DOORS)


@pytest.mark.parametrize(
    ("mode", "roles"),
    [
        ("First frame", ["first_frame"]),
        ("First and last frame", ["first_frame", "last_frame"]),
        ("References", ["reference_image", "reference_video", "reference_audio"]),
    ],
)
async def test_each_mode_sends_its_media(dashboard: Open, ark: Caller, mode: Any, roles: Any) -> None:
    page = await dashboard(ark)
    await creating(page)
    await page.click("radio", mode, exact=True)
    if mode == "References":
        for kind in ("video", "audio"):
            await page.click("button", f"Reference {kind}")
    await page.wait(f"{JSON}.content.length === COUNT", COUNT=len(roles) + 1)
    assert [each.get("role") for each in (await page.evaluate(JSON))["content"][1:]] == roles
    await page.click("button", "Sample, inline")
    await page.wait(f"{JSON}.content[1].image_url.url.startsWith('data:image/png;base64,')")
    await page.click("button", "Create task")
    await page.wait(f"{NAMES}.length === 1")


async def test_a_draft_is_finished_from_the_form(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await creating(page)
    await page.click("checkbox", "Draft")
    await page.click("button", "Create task")
    await page.wait(f"{NAMES}.length === 1")
    (draft,) = [each["id"] for each in (await ark.control("GET", "tasks"))["items"]]
    await ark.advance(60)
    await creating(page)
    await page.click("radio", "Final of a draft")
    await page.fill("combobox", "Draft task", draft)
    await page.click("button", "Create task")
    await page.wait(f"{NAMES}.length === 2")
    shown = (await ark.control("GET", "tasks"))["items"]
    (final,) = [each["id"] for each in shown if each["id"] != draft]
    assert (await ark.poll(final))["draft_task_id"] == draft


async def test_what_a_model_cannot_do_is_not_offered(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await creating(page)
    offered = "[...document.querySelectorAll('.segments input')].map((each) => each.value)"
    assert await page.evaluate(offered) == ["t2v", "i2v", "flf2v", "r2v", "draft"]
    await page.choose("Model", "doubao-seedance-1-0-pro-fast-251015")
    await page.wait(f"{offered}.join() === 't2v,i2v,flf2v' || {offered}.join() === 't2v,i2v'")
    assert await page.find("combobox", "Sound") == []
    assert await page.find("combobox", "Service tier") != []
    assert await page.evaluate(f"{FIELD}.lastElementChild.value", NAME="Duration") == "12"


async def test_an_error_of_the_server_is_shown_in_the_form(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await creating(page)
    await page.click("button", "emu:moderation-input")
    await page.click("button", "Create task")
    told = await page.wait("document.querySelector('.refusal')?.innerText")
    assert "400" in told
    assert "InputTextSensitiveContentDetected" in told
    assert "may contain sensitive information" in told
    await page.click("button", "emu:moderation-input")
    await page.wait("!document.querySelector('.refusal')")
    forgive(page, "400")
    await page.click("button", "Edit by hand")
    await page.fill(
        "textbox",
        "The request as JSON, edited by hand",
        '{"model": "doubao-seedance-2-5-260628", "content": [{"type": "text", "text": "a cat"}], "ratio": "7:5"}',
    )
    await page.click("button", "Create task")
    told = await page.wait("document.querySelector('.refusal')?.innerText")
    answer = await ark.try_create(model="doubao-seedance-2-5-260628", ratio="7:5")
    error = answer.json["error"]
    assert error["code"] in told
    assert error["param"] in told
    assert error["message"].split(" Request id")[0] in told
    assert await page.evaluate(f"{FIELD}.getAttribute('aria-invalid')", NAME="Ratio") == "true"
    bound = f"{FIELD}.getAttribute('aria-describedby').split(' ')"
    described = f"{bound}.map((id) => document.getElementById(id).textContent).join()"
    assert error["code"] in await page.evaluate(described, NAME="Ratio")
    await page.click("button", "Back to the form")
    await page.evaluate("document.querySelector('.more summary').click()")
    await page.fill("textbox", "Seed", "many")
    await page.evaluate("document.querySelector('.more summary').click()")
    await page.click("button", "Create task")
    await page.wait("document.querySelector('.more').open && document.querySelector('.more .wrong')")
    forgive(page, "400")


async def test_the_line_of_shell_does_what_the_form_does(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await creating(page, "tokenbay")
    await page.fill("textbox", "Prompt", "it's a cat")
    await page.click("tab", "curl")
    line = await page.wait("document.querySelector('[aria-label=\"The request as curl\"]')?.textContent")
    assert f"curl '{ark.url}/tokenbay/v1/video/generations'" in line
    assert "'Authorization: Bearer sk-dashboard'" in line
    assert "it'\\''s a cat" in line


async def test_an_injected_lost_reply_loses_the_next_reply(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.click("button", "Inject", exact=True)
    await page.click("button", "Lost reply to a create")
    await page.wait("document.querySelector('.verdict')?.textContent.includes('The server accepts this')")
    shown = await page.evaluate("document.querySelector('[aria-label=\"The same in a scenario\"]').textContent")
    assert shown == "faults:\n  - {on: create, first: 3, after_commit: reset}\n"
    await page.fill("spinbutton", "How many", "2")
    await page.wait("document.querySelector('.warning')?.textContent.includes('Official SDKs repeat')")
    await page.click("button", "Make it 3")
    await page.wait("!document.querySelector('.warning')")
    await page.click("radio", "Until removed")
    nodes = await page.find("button", "Inject", exact=True)
    await page.call("DOM.focus", backendNodeId=nodes[-1])
    await page.press("Enter")
    await page.wait("document.querySelectorAll('.in-force li').length === 1")
    await page.press("Escape")
    await creating(page)
    await page.click("button", "Create task")
    told = await page.wait("document.querySelector('.refusal')?.innerText")
    assert "No response" in told
    assert "The task may exist" in told
    forgive(page, "net::ERR")
    made = (await ark.control("GET", "tasks"))["total"]
    assert made >= 1, "a browser by itself repeats a request whose connection was reset: there may be several"
    await page.wait(f"{NAMES}.length === {made}")
    await page.press("Escape")
    await page.click("button", "Inject")
    await page.click("button", "Remove all")
    await page.press("Escape")
    await creating(page)
    await page.click("button", "Create task")
    await page.wait(f"{NAMES}.length === {made + 1}")


async def test_faults_are_taken_back_one_by_one_and_all_at_once(dashboard: Open, ark: Caller) -> None:
    for first in (3, 4, 5):
        await ark.control("POST", "faults", {"on": "fetch", "first": first, "status": 503})
    page = await dashboard(ark)
    await page.click("button", "Inject")
    await page.wait("document.querySelectorAll('.in-force li').length === 3")
    await page.click("button", "Remove added-2")
    await page.wait("document.querySelectorAll('.in-force li').length === 2")
    assert [each["id"] for each in (await ark.control("GET", "faults"))["items"]] == ["added-1", "added-3"]
    await page.click("button", "Remove all")
    await page.wait("document.querySelectorAll('.in-force li').length === 0")
    assert (await ark.control("GET", "faults"))["total"] == 0


async def test_every_effect_can_be_injected_and_every_rule_shown_is_taken(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    catalogue = await ark.control("GET", "catalogue")
    await page.click("button", "Inject")
    await page.the("radio", "Create")
    text = "document.querySelector('[aria-label=\"The same in a scenario\"]').textContent"
    seen = set()
    for on in catalogue["codes"].keys() - {"task"} | {"callback"}:
        await page.evaluate("document.querySelector(`.segments input[value=ON]`).click()".replace("ON", on))
        await page.wait(f"{text}.includes('on: {on}')")
        count = await page.evaluate("document.querySelectorAll('.effect input').length")
        assert count == len([each for each in catalogue["effects"] if on in each["on"]])
        for place in range(count):
            await page.evaluate(f"document.querySelectorAll('.effect input')[{place}].click()")
            await page.wait(f"document.querySelectorAll('.effect input')[{place}].checked")
            rule = await page.evaluate(text)
            seen.add(rule)
    assert len(seen) >= len(catalogue["effects"])
    for rule in seen:
        answer = await ark.call("POST", "/_emulator/scenario/check", None, data=rule.encode())
        assert answer.json["ok"], (rule, answer.json["full"])


async def test_an_injected_failure_affects_the_next_task_only(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.click("button", "Inject")
    await page.click("tab", "Task")
    await page.choose("Fails with", "InternalServiceError")
    await page.click("button", "Add the rule")
    await page.the("button", "Remove the rule")
    assert (await ark.finished())["error"]["code"] == "InternalServiceError"
    assert (await ark.finished())["status"] == "succeeded"
    await page.click("button", "Remove the rule")
    await page.wait("![...document.querySelectorAll('button')].some((each) => each.textContent === 'Remove the rule')")
    assert (await ark.control("GET", "scenario"))["outcomes"] == []


async def test_the_selected_task_is_ended_from_the_drawer(dashboard: Open, ark: Caller) -> None:
    task = await ark.create()
    page = await dashboard(ark)
    await page.press("j")
    await page.press("i")
    await page.click("tab", "Task")
    await page.click("button", "Expire now")
    await page.wait("document.querySelector('.count.is-expired b').textContent === '1'")
    assert await ark.status(task) == "expired"


async def test_a_slip_in_a_scenario_is_shown_with_a_caret_and_once_mended_it_rules(
    dashboard: Open, ark: Caller
) -> None:
    page = await dashboard(ark)
    await page.press("s")
    await page.fill("textbox", EDITOR, TYPO)
    told = await page.wait("document.querySelector('.complaint')?.innerText")
    assert "'creat' is not one of create" in told
    assert "did you mean 'create'?" in told
    line, under = (await page.evaluate("document.querySelector('.complaint pre').textContent")).split("\n")
    assert line[under.index("^") : under.rindex("^") + 1] == "creat"
    assert await page.evaluate("document.querySelector('.yaml-wrong').textContent") == "creat"
    assert await page.evaluate("document.querySelector('.sheet .is-primary').disabled")
    await page.click("button", "1 mistake")
    await page.wait("document.activeElement.tagName === 'TEXTAREA'")
    await page.call("Input.insertText", text="create")
    await page.wait("document.querySelector('.complaints').textContent.includes('No mistakes')")
    await page.click("button", "Apply")
    await page.wait(f"{TOASTS}.includes('Scenario mine applied')")
    assert (await ark.control("GET", "scenario?text=1"))["text"] == TYPO.replace("creat,", "create,")
    await page.press("Escape")
    await page.press("Escape")
    await page.the("button", "Scenario mine")
    assert (await ark.try_create()).status == 503


async def test_an_incident_is_found_read_and_started(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.press("s")
    await page.wait(
        f"document.querySelector('.scenarios input').placeholder === 'Search {len(builtin_names())} incidents'"
    )
    await page.fill("searchbox", "Search scenarios", "bifrost#7004")
    await page.wait("document.querySelectorAll('.scenario-item').length > 0")
    assert "lost-reply-told" in await page.evaluate("document.querySelector('.scenarios-list').textContent")
    await page.fill("searchbox", "Search scenarios", "responses are lost")
    await page.wait("document.querySelectorAll('.scenario-item').length === 1")
    await page.click("button", "lost-reply")
    await page.wait("document.querySelector('.scenario-about')?.textContent.includes('A good client')")
    await page.click("button", "Apply")
    await page.wait(f"{TOASTS}.includes('Scenario lost-reply applied')")
    assert (await ark.control("GET", "scenario"))["name"] == "lost-reply"


async def test_keys_indent_in_the_editor_and_leave_it(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.press("s")
    await page.fill("textbox", EDITOR, "version: 1\nclock:")
    await page.press("Enter")
    await page.press("Tab")
    value = "document.querySelector('.editor-text').value"
    assert await page.evaluate(value) == "version: 1\nclock:\n    "
    await page.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", windowsVirtualKeyCode=9, modifiers=8)
    assert await page.evaluate(value) == "version: 1\nclock:\n  "
    await page.press("Escape")
    await page.press("Tab")
    assert await page.evaluate("document.activeElement.tagName") != "TEXTAREA"
    assert await page.evaluate("document.querySelector('dialog').open"), "the first Escape lets go of the text alone"
    await page.click("button", "Revert")
    await page.press("Escape")
    await page.wait("!document.querySelector('dialog')")


async def test_demo_traffic_fills_a_world_and_a_reset_empties_it(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.click("button", "Demo")
    await page.fill("spinbutton", "Tasks", "501")
    await page.wait("document.querySelector('.wrong')?.textContent.includes('from 1 to 500')")
    await page.click("button", "A few")
    await page.click("button", "Fill this world")
    await page.wait(f"{NAMES}.length >= 10")
    await page.click("button", "Reset")
    await page.click("button", "Reset this world")
    await page.wait("document.querySelector('.empty h2')?.textContent === 'No tasks yet'")
    assert (await ark.control("GET", "tasks"))["total"] == 0


async def test_a_world_is_made_visited_and_dropped(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    await page.choose("World", " manage")
    await page.fill("textbox", "API key", "sk-two")
    await page.click("radio", "Polls")
    await page.fill("textbox", "Seed", "7")
    await page.choose("Scenario", "lost-reply")
    await page.click("button", "Create the world")
    await page.wait("document.querySelector('.mode').textContent === 'POLLS'")
    worlds = {each["api_key"]: each for each in (await ark.control("GET", "worlds"))["items"]}
    assert (worlds["sk-two"]["seed"], worlds["sk-two"]["scenario"]) == (7, "lost-reply")
    await page.choose("World", " manage")
    await page.fill("textbox", "API key", "sk-two")
    await page.click("button", "Create the world")
    await page.wait("document.querySelector('.wrong')?.textContent.includes(\"a world for 'sk-two' already\")")
    forgive(page, "409")
    await page.click("button", "Delete sk-two")
    await page.wait("document.querySelector('.mode').textContent === 'FROZEN'")
    assert [each["api_key"] for each in (await ark.control("GET", "worlds"))["items"]] == ["default"]


PUT = """
import(new URL("static/panes/inject/outcome_rule.js", location.href)).then(({withRule, withoutRule}) => {
    const rule = {name: "next-tasks", when: {first: 1}, then: [{queued: "1s"}, {running: "forever"}]};
    const once = withRule(GIVEN, rule, "own");
    return {once, twice: withRule(once, rule, "own"), without: withoutRule(once)};
})
"""


async def test_a_rule_is_put_first_into_whatever_is_there_and_taken_out_again(dashboard: Open, ark: Caller) -> None:
    page = await dashboard(ark)
    for text in (
        "",
        "version: 1",
        "# a remark\nversion: 1\nname: x\noutcomes:\n  - refuse: ModelNotOpen\n",
        "name: x\noutcomes: [{when: {nth: 2}, then: [queued, running, expired]}]\n",
        "version: 1\nname: x\noutcomes: # why\n# because\n- then: [queued, running, expired]\nfaults: []\n",
        "version: 1\nfaults:\n- {on: create, nth: 1, status: 503}\n",
    ):
        put = await page.evaluate(PUT, GIVEN=text)
        answer = (await ark.call("POST", "/_emulator/scenario/check", None, data=put["once"].encode())).json
        assert answer["ok"], answer["full"]
        assert answer["scenario"]["outcomes"][0]["name"] == "next-tasks"
        assert answer["scenario"]["name"] == ("x" if "name: x" in text else "own")
        assert put["twice"] == put["once"]
        kept = (await ark.call("POST", "/_emulator/scenario/check", None, data=put["without"].encode())).json
        before = (await ark.call("POST", "/_emulator/scenario/check", None, data=(text or "version: 1").encode())).json
        ours = ("outcomes", "faults")
        shown = [[len(each["scenario"][name]) for name in ours] for each in (kept, before)]
        assert shown[0] == shown[1]


async def test_an_answer_that_does_not_come_need_not_be_waited_for(dashboard: Open, ark: Caller) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 1, "hang": True})
    page = await dashboard(ark)
    await creating(page)
    await page.click("button", "Create task")
    await page.click("button", "Stop waiting")
    told = await page.wait("document.querySelector('.refusal')?.innerText")
    assert "You stopped waiting for the response" in told
    await page.click("button", "Create task")
    await page.wait(f"{NAMES}.length === 1")


async def test_an_answer_that_is_no_task_is_shown_as_it_came(dashboard: Open, ark: Caller) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 1, "html": True})
    page = await dashboard(ark)
    await creating(page)
    await page.click("button", "Create task")
    told = await page.wait("document.querySelector('.refusal')?.innerText")
    assert "200" in told
    assert "not JSON" in told
    assert "<html" in await page.evaluate("document.querySelector('.refusal pre').textContent")
