"""What the use of the references requires of ratio and duration: a first frame, an edit, an extension."""

from typing import Any

import pytest

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
CODE = "InvalidParameter.TaskTypeConstraint"
EDIT = (
    " specified in the request {verb} not valid. Seedance identified your task as video editing based on your prompt."
    " For this task type, the output ratio and duration follow the input video selected by the model for editing,"
    " and the video selected must satisfy the duration requirement of 4 to 30 seconds. Issues: "
)


@pytest.mark.parametrize("content", ["first", "text first", "bare", "first last"])
def test_2_5_takes_no_ratio_with_a_first_frame(bench: Any, content: str) -> None:
    error = bench.error(PRO_25, content, ratio="16:9")
    assert error.message == (
        "The parameter ratio specified in the request is not valid. For first-frame or first-last-frame generation,"
        " the output ratio follows the first-frame image."
    )
    assert (error.status, error.code, error.param, error.type) == (400, CODE, "ratio", "BadRequest")
    assert bench.error(PRO_25, content, ratio="adaptive") is None
    assert bench.error(PRO_25, content) is None
    assert bench.error(PRO_20, content, ratio="16:9") is None


def test_a_ratio_that_does_not_exist_is_refused_as_such(bench: Any) -> None:
    assert bench.keys(PRO_25, "first", ratio="99:1") == ["parameter.not_valid"]


def test_a_bad_output_format_goes_before_a_ratio_that_should_follow_the_frame(bench: Any) -> None:
    assert bench.error(PRO_25, "first", ratio="16:9", output_format="bogus").param == "output_format"


def test_an_edit_keeps_ratio_and_length_of_its_video(bench: Any) -> None:
    error = bench.error(PRO_25, "text video", omni_reference_task_type="edit", duration=5)
    assert error.message == ("The parameter `duration`" + EDIT.format(verb="is") + "[0] `duration` must be -1.")
    assert (error.code, error.param) == (CODE, "duration")
    error = bench.error(PRO_25, "text video", omni_reference_task_type="edit", ratio="16:9")
    assert error.message == "The parameter `ratio`" + EDIT.format(verb="is") + "[0] `ratio` must be `adaptive`."
    error = bench.error(PRO_25, "text video", omni_reference_task_type="edit", duration=5, ratio="16:9")
    assert error.message == (
        "The parameters `ratio` and `duration`"
        + EDIT.format(verb="are")
        + "[0] `ratio` must be `adaptive`. [1] `duration` must be -1."
    )
    assert bench.error(PRO_25, "text video", omni_reference_task_type="edit", ratio="adaptive", duration=-1) is None
    assert bench.error(PRO_25, "text video", omni_reference_task_type="edit") is None


def test_flags_bind_an_edit_as_parameters_do(bench: Any) -> None:
    content = (bench.words("remove the hat --dur 5"), bench.video)
    assert bench.keys(PRO_25, content, omni_reference_task_type="edit") == ["task_type.edit_duration"]


@pytest.mark.parametrize(("seconds", "taken"), [(3.9, False), (4.0, True), (30.2, True), (None, True)])
def test_an_edit_needs_a_video_of_4_to_30_seconds(bench: Any, seconds: float | None, taken: bool) -> None:
    keys = bench.keys(PRO_25, "text video", bench.seen(1, seconds=seconds), omni_reference_task_type="edit")
    assert keys == ([] if taken else ["task_type.edit_length"])


@pytest.mark.parametrize(("seconds", "printed"), [(2.8, "2.8"), (31.0, "31.0"), (2.3501, "2.4")])
def test_an_edit_of_a_clip_of_another_length_names_the_clip(bench: Any, seconds: float, printed: str) -> None:
    error = bench.error(PRO_25, "text video", bench.seen(1, seconds=seconds), omni_reference_task_type="edit")
    assert error.message == (
        "The parameter `content[1].video_url`"
        + EDIT.format(verb="is")
        + f"[0] `content[1].video_url` is {printed} seconds."
    )
    assert (error.code, error.param) == (CODE, "content[1].video_url")


def test_one_fitting_video_is_enough_for_an_edit(bench: Any) -> None:
    seen = bench.all_seen(bench.seen(0, seconds=2.5).media[0], bench.seen(0, seconds=6.0).media[0])
    assert bench.keys(PRO_25, "video video", seen, omni_reference_task_type="edit") == []


@pytest.mark.parametrize("content", ["text", "first", "text image"])
def test_edit_and_extend_need_a_video(bench: Any, content: str) -> None:
    assert bench.keys(PRO_25, content, omni_reference_task_type="edit") == ["task_type.edit_video"]
    assert bench.keys(PRO_25, content, omni_reference_task_type="extend") == ["task_type.extend_video"]


def test_an_extension_keeps_the_ratio_and_may_have_a_length(bench: Any) -> None:
    error = bench.error(PRO_25, "text video", omni_reference_task_type="extend", ratio="16:9", duration=5)
    assert (error.code, error.param) == (CODE, "ratio")
    assert "identified your task as video extension" in error.message
    assert bench.error(PRO_25, "text video", omni_reference_task_type="extend", ratio="adaptive", duration=5) is None


def test_auto_and_reference_ask_nothing_more(bench: Any) -> None:
    for task_type in ("auto", "reference"):
        asked = {"omni_reference_task_type": task_type, "ratio": "16:9", "duration": 5}
        assert bench.error(PRO_25, "text video", **asked) is None
