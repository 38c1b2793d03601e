"""Everything recorded of the live service, replayed: same status, same keys in the same order, same texts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.runtime.media.references import MediaInspector

FOLDER = Path(__file__).parents[2] / "fixtures" / "golden"
TASKS = "/api/v3/contents/generations/tasks"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
REQUEST_ID = re.compile(r"02[0-9]{13}[0-9a-f]{38}")
IN_TASK = re.compile(r"02[0-9]{13}0{20}ffff[0-9a-f]{14}")
SOURCES = ("seed: ", "documented: ", "recorded: ", "inferred: ")


def cases(wanted_kind: str) -> list[Any]:
    """Return the cases of one kind: rendered from a `row`, refused with an `error`, shown `after` a while, or only a
    `create`.
    """
    kinds = ("row", "error", "after", "create")
    return [
        pytest.param(case, id=f"{file}-{case['name']}")
        for file, content in FILES.items()
        for case in content["cases"]
        if next(kind for kind in kinds if kind in {*case, *case["expect"]}) == wanted_kind
    ]


def filled(value: Any, **slots: str) -> Any:
    """Return a JSON value with the slots in its texts filled."""
    text = json.dumps(value)
    for name, slot in slots.items():
        text = text.replace("{" + name + "}", slot)
    return json.loads(text)


async def server(serve: Any, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Start a server with the settings and the media facts of the case."""
    seen = {int(index): MediaFacts(**facts) for index, facts in case.get("seen", {}).items()}

    async def look(*_: Any) -> dict[int, MediaFacts]:
        return seen

    if seen:
        monkeypatch.setattr(MediaInspector, "inspect_media", look)
    chosen = dict(case.get("server", {}))
    if "limits" in chosen:
        chosen["limits"] = Limits(**chosen["limits"])
    if "keys" in chosen:
        chosen["keys"] = frozenset(chosen["keys"])
    return await serve(**chosen)


async def made(ark: Any, case: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    """Return the response to the case's create request, and the values of its slots."""
    slots: dict[str, str] = {}
    if "draft" in case:
        slots["draft"] = await ark.create(**case["draft"])
        await ark.advance(10)
    answer = None
    for _ in range(case.get("repeat", 1) if "create" in case else 0):
        answer = await ark.call("POST", TASKS, case.get("key", "sk-test"), json=filled(case["create"], **slots))
        if answer.status == 200:
            slots["id"] = answer.json["id"]
    return answer, slots


@pytest.mark.parametrize("case", cases("create"))
async def test_a_request_is_accepted(serve: Any, monkeypatch: pytest.MonkeyPatch, case: dict[str, Any]) -> None:
    answer, _ = await made(await server(serve, case, monkeypatch), case)
    assert answer.status == case["expect"]["status"], answer.body
    assert list(answer.json) == case["expect"]["keys"]
    assert re.fullmatch(r"cgt-(batch-)?[0-9]{14}-[a-z0-9]{5}", answer.json["id"])


@pytest.mark.parametrize("case", cases("after"))
async def test_a_task_is_shown(serve: Any, monkeypatch: pytest.MonkeyPatch, case: dict[str, Any]) -> None:
    ark = await server(serve, case, monkeypatch)
    answer, slots = await made(ark, case)
    assert answer.status == 200, answer.body
    await ark.advance(case["after"])
    shown = await ark.call("GET", f"{TASKS}/{slots['id']}")
    assert shown.status == case["expect"]["status"]
    assert list(shown.json) == case["expect"]["keys"]
    document = shown.json
    if "error" in document:
        message = document["error"]["message"]
        document["error"]["message"] = IN_TASK.sub("{in task}", message)
    for key, value in filled(case["expect"].get("values", {}), **slots).items():
        assert document[key] == value, key


@pytest.mark.parametrize("case", cases("error"))
async def test_a_request_is_refused(serve: Any, monkeypatch: pytest.MonkeyPatch, case: dict[str, Any]) -> None:
    ark = await server(serve, case, monkeypatch)
    answer, slots = await made(ark, case)
    if "then" in case:
        await ark.advance(case.get("after", 0))
        following = filled(case["then"], **slots)
        answer = await ark.call(following["method"], following["path"], json=following.get("body"))
    compare(answer.status, answer.json, filled(case["expect"], **slots))
    assert answer.headers["X-Request-Id"] in answer.json["error"]["message"]


@pytest.mark.parametrize("case", cases("row"))
def test_a_refusal_that_no_request_causes_is_rendered(case: dict[str, Any]) -> None:
    reply = ArkDialect().error_response(Refusal(case["row"], **case.get("slots", {})), f"02{'1' * 13}{'a' * 38}")
    compare(reply.status, json.loads(reply.body), case["expect"])


def compare(status: int, document: dict[str, Any], expected: dict[str, Any]) -> None:
    """Check that the response has the expected status and error, except for the request id behind the message."""
    assert list(document) == ["error"], document
    error = document["error"]
    assert list(error) == ["code", "message", "param", "type"]
    message, spelled, request_id = re.split(r" (Request id|request id): ", error["message"])
    assert REQUEST_ID.fullmatch(request_id)
    assert spelled == ("request id" if message.startswith("the API key") else "Request id")
    assert {**error, "message": message} == expected["error"]
    assert status == expected["status"]


def test_every_case_says_where_it_comes_from_and_has_a_name_of_its_own() -> None:
    for content in FILES.values():
        assert len(content["about"]) > 20
        names = [case["name"] for case in content["cases"]]
        assert len(set(names)) == len(names)
        for case in content["cases"]:
            assert case["source"].startswith(SOURCES)


def test_the_set_has_cases_of_every_kind() -> None:
    counts = {kind: len(cases(kind)) for kind in ("create", "after", "error", "row")}
    assert counts["create"] > 20
    assert counts["after"] > 10
    assert counts["error"] > 60
    assert counts["row"] > 5
