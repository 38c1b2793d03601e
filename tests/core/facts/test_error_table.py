"""The error table: every row can be rendered, and the recorded texts are reproduced exactly."""

import pytest
from ark_emulator.core.facts.error_table import (
    MAX_ECHO_LENGTH,
    PLACES,
    ErrorRow,
    Refusal,
    by_code,
    codes,
    examples,
    refusal_by_code,
    row,
    rows,
)

FAST = {"model": "doubao-seedance-2-0-fast", "mode": "t2v"}
NOT_VALID = "The parameter `content` specified in the request is not valid: "

RECORDED = [
    ("auth.missing", {}, "the API key or AK/SK in the request is missing or invalid."),
    ("auth.format", {}, "The API key format is incorrect."),
    ("auth.unknown", {}, "The API key doesn't exist."),
    ("model.not_found", {"model": "X"}, "The model or endpoint X does not exist or you do not have access to it."),
    (
        "model.not_open",
        {"account": 3000000000, "model": "X"},
        "Your account 3000000000 has not activated the model X. Please activate the model service in the Ark Console.",
    ),
    ("account.overdue", {}, "The request failed because your account has an overdue balance."),
    ("server.internal", {}, "The service encountered an unexpected internal error. Please retry later."),
    ("task.running_deletion", {"id": "cgt-1"}, "Cannot delete task `cgt-1` because it is currently running."),
    ("task.not_found", {"id": "cgt-1"}, "The requested task cgt-1 is not found."),
    ("missing.parameter", {"parameter": "content"}, "The request failed because it is missing `content` parameter."),
    (
        "parameter.not_valid",
        {"parameter": "duration", **FAST},
        "the parameter duration specified in the request is not valid for model doubao-seedance-2-0-fast in t2v",
    ),
    (
        "parameter.too_large",
        {"parameter": "duration", "limit": 12, "model": "seedance-1-0-pro", "mode": "t2v"},
        "the parameter duration specified in the request must be less than or equal to 12"
        " for model seedance-1-0-pro in t2v",
    ),
    (
        "parameter.unsupported",
        {"parameter": "draft", "model": "seedance-1-0-pro", "mode": "t2v"},
        "the specified parameter `draft` is not supported for model seedance-1-0-pro in t2v, must be empty",
    ),
    (
        "mode.unsupported",
        {"mode": "r2v", "model": "seedance-1-5-pro"},
        "The parameter `task_type` specified in the request is not valid:"
        " the specified task_type r2v does not support model seedance-1-5-pro",
    ),
    ("content.role_missing", {}, NOT_VALID + "role must be specified for image contents."),
    ("content.role_unknown", {"kind": "image"}, NOT_VALID + "invalid role specified for image content"),
    (
        "content.first_frame_twice",
        {"count": 2},
        NOT_VALID + "expected at most one first frame image content but got 2 instead.",
    ),
    (
        "content.frames_mixed_with_references",
        {},
        NOT_VALID + "first/last frame content cannot be mixed with reference media content.",
    ),
    (
        "content.reference_role",
        {"kind": "video"},
        NOT_VALID + "reference media mode requires video role to be reference_video",
    ),
    ("content.audio_alone", {}, NOT_VALID + "reference_audio cannot be the only reference input"),
    ("content.video_inline", {}, NOT_VALID + "reference_video must be provided as a web url."),
    (
        "content.too_many_images",
        {"limit": 9, "count": 10},
        NOT_VALID + "expected at most 9 reference images but got 10 instead",
    ),
    (
        "video.duration_max",
        {"index": 3, "limit": "15.2", "model": "doubao-seedance-2-0", "mode": "r2v"},
        "The parameter `content[3]` specified in the request is not valid: the parameter video duration (seconds)"
        " specified in the request must be less than or equal to 15.2 for model doubao-seedance-2-0 in r2v",
    ),
    (
        "image.aspect",
        {"step": "Error while downloading image, error: ", "least": "0.39", "most": "2.50", "value": "2.65"},
        "Error while downloading image, error: expected the aspect ratio to be between 0.39 and 2.50,"
        " but received image with aspect ratio: 2.65 instead",
    ),
    (
        "download.failed",
        {"index": 1, "part": "image_url"},
        "The parameter `content[1].image_url` specified in the request is not valid: resource download failed.",
    ),
    (
        "asset.wrong_kind",
        {"index": 2, "part": "image_url", "kind_with_article": "an image"},
        "The parameter `content[2].image_url.url` specified in the request is not valid:"
        " the specified asset is not an image.",
    ),
    (
        "task_type.follows_frame",
        {},
        "The parameter ratio specified in the request is not valid. For first-frame or first-last-frame generation,"
        " the output ratio follows the first-frame image.",
    ),
    (
        "moderation.input_image.person",
        {"places": "'content[1]'"},
        "The request failed because the input image 'content[1]' may contain real person.",
    ),
    (
        "moderation.output_video",
        {},
        "The request failed because the output video may contain sensitive information.",
    ),
    (
        "moderation.output_audio.copyright",
        {},
        "The request failed because the output audio may be related to copyright restrictions.",
    ),
]

STATUSES = [
    ("auth.missing", 401, "AuthenticationError", "Unauthorized"),
    ("model.not_found", 404, "InvalidEndpointOrModel.NotFound", "Not Found"),
    ("model.not_open", 404, "ModelNotOpen", "Not Found"),
    ("account.overdue", 403, "AccountOverdueError", "Forbidden"),
    ("rate.model_rpm", 429, "ModelAccountRpmRateLimitExceeded", "TooManyRequests"),
    ("rate.endpoint_rpm", 429, "RateLimitExceeded.EndpointRPMExceeded", "TooManyRequests"),
    ("quota.queue_full", 429, "QuotaExceeded", "TooManyRequests"),
    ("server.overloaded", 429, "ServerOverloaded", "TooManyRequests"),
    ("server.internal", 500, "InternalServiceError", "InternalServerError"),
    ("task.running_deletion", 409, "InvalidAction.RunningTaskDeletion", "Conflict"),
    ("task.cancelled_deletion", 409, "InvalidAction.CancelledTaskDeletion", "Conflict"),
    ("task.not_found", 404, "NotFound.TaskNotFound", "Not Found"),
    ("parameter.not_valid", 400, "InvalidParameter", "BadRequest"),
    ("task_type.follows_frame", 400, "InvalidParameter.TaskTypeConstraint", "BadRequest"),
    ("http.route", 404, "PathNotFound", "Not Found"),
    ("http.body_too_large", 413, "RequestBodyTooLarge", "PayloadTooLarge"),
]


@pytest.mark.parametrize("each", rows(), ids=lambda each: each.key)
def test_every_row_renders_from_the_examples(each: ErrorRow) -> None:
    rendered = Refusal(each.key, **examples()).render()
    for text in (rendered.code, rendered.param, rendered.message):
        assert "{" not in text
        assert "}" not in text
    assert rendered.message
    assert rendered.with_request_id("0217").count("{") == 0
    assert "0217" in rendered.with_request_id("0217")


@pytest.mark.parametrize("each", rows(), ids=lambda each: each.key)
def test_every_row_has_a_sensible_status_type_and_place(each: ErrorRow) -> None:
    assert 400 <= each.status <= 505
    assert bool(each.type) == (each.key != "model.unsupported_by_agent_plan")  # recorded without a type
    assert each.where
    assert set(each.where) <= set(PLACES)


@pytest.mark.parametrize(("key", "slots", "message"), RECORDED, ids=[each[0] for each in RECORDED])
def test_a_recorded_text_is_reproduced_exactly(key: str, slots: dict[str, object], message: str) -> None:
    assert Refusal(key, **slots).render().message == message


@pytest.mark.parametrize(("key", "status", "code", "kind"), STATUSES)
def test_a_known_error_has_its_status_code_and_type(key: str, status: int, code: str, kind: str) -> None:
    assert (row(key).status, row(key).code, row(key).type) == (status, code, kind)


def test_the_parameter_path_is_filled_like_the_message() -> None:
    assert Refusal("download.failed", index=1, part="image_url").render().param == "content[1].image_url"
    assert Refusal("parameter.not_valid", parameter="ratio", **FAST).render().param == "ratio"
    assert Refusal("auth.missing").render().param == ""


def test_the_request_id_follows_the_message_and_a_missing_key_spells_it_small() -> None:
    assert Refusal("auth.unknown").render().with_request_id("02") == "The API key doesn't exist. Request id: 02"
    assert Refusal("auth.missing").render().with_request_id("02").endswith("invalid. request id: 02")


def test_a_refusal_without_a_slot_it_needs_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="limit, model"):
        Refusal("parameter.too_large", parameter="duration", mode="t2v")


def test_an_unknown_key_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Refusal("no.such.key")


def test_a_slot_the_row_does_not_name_does_no_harm() -> None:
    assert Refusal("auth.format", model="X").render().message == "The API key format is incorrect."


def test_a_value_with_braces_stays_as_it_is() -> None:
    assert "{model}" in Refusal("http.json", reason="found {model}").render().message


def test_keys_are_unique_and_every_slot_has_an_example_that_is_used() -> None:
    assert len({each.key for each in rows()}) == len(rows())
    assert {slot for each in rows() for slot in each.slots} == set(examples())


def test_codes_lists_each_public_code_once_and_none_with_a_slot() -> None:
    assert list(codes()) == sorted(set(codes()))
    assert not [code for code in codes() if "{" in code]
    assert {"InvalidParameter", "OutputVideoSensitiveContentDetected", "ModelNotOpen"} <= set(codes())


@pytest.mark.parametrize("code", codes())
def test_every_public_code_can_be_rendered_without_knowing_anything(code: str) -> None:
    refusal = refusal_by_code(code)
    assert refusal is not None
    assert refusal.render().code == code


def test_a_code_can_be_asked_for_where_it_is_met() -> None:
    assert by_code("OutputVideoSensitiveContentDetected", "create") is None
    in_task = by_code("OutputVideoSensitiveContentDetected", "task")
    assert in_task is not None
    assert in_task.in_task
    assert by_code("InternalServiceError", "task") is by_code("InternalServiceError", "create")


def test_an_unknown_code_stands_for_no_row() -> None:
    assert by_code("NoSuchCode") is None
    assert refusal_by_code("NoSuchCode") is None


def test_what_is_known_goes_before_the_examples() -> None:
    refusal = refusal_by_code("InvalidEndpointOrModel.NotFound", None, model="ep-1")
    assert refusal is not None
    assert "endpoint ep-1 does" in refusal.render().message


def test_input_moderation_refuses_the_request_and_output_moderation_fails_the_task() -> None:
    for each in rows():
        if each.key.startswith("moderation.input"):
            assert "create" in each.where
            assert each.status == 400
        if each.key.startswith("moderation.output"):
            assert each.where == ("task",)


def test_an_error_repeats_no_more_than_the_beginning_of_a_long_value() -> None:
    rendered = Refusal("task.not_found", id="x" * 1_000_000).render()
    assert "x" * MAX_ECHO_LENGTH in rendered.message
    assert "x" * (MAX_ECHO_LENGTH + 1) not in rendered.message
