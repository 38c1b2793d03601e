"""Ark's dialect: create requests, their errors, task objects and list requests."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.facts.error_table import Refusal, RenderedError
from ark_emulator.core.gateway_view.task_view import signed, view
from ark_emulator.core.plan import planning
from ark_emulator.core.plan.outcome import SUCCESS
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE, Evidence, MediaFacts
from ark_emulator.core.storage.signing import derive_credentials
from ark_emulator.core.task.values import Failure, Item, Kind, Mark, Status, Submission, Task, TaskParameters
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest

ARK = ArkDialect()
MODEL = "dreamina-seedance-2-0-260128"
TEXT = {"type": "text", "text": "a cat"}


def read(document: Any, raw: bytes | None = None) -> Submission:
    """Return the submission that the dialect reads from a JSON document."""
    body = json.dumps(document).encode() if raw is None else raw
    return ARK.submission(DialectRequest(body, "sk-test", "http://localhost:1", {"traceparent": "00-a-b-01"}))


def refused(document: Any, raw: bytes | None = None) -> RenderedError:
    """Return the error of the document."""
    with pytest.raises(Refusal) as refusal:
        read(document, raw)
    return refusal.value.render()


def test_a_whole_request_is_read() -> None:
    parameters = {
        "callback_url": "https://example.com/hook",
        "return_last_frame": True,
        "service_tier": "default",
        "execution_expires_after": 7200,
        "generate_audio": False,
        "draft": False,
        "safety_identifier": "user",
        "priority": 3,
        "resolution": "720p",
        "ratio": "16:9",
        "duration": 5,
        "frames": 57,
        "seed": 11,
        "camera_fixed": True,
        "watermark": True,
        "output_format": "mov",
        "omni_reference_task_type": "auto",
    }
    content = [
        TEXT,
        {"type": "image_url", "image_url": {"url": "http://i"}, "role": "first_frame"},
        {"type": "video_url", "video_url": {"url": "http://v"}, "role": "reference_video"},
        {"type": "audio_url", "audio_url": {"url": "http://a"}},
        {"type": "draft_task", "draft_task": {"id": "cgt-1"}},
    ]
    found = read({"model": MODEL, "content": content, **parameters, "tools": [{"type": "web_search"}]})
    assert found == Submission(
        dialect="ark",
        key="sk-test",
        model=MODEL,
        items=(
            Item(Kind.TEXT, "a cat"),
            Item(Kind.IMAGE, "http://i", "first_frame"),
            Item(Kind.VIDEO, "http://v", "reference_video"),
            Item(Kind.AUDIO, "http://a"),
            Item(Kind.DRAFT, "cgt-1"),
        ),
        parameters=TaskParameters(**parameters, tools=("web_search",)),
        origin="http://localhost:1",
        trace="00-a-b-01",
    )


def test_null_means_unset_and_unknown_keys_are_ignored() -> None:
    unset = dict.fromkeys(TaskParameters.__slots__)
    extra = {"framespersecond": 999, "camerafixed": True, "negative_prompt": "dogs", "fps": {"a": []}}
    found = read({"model": MODEL, "content": [{**TEXT, "role": None, "weight": 1}], **unset, **extra})
    assert found.parameters == TaskParameters()
    assert found.items == (Item(Kind.TEXT, "a cat"),)


def test_an_empty_callback_url_is_none() -> None:
    assert read({"model": MODEL, "content": [TEXT], "callback_url": ""}).parameters.callback_url is None


MISSING = [
    ({"content": [TEXT]}, "model"),
    ({"model": None, "content": [TEXT]}, "model"),
    ({"model": "", "content": [TEXT]}, "model"),
    ({}, "model"),
    ({"model": MODEL}, "content"),
    ({"model": MODEL, "content": None}, "content"),
    ({"model": MODEL, "content": [None]}, "content[0]"),
    ({"model": MODEL, "content": [{}]}, "content[0].type"),
    ({"model": MODEL, "content": [TEXT, {"text": "a cat"}]}, "content[1].type"),
    ({"model": MODEL, "content": [{"type": None}]}, "content[0].type"),
    ({"model": MODEL, "content": [{"type": "text"}]}, "content[0].text"),
    ({"model": MODEL, "content": [{"type": "text", "text": None}]}, "content[0].text"),
    ({"model": MODEL, "content": [{"type": "image_url"}]}, "content[0].image_url"),
    ({"model": MODEL, "content": [TEXT, {"type": "video_url", "video_url": None}]}, "content[1].video_url"),
    ({"model": MODEL, "content": [{"type": "audio_url", "audio_url": {}}]}, "content[0].audio_url.url"),
    ({"model": MODEL, "content": [{"type": "image_url", "image_url": {"url": None}}]}, "content[0].image_url.url"),
    ({"model": MODEL, "content": [{"type": "draft_task"}]}, "content[0].draft_task"),
    ({"model": MODEL, "content": [{"type": "draft_task", "draft_task": {}}]}, "content[0].draft_task.id"),
    ({"model": MODEL, "content": [TEXT], "tools": [{}]}, "tools[0].type"),
]


@pytest.mark.parametrize(("document", "path"), MISSING, ids=[each[1] for each in MISSING])
def test_what_is_missing_is_named_by_its_path(document: Any, path: str) -> None:
    result = refused(document)
    assert result.message == f"The request failed because it is missing `{path}` parameter."
    assert (result.status, result.code, result.param, result.type) == (400, "MissingParameter", path, "BadRequest")


TEXTUAL = "a string"
TYPES = [
    ({"model": 5, "content": [TEXT]}, "model", "a string"),
    ({"model": MODEL, "content": {}}, "content", "an array"),
    ({"model": MODEL, "content": "a cat"}, "content", "an array"),
    ({"model": MODEL, "content": ["a cat"]}, "content[0]", "an object"),
    ({"model": MODEL, "content": [{"type": 7}]}, "content[0].type", "a string"),
    ({"model": MODEL, "content": [{"type": "text", "text": {}}]}, "content[0].text", "a string"),
    ({"model": MODEL, "content": [{**TEXT, "role": 5}]}, "content[0].role", "a string"),
    (
        {"model": MODEL, "content": [{"type": "image_url", "image_url": {"url": 4}}]},
        "content[0].image_url.url",
        TEXTUAL,
    ),
    (
        {"model": MODEL, "content": [{"type": "draft_task", "draft_task": {"id": 4}}]},
        "content[0].draft_task.id",
        TEXTUAL,
    ),
    ({"model": MODEL, "content": [TEXT], "duration": "5"}, "duration", "an integer"),
    ({"model": MODEL, "content": [TEXT], "duration": 5.5}, "duration", "an integer"),
    ({"model": MODEL, "content": [TEXT], "seed": True}, "seed", "an integer"),
    ({"model": MODEL, "content": [TEXT], "watermark": "yes"}, "watermark", "a boolean"),
    ({"model": MODEL, "content": [TEXT], "draft": 1}, "draft", "a boolean"),
    ({"model": MODEL, "content": [TEXT], "ratio": 1.5}, "ratio", "a string"),
    ({"model": MODEL, "content": [TEXT], "tools": {"type": "web_search"}}, "tools", "an array"),
    ({"model": MODEL, "content": [TEXT], "tools": ["web_search"]}, "tools[0]", "an object"),
]


@pytest.mark.parametrize(("document", "path", "expected"), TYPES, ids=[f"{each[1]} {each[2]}" for each in TYPES])
def test_the_error_for_a_wrong_type_names_the_json_type(document: Any, path: str, expected: str) -> None:
    result = refused(document)
    assert result.message == f"The parameter `{path}` specified in the request is not valid: expected {expected}."
    assert (result.status, result.code, result.param, result.type) == (400, "InvalidParameter", path, "BadRequest")


def test_a_number_too_large_for_any_range_is_left_to_the_rules() -> None:
    assert read({"model": MODEL, "content": [TEXT], "seed": 10**40}).parameters.seed == 10**40


def test_an_unknown_type_of_content_is_refused_with_the_known_ones() -> None:
    result = refused({"model": MODEL, "content": [TEXT, {"type": "input_audio"}]})
    assert result.message.startswith("The parameter `content[1].type` specified in the request is not valid")
    assert "supported values are: `text`, `image_url`, `audio_url`, `video_url`" in result.message
    assert (result.code, result.param) == ("InvalidParameter", "content[1].type")


@pytest.mark.parametrize("part", ["image_url", "video_url", "audio_url", "draft_task"])
def test_a_bare_string_in_place_of_the_payload_is_refused_as_recorded(part: str) -> None:
    result = refused({"model": MODEL, "content": [{"type": part, part: "http://example.com/a.png"}]})
    assert result.message == f"The parameter `content.{part}` specified in the request is not valid."
    assert result.param == f"content.{part}"


def test_checks_have_the_order_model_content_parameters() -> None:
    assert refused({"content": 5, "duration": "x"}).param == "model"
    assert refused({"model": MODEL, "content": 5, "duration": "x"}).param == "content"


@pytest.mark.parametrize("raw", [b"nope", b'{"model": ', b"\xff", b'{"seed": NaN}', b'{"model": "\\ud800"}'])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    result = refused(None, raw)
    assert result.message.startswith("The request body is not valid JSON: ")
    assert (result.status, result.code) == (400, "InvalidParameter")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"7"])
def test_a_body_that_is_no_object_is_refused(raw: bytes) -> None:
    assert refused(None, raw).message == "The request body must be a JSON object."


# --- how tasks are shown


def made(name: str, *items: Item, evidence: Evidence = NO_EVIDENCE, **requested: Any) -> Task:
    """Return the task of such a submission, created at moment 1000."""
    model = find(name)
    assert model is not None
    content = items or (Item(Kind.TEXT, "a cat"),)
    submission = Submission("ark", "k", name, content, TaskParameters(**requested), "http://localhost:1")
    intent = understand(submission, model, name, evidence)
    return planning.accept(intent, SUCCESS, planning.CreationContext(Dice(3), "0a0b0c0d", "k", 1, 1000.4))


def shown(task: Task, status: Status, at: float = 1090.9) -> dict[str, Any]:
    """Return the task object at that status."""
    return ARK.task_document(view(task, Mark(status, at), signed(derive_credentials("secret", "cn-beijing")), "folder"))


BASE = ["id", "model", "status"]
TIMES = ["created_at", "updated_at"]
SET = ["service_tier", "execution_expires_after"]
MADE = ["seed", "resolution", "ratio", "duration", "framespersecond"]

ALWAYS = ("generate_audio", "draft", "priority", "output_format")
ORDERS = [
    ("seedance-1-5-pro-251215", Status.RUNNING, [*BASE, *TIMES, *SET, "generate_audio", "draft"]),
    ("seedance-1-5-pro-251215", Status.QUEUED, [*BASE, *TIMES, *SET, "generate_audio", "draft"]),
    ("seedance-1-0-pro-250528", Status.FAILED, [*BASE, "error", *TIMES, *SET]),
    (MODEL, Status.FAILED, [*BASE, "error", *TIMES, *SET, *ALWAYS]),
    (MODEL, Status.CANCELLED, [*BASE, *TIMES, *SET, *ALWAYS]),
    (MODEL, Status.EXPIRED, [*BASE, *TIMES, *SET, *ALWAYS]),
    (
        "dreamina-seedance-2-5-260628",
        Status.SUCCEEDED,
        [*BASE, "usage", *TIMES, *MADE, *SET, "generate_audio", "draft", "priority", "output_format", "content"],
    ),
    (MODEL, Status.SUCCEEDED, [*BASE, "content", "usage", *TIMES, *MADE, *SET, *ALWAYS]),
    ("doubao-seed3d-1-0-250928", Status.RUNNING, [*BASE, *TIMES]),
    (
        "doubao-seed3d-1-0-250928",
        Status.SUCCEEDED,
        [*BASE, *TIMES, "content", "subdivisionlevel", "fileformat", "usage"],
    ),
]


@pytest.mark.parametrize(("name", "status", "keys"), ORDERS, ids=[f"{each[0]} {each[1]}" for each in ORDERS])
def test_the_keys_come_in_the_recorded_order(name: str, status: Status, keys: list[str]) -> None:
    task = made(name)
    if status is Status.FAILED:
        task = replace(task, plan=replace(task.plan, failure=Failure("InternalServiceError", "It broke.")))
    assert list(shown(task, status)) == keys


def test_a_running_task_reads_as_recorded() -> None:
    task = replace(made("doubao-seedance-1-5-pro-251215"), id="cgt-20260119201255-2tnnx")
    assert shown(task, Status.RUNNING) == {
        "id": "cgt-20260119201255-2tnnx",
        "model": "doubao-seedance-1-5-pro-251215",
        "status": "running",
        "created_at": 1000,
        "updated_at": 1000,
        "service_tier": "default",
        "execution_expires_after": 172800,
        "generate_audio": True,
        "draft": False,
    }


def test_a_success_shows_the_result_and_its_time() -> None:
    document = shown(made(MODEL, ratio="16:9", duration=5, seed=42, return_last_frame=True), Status.SUCCEEDED)
    assert document["usage"] == {"completion_tokens": 108900, "total_tokens": 108900}
    assert list(document["content"]) == ["video_url", "last_frame_url"]
    assert (document["created_at"], document["updated_at"]) == (1000, 1090)
    assert [document[key] for key in MADE] == [42, "720p", "16:9", 5, 24]


def test_frames_stand_in_place_of_a_duration() -> None:
    document = shown(made("seedance-1-0-pro-250528", frames=57), Status.SUCCEEDED)
    assert document["frames"] == 57
    assert "duration" not in document


def test_echoed_parameters_follow_the_settings() -> None:
    task = made("doubao-seedance-2-0-260128", tools=("web_search",), safety_identifier="user")
    document = shown(task, Status.SUCCEEDED)
    assert list(document)[-2:] == ["tools", "safety_identifier"]
    assert document["tools"] == [{"type": "web_search"}]
    assert set(document["usage"]["tool_usage"]) == {"web_search"}


def test_draft_and_final_read_as_recorded() -> None:
    model = "dreamina-seedance-2-5-260628"
    frame = Item(Kind.IMAGE, "http://i", "first_frame")
    seen = Evidence(media={0: MediaFacts(width=720, height=1280)})
    draft = made(model, frame, evidence=seen, draft=True, duration=5)
    first = shown(draft, Status.SUCCEEDED)
    known = Evidence(draft=draft, draft_succeeded=True)
    last = shown(made(model, Item(Kind.DRAFT, draft.id), evidence=known), Status.SUCCEEDED)
    assert (first["draft"], first["resolution"], first["ratio"], first["usage"]["total_tokens"]) == (
        True,
        "480p",
        "240:427",
        48437,
    )
    assert (last["draft"], last["resolution"], last["ratio"], last["usage"]["total_tokens"]) == (
        False,
        "1080p",
        "9:16",
        245025,
    )
    assert (last["seed"], last["draft_task_id"], last["duration"]) == (first["seed"], draft.id, 5)
    assert list(last).index("draft_task_id") == list(last).index("draft") + 1


def test_a_3d_file_is_shown_as_a_file() -> None:
    frame = Item(Kind.IMAGE, "http://i")
    task = made("doubao-seed3d-2-0-260328", Item(Kind.TEXT, "--sl high --ff obj"), frame)
    document = shown(task, Status.SUCCEEDED)
    assert list(document["content"]) == ["file_url"]
    assert (document["subdivisionlevel"], document["fileformat"]) == ("high", "obj")
    assert document["usage"] == {"completion_tokens": 30000, "total_tokens": 30000}


def test_the_error_envelope_has_the_request_id_after_the_message() -> None:
    reply = ARK.error_response(Refusal("parameter.invalid", parameter="ratio"), "02abc")
    assert reply.status == 400
    assert json.loads(reply.body) == {
        "error": {
            "code": "InvalidParameter",
            "message": "The parameter `ratio` specified in the request is not valid. Request id: 02abc",
            "param": "ratio",
            "type": "BadRequest",
        }
    }
    assert ARK.error_response(Refusal("auth.missing"), "02abc").headers["x-error-code"].startswith("AuthN_")


# --- what a list request asks for


@pytest.mark.parametrize(
    ("query", "offset", "limit"),
    [({}, 0, 20), ({"page_num": "3", "page_size": "5"}, 10, 5), ({"page_num": "500", "page_size": "500"}, 249500, 500)],
)
def test_pages_become_an_offset(query: dict[str, str], offset: int, limit: int) -> None:
    listing = ARK.list_request(list(query.items()))
    assert (listing.offset, listing.limit, listing.tier) == (offset, limit, "default")


@pytest.mark.parametrize("name", ["page_num", "page_size"])
@pytest.mark.parametrize("value", ["0", "501", "-1", "x", "1.5", "9" * 30])
def test_a_page_out_of_range_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refusal) as refusal:
        ARK.list_request([(name, value)])
    assert refusal.value.render().param == name


def test_task_ids_may_be_repeated_or_joined() -> None:
    listing = ARK.list_request([("filter.task_ids", "a,b"), ("filter.task_ids", "c"), ("filter.status", "running")])
    assert listing.ids == {"a", "b", "c"}
    assert listing.statuses == {"running"}
    with pytest.raises(Refusal):
        ARK.list_request([("filter.status", "done")])


@pytest.mark.parametrize("name", ["content", "tools"])
def test_a_list_that_is_far_too_long_is_refused_at_once(name: str) -> None:
    document = {"model": MODEL, "content": [TEXT], name: [1] * 5_000_000}
    began = time.process_time()
    with pytest.raises(Refusal) as refusal:
        ARK.submission_from(document, DialectRequest(b"", "sk-test", "http://localhost:1", {}))
    assert time.process_time() - began < 0.2
    assert (refusal.value.key, refusal.value.render().param) == ("parameter.invalid_because", name)


def test_the_error_names_the_first_of_many_wrong_elements() -> None:
    assert refused({"model": MODEL, "content": [TEXT, *[1] * 1_000]}).param == "content[1]"
