"""The access log: a line per exchange, with its fault and the notes of a lenient server."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ark_emulator.core.request.rules import Strictness
from ark_emulator.web.http.access_log import AccessLog

from tests.support.caller import Serve


class Stream:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def exchange(path: str = "/api/v3/contents/generations/tasks", **more: Any) -> SimpleNamespace:
    request = SimpleNamespace(method="POST", path=path)
    world = SimpleNamespace(now=1_790_000_000.0)
    usual = {"request": request, "parts": {}, "world": world, "task": None, "notes": (), "fault": None}
    return SimpleNamespace(**{**usual, **more})


def logged(form: str, *exchanges: SimpleNamespace) -> str:
    stream = Stream()
    log = AccessLog(form, stream)
    for each in exchanges:
        log.line(each, 200, 0.0012)
    log.flush()
    return stream.text


async def test_a_line_tells_method_path_status_and_time() -> None:
    assert logged("text", exchange()) == "POST /api/v3/contents/generations/tasks 200 1.2 ms\n"


async def test_what_was_let_pass_stands_under_the_line() -> None:
    assert logged("text", exchange(notes=["ratio is bad"])).endswith("1.2 ms\n  ! let pass: ratio is bad\n")


async def test_a_fault_is_named() -> None:
    assert logged("text", exchange(fault="lost-reply")).endswith("1.2 ms fault lost-reply\n")


async def test_json_lines_leave_out_what_is_not_there() -> None:
    assert json.loads(logged("json", exchange(notes=["x"]))) == {
        "at": 1_790_000_000.0,
        "method": "POST",
        "path": "/api/v3/contents/generations/tasks",
        "status": 200,
        "ms": 1.2,
        "notes": ["x"],
    }


@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_key_of_a_world_is_never_written(form: str) -> None:
    assert "sk-secret-0123456789" not in logged(form, exchange("/w/sk-secret-0123456789/api/v3/x"))


async def test_a_path_cannot_forge_a_line_or_steer_a_terminal() -> None:
    assert logged("text", exchange("/x\x1b]0;T\x07\r\nGET /forged 200")).startswith(
        "POST /x\\x1b]0;T\\x07\\r\\nGET /forged 200 200 1.2 ms\n"
    )


async def test_a_note_or_the_name_of_a_fault_cannot_forge_a_line() -> None:
    text = logged("text", exchange(notes=["ratio is\n\x1b[31mbad"], fault="a\nb"))
    assert text.endswith(" fault a\\nb\n  ! let pass: ratio is\\n\\x1b[31mbad\n")


async def test_it_can_be_turned_off() -> None:
    assert logged("off", exchange()) == ""


async def test_a_lenient_server_notes_what_ark_would_have_refused(serve: Serve) -> None:
    ark = await serve(validation=Strictness.WARN)
    assert (await ark.try_create(ratio="7:5", draft=True)).status == 200
    (entry,) = (await ark.control("GET", "journal"))["items"]
    assert any("ratio" in note for note in entry["notes"])
    assert any("draft" in note for note in entry["notes"])


async def test_with_validation_off_nothing_is_noted(serve: Serve) -> None:
    ark = await serve(validation=Strictness.OFF)
    assert (await ark.try_create(ratio="7:5")).status == 200
    (entry,) = (await ark.control("GET", "journal"))["items"]
    assert "notes" not in entry
