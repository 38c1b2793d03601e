"""Media is checked against the limits that the live service prints."""

from typing import Any

import pytest
from ark_emulator.core.facts.error_table import rows
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.task.values import Item, Kind

PRO_25 = "doubao-seedance-2-5-260628"
PRO_20 = "doubao-seedance-2-0-260128"
PRO_10 = "doubao-seedance-1-0-pro-250528"
SOLID = "doubao-seed3d-1-0-250928"
IN_R2V = " for model doubao-seedance-2-0 in r2v"
AT_3 = "The parameter `content[3]` specified in the request is not valid: the parameter "

GOOD = {
    "image": {"size": 900_000, "format": "png", "width": 1280, "height": 720},
    "video": {"size": 9e6, "format": "mp4", "width": 1280, "height": 720, "seconds": 5.0, "frame_rate": 24.0},
    "audio": {"size": 90_000, "format": "mp3", "seconds": 5.0},
}
ASPECT = "expected the aspect ratio to be between 0.39 and 2.50, but received image with aspect ratio: {} instead"
AT_MOST = "less than or equal to "
AT_LEAST = "greater than or equal to "

# kind, what is different from the good one, the measure and the bound of the recorded sentence
MEASURES: list[tuple[str, dict[str, Any], str, str]] = [
    ("video", {"seconds": 15.3}, "video duration (seconds)", AT_MOST + "15.2"),
    ("video", {"seconds": 1.7}, "video duration (seconds)", AT_LEAST + "1.8"),
    ("video", {"width": 640, "height": 637}, "video pixel count", AT_LEAST + "407696"),
    ("video", {"width": 3840, "height": 2161}, "video pixel count", AT_MOST + "8295044"),
    ("video", {"width": 2000, "height": 799}, "video aspect ratio", AT_MOST + "2.5"),
    ("video", {"width": 700, "height": 1800}, "video aspect ratio", AT_LEAST + "0.39"),
    ("video", {"frame_rate": 61.0}, "video frame rate", AT_MOST + "60"),
    ("video", {"frame_rate": 15.0}, "video frame rate", AT_LEAST + "24"),
    ("video", {"size": 209_715_201}, "video size (bytes)", AT_MOST + "209715200"),
    ("audio", {"size": 15_728_641}, "audio size (bytes)", AT_MOST + "15728640"),
    ("audio", {"seconds": 15.3}, "audio duration (seconds)", AT_MOST + "15.2"),
    ("audio", {"seconds": 1.0}, "audio duration (seconds)", AT_LEAST + "1.8"),
]
OTHERS: list[tuple[str, dict[str, Any], str]] = [
    ("audio", {"format": "ogg"}, "audio format from file ogg is not valid" + IN_R2V),
    ("video", {"format": "webm"}, "video format from file webm is not valid" + IN_R2V),
    ("video", {"codec": "vp09"}, "video format from file vp09 is not valid" + IN_R2V),
    (
        "image",
        {"width": 6100, "height": 6000},
        "image data 4 failed: Image exceeds the maximum allowed total pixels."
        " Current dimensions: 6100x6000 = 36600000 pixels. Maximum allowed: 36000000 pixels.",
    ),
    (
        "image",
        {"size": 32_715_571},
        "the request failed because the size of the input image (31.2 MiB) exceeds the limit (30 MiB)",
    ),
]
LIMITS = [
    *(
        (kind, facts, f"{AT_3}{name} specified in the request must be {bound}{IN_R2V}")
        for kind, facts, name, bound in MEASURES
    ),
    *OTHERS,
]


def fourth(bench: Any, kind: str, **different: Any) -> tuple[str, Any]:
    """Return content whose item 3 is of that kind, with these facts."""
    content = f"text image video {kind}"
    facts = {**GOOD[kind], **different}
    return content, bench.seen(3, **facts)


@pytest.mark.parametrize(("kind", "different", "words"), LIMITS, ids=[f"{each[0]}-{each[1]}" for each in LIMITS])
def test_a_limit_is_reported_in_the_words_of_the_service(
    bench: Any, kind: str, different: dict[str, Any], words: str
) -> None:
    content, seen = fourth(bench, kind, **different)
    error = bench.error(PRO_20, content, seen)
    assert error.message.endswith(words)
    assert error.param.startswith("content[3]")
    assert (error.status, error.code, error.type) == (400, "InvalidParameter", "BadRequest")


DOWNLOADING = "Error while downloading image, error: "
OF_IMAGES: list[tuple[dict[str, Any], str]] = [
    ({"width": 1300, "height": 490}, ASPECT.format("2.65")),
    ({"width": 380, "height": 1000}, ASPECT.format("0.38")),
    ({"width": 153, "height": 161}, "expected the width to be at least 300px, but received a 153x161px image instead"),
    ({"width": 300, "height": 299}, "expected the height to be at least 300px, but received a 300x299px image instead"),
    ({"width": 80, "height": 283}, "expected the width to be at least 300px, but received a 80x283px image instead"),
    (
        {"width": 6048, "height": 2592},
        "expected the width to be at most 6000px, but received a 6048x2592px image instead",
    ),
    (
        {"width": 2500, "height": 6001},
        "expected the height to be at most 6000px, but received a 2500x6001px image instead",
    ),
]


@pytest.mark.parametrize(("different", "words"), OF_IMAGES, ids=str)
def test_the_shape_of_an_image_is_reported_with_and_without_the_download(
    bench: Any, different: dict[str, Any], words: str
) -> None:
    content, seen = fourth(bench, "image", **different)
    error = bench.error(PRO_20, content, seen)
    assert (error.code, error.param, error.message) == ("InvalidParameter", "image_url", DOWNLOADING + words)
    inline = (bench.text, Item(Kind.IMAGE, "data:image/png;base64,AQID", "first_frame"))
    error = bench.error(PRO_20, inline, bench.seen(1, **{**GOOD["image"], **different}))
    assert (error.param, error.message) == ("image_url", words)


def test_the_pixels_of_an_image_are_counted_where_it_is_a_reference_of_2_5(bench: Any) -> None:
    small = {"width": 200, "height": 200}
    assert bench.keys(PRO_25, "text image", bench.seen(1, **small))[0] == "image.pixels_min"
    assert bench.keys(PRO_25, "text first", bench.seen(1, **small)) == ["image.side_min"]
    assert bench.keys(PRO_20, "text image", bench.seen(1, **small)) == ["image.side_min"]
    assert bench.keys(PRO_25, "text image", bench.seen(1, width=299, height=400)) == ["image.side_min"]


def test_a_foreign_image_format_has_a_code_of_its_own(bench: Any) -> None:
    error = bench.error(PRO_20, "first", bench.seen(0, format="html"))
    assert (error.code, error.param) == ("InvalidParameter.UnsupportedImageFormat", "image_url")
    assert error.message == "The request failed because the image format is not supported by the API."


EDGES = [
    ("video", {"seconds": 1.8}),
    ("video", {"seconds": 15.2}),
    ("video", {"width": 664, "height": 614}),
    ("video", {"width": 3840, "height": 2160}),
    ("video", {"width": 1250, "height": 500}),
    ("video", {"width": 702, "height": 1800}),
    ("video", {"frame_rate": 23.976}),
    ("video", {"frame_rate": 59.94}),
    ("video", {"size": 209_715_200}),
    ("video", {"format": "mov", "codec": "h265"}),
    ("video", {"codec": "h264"}),
    ("audio", {"seconds": 15.2, "format": "wav"}),
    ("audio", {"size": 15_728_640}),
    ("image", {"width": 300, "height": 300}),
    ("image", {"width": 6000, "height": 6000}),
    ("image", {"width": 390, "height": 1000}),
    ("image", {"width": 1000, "height": 400}),
    ("image", {"size": 31_457_280}),
    *(("image", {"format": each}) for each in ("jpeg", "webp", "bmp", "tiff", "gif", "heic", "heif")),
]


@pytest.mark.parametrize(("kind", "different"), EDGES, ids=str)
def test_both_ends_of_every_limit_are_allowed(bench: Any, kind: str, different: dict[str, Any]) -> None:
    content, seen = fourth(bench, kind, **different)
    assert bench.keys(PRO_20, content, seen) == []


def test_2_5_takes_clips_up_to_30_2_seconds(bench: Any) -> None:
    assert bench.keys(PRO_25, "video", bench.seen(0, seconds=30.2)) == []
    assert (
        "equal to 30.2 for model doubao-seedance-2-5" in bench.error(PRO_25, "video", bench.seen(0, seconds=31)).message
    )
    assert bench.keys(PRO_25, "audio", bench.seen(0, seconds=30.2)) == []


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_clips_of_a_kind_have_a_length_together(bench: Any, kind: str) -> None:
    six = MediaFacts(seconds=6.0)
    error = bench.error(PRO_20, f"image {kind} {kind} {kind}", bench.all_seen(None, six, six, six))
    assert error.message == (
        "The parameter `content` specified in the request is not valid: the parameter"
        f" {kind} total duration (seconds) specified in the request must be less than or equal to 15.2" + IN_R2V
    )
    assert error.param == "content"
    assert bench.keys(PRO_20, f"image {kind} {kind}", bench.all_seen(None, six, six)) == []


def test_video_and_audio_are_summed_apart(bench: Any) -> None:
    ten = MediaFacts(seconds=10.0)
    assert bench.keys(PRO_20, "video audio", bench.all_seen(ten, ten)) == []


def test_a_fact_that_is_not_known_is_not_judged(bench: Any) -> None:
    for content in ("first", "video", "image audio"):
        nothing = bench.all_seen(*(MediaFacts() for _ in content.split()))
        assert bench.keys(PRO_20, content, nothing) == []


def test_a_failed_download_is_reported_by_position_and_kind(bench: Any) -> None:
    seen = bench.seen(1, problem="download.failed", detail="the server answered 404")
    error = bench.error(PRO_20, "text image", seen)
    assert error.message == (
        "The parameter `content[1].image_url` specified in the request is not valid: resource download failed."
    )
    assert error.param == "content[1].image_url"
    assert bench.error(PRO_20, "image audio", bench.seen(1, problem="download.failed")).param == "content[1].audio_url"


@pytest.mark.parametrize(
    ("problem", "detail", "message"),
    [
        ("download.timeout", "", "Timeout while downloading url: https://example.com/media/image.png"),
        ("download.broken", "", "Error while downloading: https://example.com/media/image.png"),
        ("download.status", "http status 403", "Error while downloading image, error: http status 403"),
    ],
)
def test_the_causes_of_a_failed_download_have_separate_texts(
    bench: Any, problem: str, detail: str, message: str
) -> None:
    error = bench.error(PRO_20, "text image", bench.seen(1, problem=problem, detail=detail))
    assert (error.code, error.param, error.message) == ("InvalidParameter", "image_url", message)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("image.data_invalid", "Invalid base64 image url"),
        ("image.url_empty", "Empty base64 image url"),
        ("content.payload", "`content.image_url`"),
        ("asset.wrong_kind", "the specified asset is not an image."),
        ("asset.not_found", "The specified asset https://example.com/media/image.png is not found."),
        ("parameter.invalid_because", ": it is broken."),
    ],
)
def test_any_problem_can_be_rendered(bench: Any, problem: str, words: str) -> None:
    seen = bench.seen(1, problem=problem, detail="it is broken")
    assert words in bench.error(PRO_20, "text image", seen).message


@pytest.mark.parametrize("problem", [each.key for each in rows() if "create" in each.where])
def test_every_row_that_a_create_can_meet_may_be_a_problem(bench: Any, problem: str) -> None:
    assert bench.keys(PRO_20, "text image", bench.seen(1, problem=problem)) == [problem]


def test_heic_is_no_format_of_1_0(bench: Any) -> None:
    assert bench.keys(PRO_10, "first", bench.seen(0, format="heic")) == ["image.format"]
    assert bench.keys(PRO_20, "first", bench.seen(0, format="heic")) == []


def test_the_image_of_a_3d_model_has_limits_of_its_own(bench: Any) -> None:
    assert bench.keys(SOLID, "bare", bench.seen(0, width=4096, height=4096, size=10_485_760, format="bmp")) == []
    assert bench.keys(SOLID, "bare", bench.seen(0, width=100, height=4096)) == []
    assert bench.keys(SOLID, "bare", bench.seen(0, width=4097, height=4096)) == ["image.pixels_max"]
    assert "(10.0 MiB) exceeds the limit (10 MiB)" in bench.error(SOLID, "bare", bench.seen(0, size=10_485_761)).message
    assert bench.keys(SOLID, "bare", bench.seen(0, format="gif")) == ["image.format"]


def test_facts_about_a_text_are_not_looked_at(bench: Any) -> None:
    assert bench.keys(PRO_20, "text", bench.seen(0, problem="download.failed", size=10**12)) == []


@pytest.mark.parametrize(
    "model", [PRO_20, PRO_25, "dreamina-seedance-2-0-fast-260128", "dreamina-seedance-2-0-mini-260615"]
)
@pytest.mark.parametrize(("width", "height"), [(299, 720), (720, 299), (6001, 2400), (2400, 6001), (300, 6000)])
def test_a_video_with_a_side_outside_300_to_6000_is_refused_by_its_pixels_or_its_shape(
    bench: Any, model: str, width: int, height: int
) -> None:
    facts = {**GOOD["video"], "width": width, "height": height}
    error = bench.error(model, "text image image video", bench.seen(3, **facts))
    assert error is not None
    assert ("pixel count" in error.message) or ("aspect ratio" in error.message)
