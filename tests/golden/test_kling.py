"""Every field of OrcaRouter's Kling page where the page allows it, the response it shows, and the resulting clip."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.caller import Caller

FILE = Path(__file__).parents[2] / "fixtures" / "golden" / "kling" / "orcarouter.json"
CASES = json.loads(FILE.read_text("utf-8"))["cases"]
HEADERS = {"Host": "api.orcarouter.ai"}
STEADY = ("object", "model", "status", "progress")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_a_request_of_the_page_is_answered_as_the_page_shows_and_comes_to_its_clip(
    ark: Caller, case: dict[str, Any]
) -> None:
    answer = await ark.call("POST", case["path"], "sk-orca-test", json=case["body"], headers=HEADERS)
    assert answer.status == 200, answer.body
    document, shown = answer.json, case["response"]
    assert list(document) == list(shown)
    assert [type(value) for value in document.values()] == [type(value) for value in shown.values()]
    assert [document[name] for name in STEADY] == [shown[name] for name in STEADY]
    assert document["id"] == document["task_id"] and len(document["id"]) == len(shown["id"])
    await ark.advance(10)
    data = (await ark.call("GET", f"/v1/video/generations/{document['id']}", "sk-orca-test", headers=HEADERS)).json[
        "data"
    ]
    assert (data["status"], data["progress"]) == ("SUCCESS", "100%")
    picture = (await ark.control("GET", f"tasks/{document['id']}"))["plan"]["picture"]
    assert [picture["width"], picture["height"], picture["frames"]] == case["clip"]
