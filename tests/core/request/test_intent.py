"""The interpretation of a submission: defaults are filled in and replace invalid values."""

from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.request.intent import Intent, understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE, Evidence, MediaFacts
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_15 = "seedance-1-5-pro-251215"
PRO_10 = "seedance-1-0-pro-250528"
LITE_I2V = "seedance-1-0-lite-i2v-250428"
SOLID = "doubao-seed3d-2-0-260328"
TEXT = Item(Kind.TEXT, "a cat")
FIRST = Item(Kind.IMAGE, "https://example.com/a.png")
REFERENCE = Item(Kind.IMAGE, "https://example.com/a.png", "reference_image")
VIDEO = Item(Kind.VIDEO, "https://example.com/a.mp4", "reference_video")


def intent(name: str, *items: Item, evidence: Evidence = NO_EVIDENCE, **asked: Any) -> Intent:
    """Return the submission of that content to that model, interpreted."""
    model = find(name)
    assert model is not None
    submission = Submission("ark", "k", name, items or (TEXT,), TaskParameters(**asked), "http://localhost")
    return understand(submission, model, name, evidence)


@pytest.mark.parametrize(
    ("name", "item", "resolution", "ratio", "seconds"),
    [
        (PRO_25, TEXT, "720p", "adaptive", -1),
        (PRO_20, TEXT, "720p", "adaptive", 5),
        (PRO_15, FIRST, "720p", "adaptive", 5),
        (PRO_10, TEXT, "1080p", "16:9", 5),
        (PRO_10, FIRST, "1080p", "adaptive", 5),
        (LITE_I2V, REFERENCE, "720p", "16:9", 5),
        (SOLID, FIRST, "medium", "adaptive", 0),
    ],
)
def test_what_was_not_asked_for_has_the_models_default(
    name: str, item: Item, resolution: str, ratio: str, seconds: int
) -> None:
    found = intent(name, item)
    assert (found.resolution, found.ratio, found.seconds, found.frames) == (resolution, ratio, seconds, None)
    assert (found.tier, found.priority, found.expires_after, found.seed) == ("default", 0, 172800, None)
    assert (found.draft, found.last_frame, found.searches) == (False, False, False)


@pytest.mark.parametrize(
    ("parameter", "nonsense", "shown", "default"),
    [
        ("resolution", "2k", "resolution", "720p"),
        ("ratio", "99:1", "ratio", "adaptive"),
        ("duration", 10**40, "seconds", 5),
        ("frames", 57, "frames", None),
        ("seed", -5, "seed", None),
        ("seed", 2**32, "seed", None),
        ("service_tier", "flex", "tier", "default"),
        ("service_tier", "auto", "tier", "default"),
        ("priority", 12, "priority", 0),
        ("execution_expires_after", -1, "expires_after", 172800),
        ("execution_expires_after", 10**400, "expires_after", 172800),
        ("output_format", "mov", "container", "mp4"),
        ("draft", True, "draft", False),
        ("tools", ("web_search",), "searches", False),
    ],
)
def test_nonsense_falls_back_to_the_default(parameter: str, nonsense: Any, shown: str, default: Any) -> None:
    assert getattr(intent(PRO_20, **{parameter: nonsense}), shown) == default


def test_what_makes_sense_is_accepted() -> None:
    found = intent(
        PRO_25, duration=12, resolution="1080P", seed=2**32 - 1, priority=9, output_format="mov", draft=False
    )
    assert (found.seconds, found.resolution, found.seed, found.priority) == (12, "1080p", 2**32 - 1, 9)
    assert (found.container, intent(PRO_10, service_tier="flex").tier) == ("mov", "flex")
    assert intent(PRO_20, execution_expires_after=10).expires_after == 10
    assert intent(PRO_10, frames=57, duration=9).frames == 57


def test_a_draft_is_480p_without_flex_and_for_1_5_pro_without_last_frame() -> None:
    draft = intent(PRO_15, draft=True, resolution="1080p", service_tier="flex", return_last_frame=True)
    assert (draft.resolution, draft.tier, draft.last_frame) == ("480p", "default", False)
    assert intent(PRO_25, draft=True, return_last_frame=True).last_frame


def test_audio_is_on_by_default_where_the_model_has_it() -> None:
    assert [intent(name).audio for name in (PRO_25, PRO_20, PRO_15, PRO_10)] == [True, True, True, False]
    assert not intent(PRO_20, generate_audio=False).audio
    assert not intent(PRO_10, generate_audio=True).audio


def test_the_web_is_searched_on_volcengine_alone() -> None:
    asked = {"tools": ("web_search",)}
    assert intent("doubao-seedance-2-0-260128", **asked).searches
    assert not intent(PRO_20, **asked).searches


def test_reference_video_counts_its_length_and_5_s_unseen() -> None:
    seen = Evidence(media={1: MediaFacts(seconds=10.5), 2: MediaFacts()})
    assert intent(PRO_20).input_video_seconds is None
    assert intent(PRO_20, VIDEO).input_video_seconds == 5
    assert intent(PRO_20, VIDEO, VIDEO, VIDEO, evidence=seen).input_video_seconds == 20.5


@pytest.mark.parametrize(("seconds", "comes_to"), [(7.4, 7), (2.5, 4), (99.0, 30), (None, 5)])
def test_an_edit_lasts_as_long_as_its_video(seconds: float | None, comes_to: int) -> None:
    evidence = Evidence(media={1: MediaFacts(seconds=seconds)})
    found = intent(PRO_25, TEXT, VIDEO, evidence=evidence, omni_reference_task_type="edit", duration=-1)
    assert found.seconds == comes_to
    assert intent(PRO_20, TEXT, VIDEO, evidence=evidence, omni_reference_task_type="edit").seconds == 5


def test_flags_and_body_come_together() -> None:
    found = intent(PRO_10, Item(Kind.TEXT, "a cat --dur 9 --rt 1:1 --cf true"), duration=7)
    assert (found.seconds, found.ratio, found.asked.camera_fixed) == (7, "1:1", True)
    assert (found.given.duration, found.given.ratio) == (7, None)


def test_a_3d_file_has_a_format_and_a_level_instead_of_a_shape() -> None:
    found = intent(SOLID, Item(Kind.TEXT, "--sl high --ff usdz"), FIRST)
    assert (found.resolution, found.container, found.seconds) == ("high", "usdz", 0)
    assert intent(SOLID, Item(Kind.TEXT, "--sl none --ff zip"), FIRST).container == "glb"


def test_the_parameters_of_the_newest_sdk_choose_level_and_format_and_win_over_flags() -> None:
    words = Item(Kind.TEXT, "--sl low --ff usdz")
    found = intent(SOLID, words, FIRST, subdivision_level="high", file_format="OBJ")
    assert (found.resolution, found.container) == ("high", "obj")
    assert intent(SOLID, words, FIRST, file_format="obj").resolution == "low"


def test_a_clip_has_no_use_for_the_parameters_of_3d_models() -> None:
    found = intent("doubao-seedance-2-0-260128", TEXT, subdivision_level="high", file_format="obj")
    assert (found.resolution, found.container) == ("720p", "mp4")


@pytest.mark.parametrize(
    ("flags", "level", "container"),
    [
        ("", "1536", "obj"),
        ("--ff 2 --resolution 1536pro", "1536pro", "glb"),
        ("--ff 5 --request_type 1 --multi_images_bit 1100", "1536-geometry", "usdz"),
        ("--resolution 1536pro --request_type 1 --face 2000000", "1536pro-geometry", "obj"),
        ("--ff 9 --resolution 4k --request_type 3", "1536", "obj"),
        ("--ff stl", "1536", "stl"),
    ],
)
def test_hitem3d_names_its_formats_by_number_and_its_levels_by_resolution(
    flags: str, level: str, container: str
) -> None:
    found = intent("hitem3d-2-0-251223", Item(Kind.TEXT, flags), FIRST)
    assert (found.resolution, found.container) == (level, container)


def test_hyper3d_reads_the_flags_that_all_3d_models_have() -> None:
    flags = "a cat --mesh_mode Quad --material PBR --hd_texture true --addons HighPack --sl high --ff fbx"
    found = intent("hyper3d-gen2-260112", Item(Kind.TEXT, flags))
    assert (found.resolution, found.container) == ("high", "fbx")


def test_an_endpoint_is_named_in_errors_by_the_model_behind_it() -> None:
    assert intent("doubao-seedance-2-0-fast-260128").name == "doubao-seedance-2-0-fast"
    assert intent("dreamina-seedance-2-0-fast-260128").name == "dreamina-seedance-2-0-fast"
    assert intent("doubao-seedance-2-0-fast").name == "doubao-seedance-2-0-fast"
