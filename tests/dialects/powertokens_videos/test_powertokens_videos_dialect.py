"""PowerTokens' flat interface: media become Ark's items, parameters get Ark's names, responses are flat objects."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import view
from ark_emulator.core.task.values import Kind, Mark, Status, Task
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.powertokens_videos.dialect import PowerTokensVideos

MODEL = "dreamina-seedance-2-0-260128"
VIDEOS = DIALECTS["powertokens-videos"]
assert isinstance(VIDEOS, PowerTokensVideos)
URL = "https://example.com/a.png"


def submission(**fields: Any) -> Any:
    body = {"model": MODEL, "prompt": "a cat", **fields}
    call = DialectRequest(
        json.dumps(body).encode(), "sk-test", "http://127.0.0.1:7333", {"content-type": "application/json"}
    )
    return VIDEOS.submission(call)


def items(found: Any) -> Any:
    return [(item.kind, item.value, item.role) for item in found.items if item.kind is not Kind.TEXT]


def shown(make_task: Any, status: Any, **changed: Any) -> Any:
    task = replace(make_task(**changed), submission=submission())
    seen = view(task, Mark(status, 1_790_000_005.0), lambda _, __, path: f"https://s.example{path}", "seedance")
    return VIDEOS.serialize(seen, "flat"), VIDEOS.status(seen)  # type: ignore[attr-defined]


def test_media_become_items_with_their_types_as_roles() -> None:
    media = [{"type": "first_frame", "url": URL}, {"type": "last_frame", "url": URL}]
    assert items(submission(media=media)) == [(Kind.IMAGE, URL, "first_frame"), (Kind.IMAGE, URL, "last_frame")]
    media = [{"type": f"reference_{kind}", "url": URL} for kind in ("image", "video", "audio")]
    kinds = [(Kind.IMAGE, "reference_image"), (Kind.VIDEO, "reference_video"), (Kind.AUDIO, "reference_audio")]
    assert items(submission(media=media)) == [(kind, URL, role) for kind, role in kinds]


def test_texts_among_the_media_are_the_prompt_without_another() -> None:
    media = [{"type": "text", "text": "a dog"}, {"type": "text", "text": "that runs"}]
    assert submission(prompt="", media=media).prompt == "a dog\nthat runs"
    assert submission(media=media).prompt == "a cat"


@pytest.mark.parametrize(
    ("media", "parameter"),
    [
        ("text", "media"),
        ({"type": "text"}, "media"),
        ([None], "media[0].type"),
        ([{"type": "picture", "url": URL}], "media[0].type"),
        ([{"type": "text"}], "media[0].text"),
        ([{"type": "text", "text": "a"}, {"type": "first_frame", "url": 1}], "media[1].url"),
    ],
)
def test_media_of_another_form_are_refused_with_their_place(media: Any, parameter: Any) -> None:
    with pytest.raises(Refusal) as caught:
        submission(media=media)
    assert (caught.value.key, caught.value.slots["parameter"]) == ("parameter.invalid_because", parameter)


@pytest.mark.parametrize("fields", [{"image": URL}, {"input_reference": URL}, {"images": [URL]}])
def test_every_field_for_a_picture_adds_an_image(fields: Any) -> None:
    assert [(kind, value) for kind, value, _ in items(submission(**fields))] == [(Kind.IMAGE, URL)]


def test_content_at_the_top_level_comes_before_that_of_the_metadata() -> None:
    first, second = ({"type": "image_url", "image_url": {"url": f"{URL}?{n}"}, "role": "reference_image"} for n in "12")
    found = submission(content=[first], metadata={"content": [second]})
    assert [value for _, value, _ in items(found)] == [f"{URL}?1", f"{URL}?2"]


@pytest.mark.parametrize(("seconds", "duration"), [("7", 7), (7, 7)])
def test_seconds_and_size_are_the_duration_and_the_resolution(seconds: Any, duration: Any) -> None:
    requested = submission(seconds=seconds, size="720P", ratio="16:9").parameters
    assert (requested.duration, requested.resolution, requested.ratio) == (duration, "720p", "16:9")


def test_an_empty_size_is_ignored() -> None:
    assert submission(size="", seconds="").parameters.resolution is None


def test_flex_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        submission(service_tier="flex")
    assert caught.value.slots["parameter"] == "service_tier"


def test_a_task_has_arks_id_and_is_pending_at_first(make_task: Callable[..., Task]) -> None:
    task = replace(make_task(), submission=submission())
    assert VIDEOS.alias(Dice(1), "sk-test", 1) is None
    assert VIDEOS.knows(task, task.id)
    assert not VIDEOS.knows(task, "other")
    found = VIDEOS.created_response(task)
    assert (found["id"], found["task_id"], found["status"], found["model"]) == (task.id, task.id, "pending", MODEL)


@pytest.mark.parametrize(
    ("status", "progress"),
    [(Status.QUEUED, 0), (Status.RUNNING, 50), (Status.SUCCEEDED, 100), (Status.FAILED, 100), (Status.EXPIRED, 100)],
)
def test_every_status_is_arks_with_a_progress(make_task: Callable[..., Task], status: Any, progress: Any) -> None:
    found, document = shown(make_task, status)
    assert (found["status"], document, found["progress"]) == (status.value, status.value, progress)
    assert ("completed_at" in found) == (status in (Status.SUCCEEDED, Status.FAILED))
    assert ("video_url" in found) == (status is Status.SUCCEEDED)


def test_a_success_holds_its_link_twice_and_arks_details(make_task: Callable[..., Task]) -> None:
    found, _ = shown(make_task, Status.SUCCEEDED)
    assert found["metadata"]["url"] == found["video_url"]
    assert found["metadata"]["usage"]["total_tokens"] > 0
    assert not {"id", "status", "content"} & found["metadata"].keys()
