"""The official Python SDKs against the emulator: one suite for the three, on the model names of both sites."""

import base64
import importlib
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from ark_emulator.client import connect
from ark_emulator.core.time.clock import ClockMode

from tests.sdk.conftest import Hook
from tests.support.threaded_server import Threaded

SITES = {"volcengine": "doubao-seedance-2-0-260128", "byteplus": "dreamina-seedance-2-0-260128"}
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000200000002000802000000")
UNKNOWN = "cgt-20260921221320-zzzzz"
numbers = count()


@pytest.fixture(scope="module")
def server(threaded: Callable[..., Threaded]) -> Any:
    """A server with a world for every key, whose clocks go by polls: no client has to wait for anything."""
    return threaded(isolate=True, mode=ClockMode.POLLS)


@pytest.fixture(scope="module")
def guarded(threaded: Callable[..., Threaded]) -> Any:
    """A server that knows one key."""
    return threaded(keys=frozenset({"sk-good"}))


@pytest.fixture(scope="module")
def sdk(python_sdk: str) -> Iterator[Any]:
    """One of the SDKs: its client class and its errors."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NO_PROXY", "127.0.0.1")
        package = importlib.import_module(python_sdk)
        errors = importlib.import_module(f"{python_sdk}._exceptions")

        def client(server: Any, key: Any, retries: Any = 0) -> Any:
            return package.Ark(base_url=f"{server.url}/api/v3", api_key=key, max_retries=retries)

        yield SimpleNamespace(client=client, errors=errors)


@pytest.fixture(params=SITES)
def model(request: pytest.FixtureRequest) -> Any:
    """The name of a model on one of the sites."""
    return SITES[request.param]


@pytest.fixture(scope="module")
def shared(sdk: Any, server: Any) -> Any:
    """A client of the SDK; making one takes longer than using it."""
    return sdk.client(server, "sk-shared")


@pytest.fixture
def tasks(shared: Any) -> Any:
    """The SDK's task resource, in a world of its own."""
    shared.api_key = f"sk-{next(numbers)}"
    return shared.content_generation.tasks


def create(tasks: Any, model: Any, prompt: Any = "a cat", **more: Any) -> Any:
    return tasks.create(model=model, content=[{"type": "text", "text": prompt}], **more).id


def status(tasks: Any, task_id: Any) -> Any:
    found = tasks.get(task_id=task_id).status
    return str(getattr(found, "value", found))


def finished(tasks: Any, task_id: Any) -> Any:
    while status(tasks, task_id) in ("queued", "running"):
        pass
    return tasks.get(task_id=task_id)


@pytest.mark.proves("create", "poll", "fields of a result", "last frame")
def test_a_task_is_created_and_polled_until_it_succeeds(tasks: Any, model: Any) -> None:
    task_id = create(tasks, model, ratio="16:9", duration=5, resolution="720p", return_last_frame=True, seed=7)
    assert [status(tasks, task_id) for _ in range(3)] == ["queued", "running", "succeeded"]
    task = tasks.get(task_id=task_id)
    assert (task.id, task.model) == (task_id, model)
    assert task.usage.completion_tokens == 108_900
    assert (task.ratio, task.duration, task.resolution, task.framespersecond) == ("16:9", 5, "720p", 24)
    assert (task.seed, task.service_tier, task.generate_audio, task.draft) == (7, "default", True, False)
    assert task.updated_at - task.created_at == 5
    assert "/" + model.rpartition("-")[0] + "/" in task.content.video_url
    assert task.content.last_frame_url.partition("?")[0].endswith(".png")
    assert task.error is None


@pytest.mark.proves("download")
def test_the_clip_is_downloaded_by_its_link_without_the_key(tasks: Any, model: Any) -> None:
    task = finished(tasks, create(tasks, model))
    with urllib.request.urlopen(task.content.video_url, timeout=20) as clip:
        assert (clip.status, clip.headers["Content-Type"]) == (200, "video/mp4")
        assert clip.read()[4:8] == b"ftyp"


@pytest.mark.proves("first frame")
def test_a_clip_begins_with_a_picture(tasks: Any, model: Any) -> None:
    picture = {"url": "data:image/png;base64," + base64.b64encode(PNG).decode()}
    content = [
        {"type": "text", "text": "it turns its head"},
        {"type": "image_url", "image_url": picture, "role": "first_frame"},
    ]
    task = finished(tasks, tasks.create(model=model, content=content).id)
    assert (task.ratio, task.error) == ("1:1", None)


@pytest.mark.proves("callback")
def test_a_callback_url_receives_every_status(shared: Any, tasks: Any, model: Any, server: Any, hook: Hook) -> None:
    finished(tasks, create(tasks, model, callback_url=f"{hook.url}/{shared.api_key}"))
    connect(server.url, world=shared.api_key).advance(1)
    assert hook.told[f"/{shared.api_key}"] == ["queued", "running", "succeeded"]


@pytest.mark.proves("reference media")
def test_a_task_with_media_in_every_role_is_taken(tasks: Any, model: Any) -> None:
    url = {"url": "https://a.example/media"}
    content = [
        {"type": "text", "text": "tea"},
        {"type": "image_url", "image_url": url, "role": "reference_image"},
        {"type": "video_url", "video_url": url, "role": "reference_video"},
        {"type": "audio_url", "audio_url": url, "role": "reference_audio"},
    ]
    task = finished(tasks, tasks.create(model=model, content=content, ratio="16:9", duration=11).id)
    assert task.usage.completion_tokens == 410_400


@pytest.mark.proves("list")
def test_a_list_is_filtered_and_paged(tasks: Any, model: Any) -> None:
    done, other = create(tasks, model), create(tasks, model, "another")
    waiting = create(tasks, model, "emu:stuck-queued")
    finished(tasks, done)

    def ids(**wanted: Any) -> Any:
        return [task.id for task in tasks.list(**wanted).items]

    assert ids() == [waiting, other, done]
    assert tasks.list(page_num=2, page_size=2).total == 3
    assert ids(page_num=2, page_size=2) == [done]
    assert ids(status="queued") == [waiting]
    assert set(ids(task_ids=[done, waiting])) == {done, waiting}
    assert ids(model=model, task_ids=[other]) == [other]
    assert ids(service_tier="flex") == []


@pytest.mark.proves("cancel")
def test_a_queued_task_is_cancelled(tasks: Any, model: Any) -> None:
    task_id = create(tasks, model)
    tasks.delete(task_id=task_id)
    assert [status(tasks, task_id) for _ in range(2)] == ["cancelled", "cancelled"]


@pytest.mark.proves("refused delete")
def test_a_running_task_is_not_deleted(tasks: Any, sdk: Any, model: Any) -> None:
    task_id = create(tasks, model, "emu:stuck-running")
    assert status(tasks, task_id) == "queued"
    with pytest.raises(sdk.errors.ArkConflictError) as refused:
        tasks.delete(task_id=task_id)
    assert refused.value.status_code == 409
    assert refused.value.code == "InvalidAction.RunningTaskDeletion"
    assert status(tasks, task_id) == "running"


@pytest.mark.proves("delete")
def test_a_finished_task_is_deleted_and_then_gone(tasks: Any, sdk: Any, model: Any) -> None:
    task_id = create(tasks, model)
    finished(tasks, task_id)
    tasks.delete(task_id=task_id)
    for again in (tasks.get, tasks.delete):
        with pytest.raises(sdk.errors.ArkNotFoundError):
            again(task_id=task_id)


@pytest.mark.proves("failure")
@pytest.mark.parametrize(
    ("prompt", "code"),
    [("emu:fail", "InternalServiceError"), ("emu:moderation", "OutputVideoSensitiveContentDetected")],
)
def test_a_failed_task_has_an_error(tasks: Any, model: Any, prompt: Any, code: Any) -> None:
    task = finished(tasks, create(tasks, model, prompt))
    assert (task.error.code, task.content, task.usage) == (code, None, None)
    assert task.error.message


@pytest.mark.proves("expiry")
def test_an_expired_task_is_shown_though_the_sdks_do_not_name_the_status(tasks: Any, model: Any) -> None:
    task_id = create(tasks, model, "emu:stuck-queued", execution_expires_after=3600)
    assert [status(tasks, task_id) for _ in range(2)] == ["queued", "expired"]


@pytest.mark.proves("unknown task")
def test_an_unknown_task_is_not_found(tasks: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.ArkNotFoundError) as refused:
        tasks.get(task_id=UNKNOWN)
    assert UNKNOWN in refused.value.message


@pytest.mark.proves("unknown model")
def test_an_unknown_model_is_not_found(tasks: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.ArkNotFoundError):
        create(tasks, "doubao-seedance-9-9")


@pytest.mark.proves("bad parameter")
def test_a_bad_parameter_is_refused_with_its_name(tasks: Any, sdk: Any, model: Any) -> None:
    with pytest.raises(sdk.errors.ArkBadRequestError) as refused:
        create(tasks, model, duration=99)
    assert (refused.value.code, refused.value.type) == ("InvalidParameter", "BadRequest")
    assert refused.value.param == "duration"


@pytest.mark.proves("unknown key")
def test_an_unknown_key_is_refused(sdk: Any, guarded: Any) -> None:
    with pytest.raises(sdk.errors.ArkAuthenticationError) as refused:
        sdk.client(guarded, "sk-bad").content_generation.tasks.list()
    assert refused.value.code == "AuthenticationError"


@pytest.mark.proves("request id")
def test_the_client_reads_its_own_request_id_back(shared: Any, tasks: Any) -> None:
    seen = []
    shared._client.event_hooks["response"].append(seen.append)
    tasks.list()
    shared._client.event_hooks["response"].clear()
    (response,) = seen
    assert response.headers["X-Client-Request-Id"] == response.request.headers["X-Client-Request-Id"]
    assert len(response.headers["X-Request-Id"]) == 53
