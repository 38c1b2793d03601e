"""The path of a request: how many files a create and a poll pass through, and how often they call an earlier layer.

How it is counted: the server and its client run in this process, with the memory store and no faults. All caches are
warm. `sys.setprofile` records each call of a function of the package, from the first received byte of one request.

- A file is on the path if one of its functions gets the request in any of its forms (bytes, aiohttp's request,
  exchange, dialect request, submission, intent, plan or task) and passes it on to another file. The file that stores
  the task is the last one. Files that only read the request, as the rules do, are not on the path.
- A call returns to an earlier layer if the function belongs to an earlier one of `LAYERS` than its caller. Frames of
  libraries between the two are skipped. New bytes start a new path, so `Connection.data_received` is never counted.
- The create ends when the store has the task, the poll when its response is complete.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import ark_emulator
import pytest

from tests.support.caller import Caller

PACKAGE = f"{Path(ark_emulator.__file__).parent}/"
LAYERS = (
    "web/server",
    "web/dispatch",
    "web/routes",
    "web/emulated",
    "web/http",
    "dialects",
    "runtime",
    "core",
    "stores",
)
FORMS = {"Request", "Exchange", "DialectRequest", "CreateTask", "Submission", "Intent", "Plan", "Task"}
STORE = ("stores/memory_shelf.py", "MemoryShelf.add")
ENTRY = ("web/server/connection.py", "Connection.data_received")


@dataclass(frozen=True)
class Call:
    """A call of a function of the package, and the file and function of the package that made it."""

    callee: tuple[str, str]
    caller: tuple[str, str] | None
    has_request: bool

    @property
    def is_between_files(self) -> bool:
        return self.caller is not None and self.caller[0] != self.callee[0]

    @property
    def returns_to_earlier_layer(self) -> bool:
        return self.caller is not None and self.callee != ENTRY and layer(self.callee[0]) < layer(self.caller[0])


def layer(file: str) -> int:
    return next(number for number, name in enumerate(LAYERS) if file.startswith(name))


def place(frame: FrameType) -> tuple[str, str] | None:
    """Return file and function of a frame, None outside of the package."""
    file = frame.f_code.co_filename
    return (file.removeprefix(PACKAGE), frame.f_code.co_qualname) if file.startswith(PACKAGE) else None


def arguments(frame: FrameType) -> Iterator[Any]:
    code = frame.f_code
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        if name in frame.f_locals and name != "self":
            yield frame.f_locals[name]


def is_request(value: Any) -> bool:
    return (isinstance(value, bytes) and value != b"") or type(value).__name__ in FORMS


async def calls_of(ark: Caller, method: str, path: str, **more: Any) -> list[Call]:
    """Return the calls that one request makes, in their order."""
    calls: list[Call] = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        callee = place(frame) if event == "call" else None
        if callee is None:
            return
        back = frame.f_back
        while back is not None and place(back) is None:
            back = back.f_back
        calls.append(Call(callee, None if back is None else place(back), any(map(is_request, arguments(frame)))))

    sys.setprofile(profile)
    try:
        answer = await ark.call(method, path, **more)
    finally:
        sys.setprofile(None)
    assert answer.status == 200
    return calls


def files_on_the_path(calls: list[Call]) -> list[str]:
    found = [call.caller[0] for call in calls if call.caller is not None and call.is_between_files and call.has_request]
    return list(dict.fromkeys(found))


def returns(calls: list[Call]) -> list[str]:
    return [f"{call.caller} calls {call.callee}" for call in calls if call.returns_to_earlier_layer]


@pytest.fixture
async def task_id(ark: Caller) -> str:
    """The id of a task, after requests that fill all caches."""
    await ark.create()
    created = await ark.create()
    for _ in range(2):
        await ark.call("GET", f"{ark.tasks}/{created}")
    return created


async def test_a_create_passes_through_eleven_files_and_returns_to_an_earlier_layer_twice(
    ark: Caller, task_id: str
) -> None:
    content = [{"type": "text", "text": "a cat"}]
    body = {"model": "dreamina-seedance-2-0-260128", "content": content}
    calls = await calls_of(ark, "POST", ark.tasks, json=body)
    stored = next(number for number, call in enumerate(calls) if call.callee == STORE)
    calls = calls[: stored + 1]
    files = [*files_on_the_path(calls), STORE[0]]
    assert len(files) <= 11, files
    assert len(returns(calls)) <= 2, returns(calls)


async def test_a_cached_poll_passes_through_four_files_and_never_returns(ark: Caller, task_id: str) -> None:
    calls = await calls_of(ark, "GET", f"{ark.tasks}/{task_id}")
    files = files_on_the_path(calls)
    assert files[0] == "web/server/connection.py"
    assert len(files) <= 4, files
    assert returns(calls) == []


async def test_a_poll_without_a_cached_response_passes_through_seven_files(ark: Caller, task_id: str) -> None:
    calls = await calls_of(ark, "GET", f"{ark.tasks}/{await ark.create()}")
    files = files_on_the_path(calls)
    assert len(files) <= 7, files
    assert len(returns(calls)) <= 3, returns(calls)


async def test_a_poll_enters_at_most_28_files(ark: Caller, task_id: str) -> None:
    calls = await calls_of(ark, "GET", f"{ark.tasks}/{task_id}")
    assert len({call.callee[0] for call in calls}) <= 28


def test_a_call_to_an_earlier_layer_is_found() -> None:
    up = Call(("web/dispatch.py", "f"), ("core/task/ids.py", "g"), has_request=True)
    assert up.returns_to_earlier_layer
    assert not Call(up.caller or ("", ""), up.callee, has_request=True).returns_to_earlier_layer
