"""The ratio that `adaptive` resolves to, and its pixels."""

from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.plan.frame_size import Shape, shape
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import Evidence, MediaFacts
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters
from hypothesis import given
from hypothesis import strategies as st

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_10 = "seedance-1-0-pro-250528"
FIRST = Item(Kind.IMAGE, "https://example.com/a.png", "first_frame")
LAST = Item(Kind.IMAGE, "https://example.com/b.png", "last_frame")
IMAGE = Item(Kind.IMAGE, "https://example.com/a.png", "reference_image")
VIDEO = Item(Kind.VIDEO, "https://example.com/a.mp4", "reference_video")


def framed(name: str, *items: Item, sizes: tuple[tuple[int, int] | None, ...] = (), **asked: Any) -> Shape:
    """Return the shape of a submission with pictures of these sizes."""
    model = find(name)
    assert model is not None
    media = {index: MediaFacts(width=size[0], height=size[1]) for index, size in enumerate(sizes) if size}
    submission = Submission("ark", "k", name, items, TaskParameters(**asked), "http://localhost")
    return shape(understand(submission, model, name, Evidence(media=media)))


def words(text: str) -> Item:
    return Item(Kind.TEXT, text)


@pytest.mark.parametrize(
    ("name", "resolution", "ratio", "size"),
    [
        (PRO_25, "480p", "16:9", (854, 480)),
        (PRO_20, "480p", "16:9", (864, 496)),
        (PRO_20, "4k", "21:9", (4398, 1886)),
        (PRO_10, "1080p", "9:16", (1088, 1920)),
        (PRO_20, "720p", "1.91:1", (1326, 694)),
    ],
)
def test_a_named_ratio_has_the_pixels_of_its_table(
    name: str, resolution: str, ratio: str, size: tuple[int, int]
) -> None:
    assert framed(name, words("a cat"), resolution=resolution, ratio=ratio) == (ratio, *size)


@pytest.mark.parametrize(
    ("prompt", "ratio"),
    [
        ("a cat", "16:9"),
        ("a cat, 9:16 please", "9:16"),
        ("vertical video of a cat", "9:16"),
        ("竖屏视频", "9:16"),
        ("a square video of a cat", "1:1"),
        ("a cat at 16:95", "16:9"),
        ("a cat in Trafalgar square", "16:9"),
    ],
)
def test_without_pictures_the_prompt_speaks(prompt: str, ratio: str) -> None:
    assert framed(PRO_20, words(prompt))[0] == ratio


@pytest.mark.parametrize(
    ("size", "ratio"), [((1000, 1000), "1:1"), ((1920, 1080), "16:9"), ((1000, 700), "4:3"), ((500, 1000), "9:16")]
)
def test_2_0_takes_the_named_ratio_nearest_to_the_first_frame(size: tuple[int, int], ratio: str) -> None:
    assert framed(PRO_20, FIRST, sizes=(size,))[0] == ratio


def test_2_5_follows_the_first_frame_itself() -> None:
    ratio, width, height = framed(PRO_25, FIRST, sizes=((1000, 700),))
    assert width / height == pytest.approx(10 / 7, abs=0.01)
    across, down = ratio.split(":")
    assert int(across) * height == int(down) * width
    assert framed(PRO_25, FIRST, sizes=((1440, 2560),)) == ("9:16", 720, 1280)


def test_at_480p_a_followed_ratio_is_shown_as_a_fraction_as_recorded() -> None:
    assert framed(PRO_25, FIRST, sizes=((720, 1280),), resolution="480p") == ("240:427", 480, 854)


def test_the_first_frame_leads_even_when_the_last_is_given_first() -> None:
    assert framed(PRO_20, LAST, FIRST, sizes=((1000, 1000), (1920, 1080)))[0] == "16:9"


def test_a_reference_video_leads_before_an_image() -> None:
    assert framed(PRO_20, IMAGE, VIDEO, sizes=((1000, 1000), (1920, 1080)))[0] == "16:9"
    assert framed(PRO_20, IMAGE, VIDEO, sizes=((1000, 1000), None))[0] == "1:1"


def test_edit_and_extension_have_the_shape_of_their_video() -> None:
    for task_type in ("edit", "extend"):
        ratio, width, height = framed(PRO_25, VIDEO, sizes=((1000, 800),), omni_reference_task_type=task_type)
        assert (width, height) == (1072, 858)
        assert ratio == "536:429"
        assert framed(PRO_25, VIDEO, sizes=((720, 1280),), omni_reference_task_type=task_type)[0] == "9:16"
    assert framed(PRO_25, VIDEO, sizes=((1000, 800),))[0] == "4:3"


def test_a_3d_file_has_no_shape() -> None:
    assert framed("doubao-seed3d-1-0-250928", FIRST, sizes=((1000, 1000),)) == ("", 0, 0)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(["480p", "720p", "1080p"]))
def test_no_picture_makes_a_clip_that_is_too_narrow_or_too_wide(width: int, height: int, resolution: str) -> None:
    _, across, down = framed(PRO_25, FIRST, sizes=((width, height),), resolution=resolution)
    assert 0.37 < across / down < 2.6
    assert across % 2 == down % 2 == 0
