"""The official Ark SDKs, as they are, on PowerTokens' base URL: Ark's wire with its own models, refusals and holds."""

import importlib
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ark_emulator.client import connect
from ark_emulator.core.time.clock import ClockMode

from tests.support.threaded_server import Threaded

pytestmark = pytest.mark.wire("powertokens")
MODEL = "dreamina-seedance-2-0-260128"


@pytest.fixture(scope="module")
def server(threaded: Callable[..., Threaded]) -> Any:
    """A server whose clocks go by polls."""
    return threaded(mode=ClockMode.POLLS)


@pytest.fixture
def world(server: Any) -> Iterator[Any]:
    """A world of its own for one test."""
    with connect(server.url).world() as one:
        yield one


@pytest.fixture
def sdk(python_sdk: str, world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """One of the SDKs in the test's world: its task resource and its errors."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    package = importlib.import_module(python_sdk)
    client = package.Ark(base_url=f"{world.url}/byteplus/api/v3", api_key=world.api_key, max_retries=0)
    errors = importlib.import_module(f"{python_sdk}._exceptions")
    return SimpleNamespace(tasks=client.content_generation.tasks, errors=errors)


def create(sdk: Any, prompt: Any = "a cat", model: Any = MODEL, **more: Any) -> Any:
    return sdk.tasks.create(model=model, content=[{"type": "text", "text": prompt}], **more).id


def status(sdk: Any, task_id: Any) -> Any:
    found = sdk.tasks.get(task_id=task_id).status
    return str(getattr(found, "value", found))


@pytest.mark.proves("create", "poll", "fields of a result", "download")
def test_a_task_is_created_polled_and_downloaded(sdk: Any, world: Any) -> None:
    task_id = create(sdk, ratio="16:9", duration=5, resolution="720p", service_tier="default")
    assert [status(sdk, task_id) for _ in range(3)] == ["queued", "running", "succeeded"]
    task = sdk.tasks.get(task_id=task_id)
    assert (task.model, task.usage.completion_tokens, task.service_tier) == (MODEL, 108_900, "default")
    with urllib.request.urlopen(task.content.video_url) as clip:
        assert clip.headers["Content-Type"] == "video/mp4"
        assert clip.read()[4:8] == b"ftyp"
    asked = [entry for entry in world.journal() if entry.get("dialect") == "powertokens"]
    assert [entry["method"] for entry in asked] == ["POST", "GET", "GET", "GET", "GET"]
    kinds = [entry["kind"] for entry in world.ledger()["entries"]]
    assert kinds == ["hold", "settle"]


@pytest.mark.proves("failure")
def test_a_failed_task_has_an_error(sdk: Any) -> None:
    task_id = create(sdk, "emu:moderation")
    assert [status(sdk, task_id) for _ in range(3)] == ["queued", "running", "failed"]
    assert sdk.tasks.get(task_id=task_id).error.code == "OutputVideoSensitiveContentDetected"


@pytest.mark.proves("cancel", "delete", "unknown task")
def test_a_queued_task_is_cancelled_and_a_finished_one_deleted(sdk: Any) -> None:
    queued, finished = create(sdk, "emu:stuck-queued"), create(sdk)
    sdk.tasks.delete(task_id=queued)
    assert status(sdk, queued) == "cancelled"
    assert [status(sdk, finished) for _ in range(3)][-1] == "succeeded"
    sdk.tasks.delete(task_id=finished)
    with pytest.raises(sdk.errors.ArkNotFoundError):
        sdk.tasks.get(task_id=finished)


@pytest.mark.proves("bad parameter", "unknown model")
def test_flex_and_models_that_are_not_sold_are_refused(sdk: Any) -> None:
    with pytest.raises(sdk.errors.ArkBadRequestError) as flex:
        create(sdk, model="seedance-1-5-pro-251215", service_tier="flex")
    assert flex.value.param == "service_tier"
    with pytest.raises(sdk.errors.ArkAPIStatusError) as unknown:
        create(sdk, model="doubao-seedance-2-0-260128")
    assert (unknown.value.status_code, unknown.value.code) == (503, "model_not_found")
