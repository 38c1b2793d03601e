"""Submits that were sent to a stock new-api in front of Ark's routes, and their recorded results."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.dialects import DIALECTS

from tests.support.caller import Caller

FILE = json.loads((Path(__file__).parents[2] / "fixtures" / "golden" / "newapi" / "submits.json").read_text("utf-8"))
CASES = [pytest.param(case, id=case["name"]) for case in FILE["cases"]]


@pytest.mark.parametrize("path", ["/v1/videos", "/newapi/v1/video/generations"])
@pytest.mark.parametrize("case", CASES)
async def test_a_submit_is_answered_as_it_was(ark: Caller, case: dict[str, Any], path: str) -> None:
    answer = await ark.call("POST", path, data=case["body"].encode(), headers={"Content-Type": case["content_type"]})
    assert answer.status == case["status"], answer.body
    for name, value in case.get("headers", {}).items():
        assert json.loads(answer.headers[name]) == value
    if "answer" in case:
        rid = answer.headers["X-Oneapi-Request-Id"]
        assert json.dumps(answer.json) == json.dumps(case["answer"]).replace("{rid}", rid)
        return
    inside = (await ark.control("GET", f"tasks/{answer.json['id']}"))["submission"]
    sent = {name: value for name, value in inside.items() if name not in ("model", "content", "origin")}
    assert sent == case["asked"]
    assert inside["content"] == [{"type": "text", "value": "a cat", "role": None}]


def test_every_case_names_its_source() -> None:
    assert all(case["source"].startswith("recorded: ") for case in FILE["cases"])
    assert len({case["name"] for case in FILE["cases"]}) == len(FILE["cases"])
    assert asdict(DIALECTS["newapi"].traits)["profile"] == "stock"  # type: ignore[attr-defined]
