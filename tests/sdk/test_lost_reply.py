"""What refusals and lost replies cost the users of the official Python SDKs: they repeat the create request.

Where only the reply was lost, every try has made a task, and every task is billed.
"""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.client import connect
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.loading.loader import load_builtin

from tests.support.threaded_server import Threaded

REQUEST = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "one cat, please"}]}


@pytest.fixture
def sdk(python_sdk: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """One of the SDKs."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return importlib.import_module(python_sdk)


@pytest.fixture
def errors(sdk: Any) -> Any:
    """The errors of the SDK."""
    return importlib.import_module(f"{sdk.__name__}._exceptions")


@pytest.fixture
def one_wish(threaded: Callable[..., Threaded], sdk: Any, errors: Any) -> Any:
    """Lets the SDK, as it is, create one task under a scenario; answers with its error and a handle on the world."""

    def create(name: Any) -> Any:
        server = threaded(scenario=load_builtin(name), mode=ClockMode.FROZEN)
        client = sdk.Ark(base_url=f"{server.url}/api/v3", api_key="sk-test")
        with pytest.raises(errors.ArkAPIError) as problem:
            client.content_generation.tasks.create(**REQUEST)
        world = connect(server.url)
        world.advance(60)
        return problem.value, world

    return create


def charges(world: Any) -> Any:
    """The tasks that money was taken for, with the amounts."""
    return [(entry["task"], entry["amount"]) for entry in world.ledger()["entries"] if entry["kind"] == "settle"]


@pytest.mark.proves("lost reply")
def test_one_request_creates_three_tasks_and_three_charges(one_wish: Any, errors: Any) -> None:
    problem, world = one_wish("lost-reply")
    assert isinstance(problem, errors.ArkAPIConnectionError)
    tasks = world.tasks()
    assert [task["status"] for task in tasks] == ["succeeded"] * 3
    charged = charges(world)
    assert {task for task, _ in charged} == {task["id"] for task in tasks}
    assert len(charged) == 3
    assert len({amount for _, amount in charged}) == 1
    tries = world.journal()
    assert [(entry["status"], entry["attempt"], entry["fault"]) for entry in tries] == [
        (0, attempt, "lost-reply#1") for attempt in (1, 2, 3)
    ]
    assert "duplicate-create" in {finding["code"] for finding in world.report()["findings"]}


@pytest.mark.proves("rate limit")
def test_a_rate_limit_is_met_by_one_more_try(threaded: Callable[..., Threaded], sdk: Any) -> None:
    server = threaded(mode=ClockMode.FROZEN)
    world = connect(server.url)
    world.fault(on="create", first=1, refuse="ModelAccountRpmRateLimitExceeded")
    client = sdk.Ark(base_url=f"{server.url}/api/v3", api_key="sk-test")
    assert client.content_generation.tasks.create(**REQUEST).id.startswith("cgt-")
    assert [entry["status"] for entry in world.journal()] == [429, 200]


def test_a_response_that_forbids_a_retry_is_obeyed_and_costs_one_task(one_wish: Any) -> None:
    problem, world = one_wish("lost-reply-told")
    assert problem.status_code == 503
    assert [task["status"] for task in world.tasks()] == ["succeeded"]
    assert len(charges(world)) == 1
    assert len(world.journal()) == 1
