"""Every request of the gateways' pages, unchanged but for its host, and every response they show."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.caller import Caller

FOLDER = Path(__file__).parents[2] / "fixtures" / "golden" / "gateways"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [
    pytest.param(name, case, id=f"{name}-{case['name']}") for name, file in FILES.items() for case in file["cases"]
]
SUBMITS = [case for case in CASES if "of" not in case.values[1]]
FOLLOWING = [case for case in CASES if "of" in case.values[1]]
Call = Callable[..., Any]


@dataclass
class Request:
    """One request of a page."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes | None


def request_of(case: dict[str, Any]) -> Request:
    """Return the request of a case: its parsed curl command, or its parts."""
    if "curl" not in case:
        body = json.dumps(case["body"]).encode() if "body" in case else None
        headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
        return Request(case["method"], case["host"], case["path"], headers, body)
    words = shlex.split(case["curl"].replace("\\\n", " "))[1:]
    found = Request("GET", "", "", {}, None)
    while words:
        word = words.pop(0)
        match word:
            case "-X" | "--request":
                found.method = words.pop(0)
            case "-H" | "--header":
                name, _, value = words.pop(0).partition(": ")
                found.headers[name] = value
            case "-d" | "--data":
                found.body = words.pop(0).encode()
                found.method = "POST"
            case "-o":
                words.pop(0)
            case _:
                url = urlsplit(words.pop(0) if word == "--url" else word)
                found.host, found.path = url.netloc, url.path
    return found


async def answered(ark: Any, request: Request, path: str | None = None) -> Any:
    """Return the response to a request of a page that is sent to its own host."""
    headers = {**request.headers, "Host": request.host}
    return await ark.call(request.method, path or request.path, None, headers=headers, data=request.body)


def same_form(document: Any, shown: Any, place: str = "") -> list[str]:
    """Return how a document differs in form from the one a page shows: keys, their order, types."""
    if isinstance(shown, dict):
        if not isinstance(document, dict) or list(document) != list(shown):
            return [f"{place}: {list(document) if isinstance(document, dict) else document} is not {list(shown)}"]
        return [found for key in shown for found in same_form(document[key], shown[key], f"{place}.{key}")]
    return [] if type(document) is type(shown) else [f"{place}: {document!r} is no {type(shown).__name__}"]


@pytest.mark.parametrize(("gateway", "case"), SUBMITS)
async def test_a_submit_of_the_page_is_answered_as_the_page_shows(
    ark: Caller, gateway: str, case: dict[str, Any]
) -> None:
    answer = await answered(ark, request_of(case))
    shown = case["response"]
    assert answer.status == 200, answer.body
    assert same_form(answer.json, shown) == []
    for name in ("object", "model", "status", "progress"):
        assert answer.json.get(name) == shown.get(name)


@pytest.mark.parametrize(("gateway", "case"), SUBMITS)
async def test_a_submit_of_the_page_comes_to_a_clip_upstream(ark: Caller, gateway: str, case: dict[str, Any]) -> None:
    if case["name"] == "failed call":
        return
    await answered(ark, request_of(case))
    await ark.advance(10)
    listed = (await ark.call("GET", "/api/v3/contents/generations/tasks")).json
    assert [item["status"] for item in listed["items"]] == ["succeeded"]
    assert listed["items"][0]["id"].startswith("cgt-")


@pytest.mark.parametrize(("gateway", "case"), FOLLOWING)
async def test_what_follows_a_submit_is_answered_as_the_page_shows(
    ark: Caller, gateway: str, case: dict[str, Any]
) -> None:
    first = next(each for each in FILES[gateway]["cases"] if each["name"] == case["of"])
    task = (await answered(ark, request_of(first))).json["id"]
    await ark.advance(10)
    request = request_of(case)
    path = "/".join(task if part.startswith("task_") else part for part in request.path.split("/"))
    answer = await answered(ark, request, path)
    assert answer.status == 200, answer.body
    if "content_type" in case:
        assert answer.headers["Content-Type"] == case["content_type"]
        assert answer.body[4:8] == b"ftyp"
        return
    for name, shown in case.get("part", {}).items():
        assert type(answer.json[name]) is type(shown)
    assert "part" in case or same_form(answer.json, case["response"]) == []
    assert answer.json.get("status", "SUCCESS") == "SUCCESS"


async def test_easyrouters_example_is_reproduced_field_by_field(ark: Caller) -> None:
    """Compare all but ids, times, links and the quota, which the example still shows as it was held."""
    first, poll = (next(c for c in FILES["easyrouter"]["cases"] if c["name"] == n) for n in ("text to video", "poll"))
    asked = request_of(first)
    task = (await answered(ark, asked)).json["id"]
    polled = {"headers": {"Authorization": asked.headers["Authorization"]}}
    held = (await ark.call("GET", f"/v1/video/generations/{task}", None, **polled)).json["data"]["quota"]
    await ark.advance(10)
    document = (await ark.call("GET", f"/v1/video/generations/{task}", None, **polled)).json
    shown = poll["response"]
    differing = {"id", "task_id", "quota", "result_url", "video_url"}
    times = {name for name in (*shown["data"], *shown["data"]["data"]) if name.endswith(("_time", "_at"))}

    def steady(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: steady(each) for key, each in value.items() if key not in differing | times}
        return value

    assert steady(document) == steady(shown)
    assert held == shown["data"]["quota"] == 818125
    assert document["data"]["quota"] == 356375


async def test_tokenbays_page_says_where_the_result_is(ark: Caller) -> None:
    request = request_of(FILES["tokenbay"]["cases"][0])
    task = (await answered(ark, request)).json["task_id"]
    early = (await ark.call("GET", f"/v1/videos/{task}")).json
    assert (early["status"], "result_url" in early, "fail_reason" in early) == ("QUEUED", False, False)
    await ark.advance(10)
    document = (await ark.call("GET", f"/v1/videos/{task}")).json
    assert document["result_url"] == f"/v1/videos/{task}/content"
    assert (await ark.call("GET", document["result_url"])).body[4:8] == b"ftyp"
