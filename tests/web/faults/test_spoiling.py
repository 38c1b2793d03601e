"""Bodies that are spoilt: nothing at all, or what is no JSON."""

import json

import pytest

from tests.support.raw_client import Plain


async def test_an_empty_create_reply_has_the_real_status_and_the_task_exists(plain: Plain) -> None:
    await plain.fault(on="create", empty=True)
    answer = await plain.create()
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "0")
    assert (await plain.server.control("GET", "tasks"))["total"] == 1


async def test_an_empty_refusal_keeps_its_status(plain: Plain) -> None:
    await plain.fault(on="fetch", empty=True)
    answer = await plain.poll("cgt-1")
    assert (answer.status_code, answer.content) == (404, b"")


async def test_an_empty_download_announces_nothing(plain: Plain) -> None:
    link = await plain.clip()
    await plain.fault(on="download", empty=True)
    answer = await plain.http.get(link)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"", "video/mp4")


@pytest.mark.parametrize("on", ["create", "fetch", "list", "delete"])
async def test_a_malformed_body_is_complete_and_no_json(plain: Plain, on: str) -> None:
    task = await plain.server.create()
    await plain.fault(on=on, malformed=True)
    path = f"{plain.server.tasks}/{task}"
    answer = await {
        "create": plain.create,
        "fetch": lambda: plain.poll(task),
        "list": lambda: plain.ask("GET", plain.server.tasks),
        "delete": lambda: plain.ask("DELETE", path),
    }[on]()
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
