"""The legal forms of `content`: modes, roles, what cannot be combined, and how many of a kind."""

from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.request.intent import mode_of
from ark_emulator.core.request.rules.content_rules import LONGEST_PROMPT
from ark_emulator.core.task.values import Item, Kind

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_15 = "seedance-1-5-pro-251215"
FAST_10 = "seedance-1-0-pro-fast-251015"
LITE_T2V = "seedance-1-0-lite-t2v-250428"
LITE_I2V = "seedance-1-0-lite-i2v-250428"
SOLID = "doubao-seed3d-1-0-250928"
IN_20 = (PRO_20, "dreamina-seedance-2-0-fast-260128", "dreamina-seedance-2-0-mini-260615")
BAD = "The parameter `content` specified in the request is not valid: "

# content, then the result on 2.0 and 2.5: None for accepted, else the row
COMBINATIONS = [
    ("text", None, None),
    ("first", None, None),
    ("text first", None, None),
    ("bare", None, None),
    ("text bare", None, None),
    ("first last", None, None),
    ("text first last", None, None),
    ("last first text", None, None),
    ("image", None, None),
    ("text image image", None, None),
    ("video", None, None),
    ("text video", None, None),
    ("image audio", None, None),
    ("video audio", None, None),
    ("image video", None, None),
    ("text image video audio", None, None),
    ("audio", "content.audio_alone", None),
    ("text audio", "content.audio_alone", None),
]


@pytest.mark.parametrize(("content", "in_20", "in_25"), COMBINATIONS)
def test_every_combination_of_media_is_accepted_as_documented(
    bench: Any, content: str, in_20: str | None, in_25: str | None
) -> None:
    for model in IN_20:
        assert bench.keys(model, content) == ([in_20] if in_20 else [])
    assert bench.keys(PRO_25, content) == ([in_25] if in_25 else [])


MODES = [
    (PRO_15, "t2v i2v flf2v"),
    ("seedance-1-0-pro-250528", "t2v i2v flf2v"),
    (FAST_10, "t2v i2v"),
    (LITE_T2V, "t2v"),
    (LITE_I2V, "i2v flf2v r2v"),
    (PRO_20, "t2v i2v flf2v r2v"),
]
BY_MODE = {"t2v": "text", "i2v": "text first", "flf2v": "text first last", "r2v": "text image"}


@pytest.mark.parametrize(("model", "modes"), MODES)
def test_a_model_accepts_only_its_modes(bench: Any, model: str, modes: str) -> None:
    for mode, content in BY_MODE.items():
        error = bench.error(model, content)
        if mode in modes.split():
            assert error is None
        elif mode == "flf2v" and "i2v" in modes.split():
            assert error.message == BAD + f"the model {model.rpartition('-')[0]} does not support last frame image"
        else:
            name = model.rpartition("-")[0]
            assert error.message == (
                "The parameter `task_type` specified in the request is not valid:"
                f" the specified task_type {mode} does not support model {name}"
            )


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        ("text", "t2v"),
        ("text text", "t2v"),
        ("bare", "i2v"),
        ("first", "i2v"),
        ("first last", "flf2v"),
        ("last", "flf2v"),
        ("image", "r2v"),
        ("audio", "r2v"),
        ("first video", "r2v"),
    ],
)
def test_the_mode_follows_from_the_content(bench: Any, content: str, mode: str) -> None:
    model = find(PRO_20)
    assert model is not None
    assert mode_of(bench.contents(content), model) == mode


def image(role: str | None) -> Item:
    return Item(Kind.IMAGE, "https://example.com/a.png", role)


TEXTS = [
    ("bare bare", "role must be specified for image contents."),
    ("first bare", "role must be specified for image contents."),
    ("first first", "expected at most one first frame image content but got 2 instead."),
    ("first last last last", "expected at most one last frame image content but got 3 instead."),
    ("first image", "first/last frame content cannot be mixed with reference media content."),
    ("first video", "first/last frame content cannot be mixed with reference media content."),
    ("bare video", "first/last frame content cannot be mixed with reference media content."),
    ("last image", "last frame image content cannot be mixed with reference image or draft_task content."),
    ("first last image", "last frame image content cannot be mixed with reference image or draft_task content."),
    ("last video", "first/last frame content cannot be mixed with reference media content."),
    ("last", "last frame image content cannot be mixed with first frame or reference image content"),
    ("audio", "reference_audio cannot be the only reference input"),
    ("image " * 10, "expected at most 9 reference images but got 10 instead"),
    ("video " * 4, "expected at most 3 video contents but got 4 instead"),
    ("image " + "audio " * 4, "expected at most 3 audio contents but got 4 instead"),
]


@pytest.mark.parametrize(("content", "reason"), TEXTS)
def test_wrong_content_is_refused_with_the_recorded_text(bench: Any, content: str, reason: str) -> None:
    error = bench.error(PRO_20, content)
    assert error.message == BAD + reason
    assert (error.status, error.code, error.param, error.type) == (
        400,
        "InvalidParameter",
        "content",
        "BadRequest",
    )


@pytest.mark.parametrize(
    "role", ["end_frame", "start_frame", "reference", "subject", "image", "mask", "", "reference_video"]
)
def test_a_role_that_images_do_not_have_is_refused(bench: Any, role: str) -> None:
    for content in ((image(role),), (image("first_frame"), image(role))):
        assert bench.error(PRO_25, content).message == BAD + "invalid role specified for image content"


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("role", [None, "first_frame", "reference_image", "reference"])
def test_video_and_audio_have_one_role_each(bench: Any, kind: str, role: str | None) -> None:
    item = Item(Kind(f"{kind}_url"), "https://example.com/a", role)
    error = bench.error(PRO_25, (bench.text, bench.image, item))
    assert error.message == BAD + f"reference media mode requires {kind} role to be reference_{kind}"


def test_the_counts_of_references_are_those_of_the_model(bench: Any) -> None:
    assert bench.error(PRO_20, "image " * 9 + "video " * 3 + "audio " * 3) is None
    assert bench.error(LITE_I2V, "image " * 4) is None
    assert "at most 4 reference images but got 5" in bench.error(LITE_I2V, "image " * 5).message
    assert "at most 0 video contents but got 1" in bench.error(LITE_I2V, "image video").message


def test_2_5_does_not_count_its_references(bench: Any) -> None:
    assert bench.error(PRO_25, "image " * 64) is None
    assert bench.error(PRO_25, "video " * 12) is None


def test_content_must_be_there(bench: Any) -> None:
    error = bench.error(PRO_20, ())
    assert error.message == "The request failed because it is missing `content` parameter."
    assert (error.status, error.code, error.param, error.type) == (
        400,
        "MissingParameter",
        "content",
        "BadRequest",
    )


@pytest.mark.parametrize("blank", ["", "  \n\t"])
def test_text_may_be_blank_beside_media_but_not_alone(bench: Any, blank: str) -> None:
    error = bench.error(PRO_20, (bench.words(blank),))
    assert (error.status, error.code, error.param) == (400, "InvalidParameter", "content[0].text.text")
    assert error.message == (
        "The parameter `content[0].text.text` specified in the request is not valid:"
        " text content must contain a prompt description"
    )
    assert bench.error(PRO_20, (bench.words(blank), bench.first)) is None
    assert bench.error(PRO_20, (bench.words(blank), bench.text)) is None


def test_a_3d_model_needs_one_image_and_takes_nothing_but_text_beside_it(bench: Any) -> None:
    assert bench.error(SOLID, "bare") is None
    assert bench.error(SOLID, "text bare") is None
    assert bench.error(SOLID, "text").message == BAD + "an image content is required for model doubao-seed3d-1-0."
    assert "at most 1 reference images but got 2" in bench.error(SOLID, "bare bare").message
    assert "task_type r2v does not support model doubao-seed3d-1-0" in bench.error(SOLID, "bare video").message
    assert "role specified for image" in bench.error(SOLID, (image("subject"),)).message


def test_hyper3d_takes_a_text_alone_or_up_to_five_images(bench: Any) -> None:
    model = "hyper3d-gen2-260112"
    assert bench.error(model, "text") is None
    assert bench.error(model, "bare bare bare bare bare") is None
    assert "an image content is required" in bench.error(model, (bench.words(" "),)).message
    assert "at most 5 reference images but got 6" in bench.error(model, "bare " * 6).message


def test_hitem3d_needs_one_to_four_images(bench: Any) -> None:
    model = "hitem3d-2-0-251223"
    assert "an image content is required" in bench.error(model, "text").message
    assert bench.error(model, "text bare bare bare bare") is None
    assert "at most 4 reference images but got 5" in bench.error(model, "bare " * 5).message


def test_a_role_on_a_text_means_nothing(bench: Any) -> None:
    assert bench.error(PRO_20, (Item(Kind.TEXT, "a cat", "reference_image"),)) is None


def test_a_last_frame_beside_a_draft_task_has_the_text_that_names_both(bench: Any) -> None:
    error = bench.error(PRO_25, (bench.draft("cgt-20260101000000-xxxxx"), bench.first, bench.last))
    assert error.message == BAD + "last frame image content cannot be mixed with reference image or draft_task content."


def test_references_beside_both_frames_are_refused_the_same_way_on_1_5_pro(bench: Any) -> None:
    error = bench.error(PRO_15, "text first last image")
    assert error.message == BAD + "last frame image content cannot be mixed with reference image or draft_task content."


@pytest.mark.parametrize("model", [PRO_25, PRO_20, PRO_15])
def test_the_texts_of_a_prompt_have_a_bounded_length_together(bench: Any, model: str) -> None:
    half = bench.words("a" * (LONGEST_PROMPT // 2))
    assert bench.error(model, (half, half)) is None
    error = bench.error(model, (half, half, bench.words("a")))
    assert (error.status, error.code, error.param) == (400, "InvalidParameter", "content")
