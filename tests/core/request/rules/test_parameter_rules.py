"""Which parameter each model accepts: the whole matrix, cell by cell, with the texts of the refusals."""

from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import ADAPTIVE, NAMED_RATIOS

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
FAST_20 = "dreamina-seedance-2-0-fast-260128"
MINI_20 = "dreamina-seedance-2-0-mini-260615"
PRO_15 = "seedance-1-5-pro-251215"
PRO_10 = "seedance-1-0-pro-250528"
FAST_10 = "seedance-1-0-pro-fast-251015"
LITE_T2V = "seedance-1-0-lite-t2v-250428"
LITE_I2V = "seedance-1-0-lite-i2v-250428"
SOLID = "doubao-seed3d-1-0-250928"

IN_20 = (PRO_20, FAST_20, MINI_20)
IN_2X = (PRO_25, *IN_20)
IN_10 = (PRO_10, FAST_10, LITE_T2V, LITE_I2V)
CLIPS = (*IN_2X, PRO_15, *IN_10)
CONTENT = {LITE_I2V: "text first", SOLID: "bare"}

UNSUPPORTED = "parameter.unsupported"
NOT_VALID = "parameter.not_valid"
TOO_SMALL = "parameter.too_small"
TOO_LARGE = "parameter.too_large"

# parameter, value, models that refuse it, the row they refuse it with; every other model for clips accepts it
MATRIX: list[tuple[str, Any, tuple[str, ...], str]] = [
    ("seed", -1, (), ""),
    ("seed", 0, (), ""),
    ("seed", 2**31, (), ""),
    ("seed", 2**32 - 1, (), ""),
    ("seed", 2**32, CLIPS, NOT_VALID),
    ("seed", -2, CLIPS, NOT_VALID),
    ("generate_audio", True, (), ""),
    ("generate_audio", False, (), ""),
    ("watermark", True, (), ""),
    ("return_last_frame", True, (), ""),
    ("camera_fixed", True, IN_2X, UNSUPPORTED),
    ("camera_fixed", False, (), ""),
    ("frames", 57, (*IN_2X, PRO_15), UNSUPPORTED),
    ("frames", 29, (*IN_2X, PRO_15), UNSUPPORTED),
    ("frames", 289, (*IN_2X, PRO_15), UNSUPPORTED),
    ("draft", True, (*IN_20, *IN_10), UNSUPPORTED),
    ("draft", False, (), ""),
    ("service_tier", "flex", IN_2X, UNSUPPORTED),
    ("service_tier", "default", (), ""),
    ("priority", 9, (PRO_15,), UNSUPPORTED),
    ("priority", 0, (), ""),
    ("execution_expires_after", 3600, (), ""),
    ("execution_expires_after", 259200, (), ""),
    ("execution_expires_after", 3599, (PRO_15, *IN_10), TOO_SMALL),
    ("execution_expires_after", 1, (PRO_15, *IN_10), TOO_SMALL),
    ("execution_expires_after", 0, CLIPS, TOO_SMALL),
    ("execution_expires_after", 259201, CLIPS, TOO_LARGE),
    ("tools", (), (), ""),
    ("tools", ("web_search",), CLIPS, UNSUPPORTED),
    ("tools", ("browser",), CLIPS, NOT_VALID),
    ("output_format", "mp4", (), ""),
    ("output_format", "mov", (*IN_20, PRO_15, *IN_10), UNSUPPORTED),
    ("omni_reference_task_type", "auto", (), ""),
    ("omni_reference_task_type", "reference", (*IN_20, PRO_15, *IN_10), UNSUPPORTED),
    ("safety_identifier", "u" * 64, (), ""),
    ("safety_identifier", "u" * 65, CLIPS, "parameter.invalid_because"),
    ("callback_url", "http://localhost:9/hook?x=1", (), ""),
    ("callback_url", "https://example.com", (), ""),
    ("callback_url", "ftp://example.com/hook", CLIPS, "parameter.invalid_because"),
    ("callback_url", "example.com/hook", CLIPS, "parameter.invalid_because"),
    ("callback_url", "http://", CLIPS, "parameter.invalid_because"),
    ("callback_url", "http://a b", CLIPS, "parameter.invalid_because"),
    ("callback_url", "http://[", CLIPS, "parameter.invalid_because"),
    ("callback_url", "http://localhost:99999/", CLIPS, "parameter.invalid_because"),
]


@pytest.mark.parametrize(("parameter", "value", "refusing", "row"), MATRIX, ids=lambda each: str(each)[:24])
def test_a_parameter_is_refused_by_just_the_models_that_lack_it(
    bench: Any, parameter: str, value: Any, refusing: tuple[str, ...], row: str
) -> None:
    found = {model: bench.keys(model, CONTENT.get(model, "text"), **{parameter: value}) for model in CLIPS}
    assert found == {model: [row] if model in refusing else [] for model in CLIPS}


@pytest.mark.parametrize(
    ("model", "parameter", "value", "row"),
    [
        (PRO_25, "priority", 10, NOT_VALID),
        (PRO_20, "priority", -1, NOT_VALID),
        (PRO_10, "priority", 10, None),
        (PRO_10, "frames", 30, NOT_VALID),
        (PRO_10, "frames", 25, NOT_VALID),
        (PRO_10, "frames", 293, NOT_VALID),
        (PRO_10, "service_tier", "auto", NOT_VALID),
        (PRO_20, "service_tier", "auto", UNSUPPORTED),
        (PRO_25, "output_format", "mov", None),
        (PRO_25, "output_format", "webm", NOT_VALID),
        (PRO_25, "omni_reference_task_type", "reference", None),
        (PRO_25, "omni_reference_task_type", "remix", NOT_VALID),
        ("doubao-seedance-2-0-260128", "tools", ("web_search",), None),
        ("doubao-seedance-2-5-260628", "tools", ("web_search", "web_search"), None),
        ("doubao-seedance-2-5-260628", "tools", ("web_search", "browser"), NOT_VALID),
        ("doubao-seedance-1-5-pro-251215", "tools", ("web_search",), UNSUPPORTED),
    ],
)
def test_where_a_parameter_exists_its_value_is_judged(
    bench: Any, model: str, parameter: str, value: Any, row: str | None
) -> None:
    assert bench.keys(model, **{parameter: value}) == ([row] if row else [])


@pytest.mark.parametrize(
    ("parameter", "good", "bad"), [("subdivision_level", "MEDIUM", "finest"), ("file_format", "usdz", "fbx")]
)
def test_a_3d_model_accepts_only_its_levels_and_formats(bench: Any, parameter: str, good: str, bad: str) -> None:
    assert bench.error(SOLID, "bare", **{parameter: good}) is None
    error = bench.error(SOLID, "bare", **{parameter: bad})
    assert (error.param, error.code) == (parameter, "InvalidParameter")
    assert bench.error(PRO_20, "text", **{parameter: bad}) is None


def test_the_seed_of_hyper3d_has_sixteen_bits(bench: Any) -> None:
    assert bench.keys("hyper3d-gen2-260112", "text", seed=65535) == []
    assert bench.keys("hyper3d-gen2-260112", "text", seed=65536) == [NOT_VALID]
    assert bench.keys(SOLID, "bare", seed=65536) == []


@pytest.mark.parametrize("content", ["text first", "text image", "text video"])
def test_web_search_is_for_text_without_media(bench: Any, content: str) -> None:
    model = "doubao-seedance-2-0-260128"
    assert bench.keys(model, content, tools=("web_search",)) == [UNSUPPORTED]
    assert bench.error(model, content, tools=("web_search",)).param == "tools"
    assert bench.keys(model, content, tools=()) == []


LENGTHS = [
    (PRO_25, range(4, 31), True),
    (PRO_20, range(4, 16), True),
    (FAST_20, range(4, 16), True),
    (MINI_20, range(4, 16), True),
    (PRO_15, range(4, 13), True),
    (PRO_10, range(2, 13), False),
    (FAST_10, range(2, 13), False),
    (LITE_T2V, range(2, 13), False),
    (LITE_I2V, range(2, 13), False),
]


@pytest.mark.parametrize(("model", "lengths", "by_model"), LENGTHS)
def test_every_whole_second_of_the_range_is_accepted_and_no_other(
    bench: Any, model: str, lengths: range, by_model: bool
) -> None:
    content = CONTENT.get(model, "text")
    taken = [each for each in range(-3, 40) if bench.error(model, content, duration=each) is None]
    assert taken == [*([-1] if by_model else []), *lengths]


RESOLUTIONS = {
    PRO_25: "480p 720p 1080p 4k",
    PRO_20: "480p 720p 1080p 4k",
    FAST_20: "480p 720p",
    MINI_20: "480p 720p",
    PRO_15: "480p 720p 1080p",
    PRO_10: "480p 720p 1080p",
    FAST_10: "480p 720p 1080p",
    LITE_T2V: "480p 720p 1080p",
    LITE_I2V: "480p 720p 1080p",
}
TRIED = ("360p", "480p", "540p", "720p", "1080p", "1440p", "2k", "4k", "", "720")


@pytest.mark.parametrize("model", CLIPS)
def test_a_model_accepts_only_its_resolutions_whatever_their_case(bench: Any, model: str) -> None:
    content = CONTENT.get(model, "text")
    for write in (str, str.upper):
        taken = [each for each in TRIED if bench.error(model, content, resolution=write(each)) is None]
        assert taken == RESOLUTIONS[model].split()


def test_reference_images_of_1_0_lite_have_neither_1080p_nor_adaptive_nor_a_fixed_camera(bench: Any) -> None:
    assert bench.keys(LITE_I2V, "text image", resolution="720p", ratio="9:16") == []
    assert bench.keys(LITE_I2V, "text image", resolution="1080p", ratio=ADAPTIVE, camera_fixed=True) == [
        NOT_VALID,
        NOT_VALID,
        UNSUPPORTED,
    ]


EXTRA = {PRO_20: ("5:4", "1.91:1"), PRO_10: ("5:4", "3:2")}


@pytest.mark.parametrize("model", CLIPS)
def test_a_model_takes_the_named_ratios_and_the_extra_ones_that_were_probed(bench: Any, model: str) -> None:
    content = CONTENT.get(model, "text")
    tried = (*NAMED_RATIOS, "5:4", "3:2", "1.91:1", "2:3", "99:1", "", "16x9", "Adaptive")
    taken = {each for each in tried if bench.error(model, content, ratio=each) is None}
    assert taken == {*NAMED_RATIOS, *EXTRA.get(model, ())}


@pytest.mark.parametrize("model", CLIPS)
def test_adaptive_is_for_every_model_with_a_frame_and_for_text_from_1_5_on(bench: Any, model: str) -> None:
    for content in ("text", "text first"):
        if not any(key == "mode.unsupported" for key in bench.keys(model, content)):
            taken = bench.error(model, content, ratio=ADAPTIVE) is None
            assert taken == (content == "text first" or model not in IN_10)


def test_frames_win_over_a_duration_that_would_be_refused(bench: Any) -> None:
    assert bench.error(PRO_10, frames=57, duration=99) is None
    assert bench.intent(PRO_10, frames=57, duration=99).frames == 57


def test_a_length_beyond_the_range_of_1_0_is_refused_with_the_bound(bench: Any) -> None:
    error = bench.error(PRO_10, duration=9999)
    assert error.message == (
        "the parameter duration specified in the request must be less than or equal to 12"
        " for model seedance-1-0-pro in t2v"
    )
    assert (error.status, error.code, error.param, error.type) == (
        400,
        "InvalidParameter",
        "duration",
        "BadRequest",
    )
    assert "greater than or equal to 2 for model" in bench.error(PRO_10, duration=1).message


@pytest.mark.parametrize("parameter", ["ratio", "duration", "resolution"])
@pytest.mark.parametrize(
    ("content", "mode"), [("text", "t2v"), ("first", "i2v"), ("first last", "flf2v"), ("video", "r2v")]
)
def test_a_bad_value_is_refused_with_short_name_and_mode(bench: Any, parameter: str, content: str, mode: str) -> None:
    bad = {"ratio": "99:1", "duration": 3, "resolution": "2K"}[parameter]
    error = bench.error("doubao-seedance-2-0-fast-260128", content, **{parameter: bad})
    assert error.message == (
        f"the parameter {parameter} specified in the request is not valid for model doubao-seedance-2-0-fast in {mode}"
    )
    assert error.param == parameter


@pytest.mark.parametrize(
    ("parameter", "value"), [("draft", True), ("service_tier", "flex"), ("camera_fixed", True), ("frames", 57)]
)
def test_what_a_model_lacks_must_be_empty(bench: Any, parameter: str, value: Any) -> None:
    error = bench.error("doubao-seedance-2-0-260128", "video", **{parameter: value})
    assert error.message == (
        f"the specified parameter `{parameter}` is not supported for model doubao-seedance-2-0 in r2v, must be empty"
    )
    assert (error.status, error.code, error.param, error.type) == (
        400,
        "InvalidParameter",
        parameter,
        "BadRequest",
    )


def test_ratio_is_judged_before_duration_and_both_before_the_media(bench: Any) -> None:
    missing = bench.seen(0, problem="download.failed")
    assert bench.keys(PRO_20, "first", missing, ratio="99:1", duration=3) == [NOT_VALID, NOT_VALID, "download.failed"]
    assert bench.error(PRO_20, "first", missing, ratio="99:1", duration=3).param == "ratio"
    assert bench.error(PRO_20, "first", missing, duration=3).param == "duration"


def test_a_3d_model_has_no_parameters_of_clips(bench: Any) -> None:
    asked = {"resolution": "720p", "ratio": "1:1", "duration": 5, "frames": 57, "draft": True, "service_tier": "flex"}
    assert bench.keys(SOLID, "bare", **asked) == [UNSUPPORTED] * 6
    assert bench.keys(SOLID, "bare", seed=7, watermark=True, generate_audio=True, execution_expires_after=60) == []


def test_a_draft_of_1_5_pro_is_refused_in_words_of_its_own(bench: Any) -> None:
    error = bench.error(PRO_15, draft=True, resolution="720p")
    assert (error.code, error.param, error.message) == (
        "InvalidParameter",
        "resolution",
        "draft task only support resolution 480p",
    )
    error = bench.error(PRO_15, draft=True, service_tier="flex")
    assert (error.param, error.message) == ("service_tier", "draft task only support service_tier default")
    assert bench.keys(PRO_15, draft=True, resolution="480P", service_tier="default") == []
    assert bench.keys(PRO_15, draft=True, resolution="8k") == ["parameter.not_valid"]
