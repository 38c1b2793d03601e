"""Drafts and the finals made from them, on the two models that have them."""

from dataclasses import replace
from typing import Any

import pytest

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_15 = "seedance-1-5-pro-251215"
DAY = 86_400.0
AT_ID = "The parameter `content[0].draft_task.id` specified in the request is not valid: "


def final(bench: Any, model: str, of: Any, known: dict[str, Any] | None = None, **asked: Any) -> Any:
    """Return the refusal of a final made from that draft."""
    content = (bench.draft(of.id if of else "cgt-20260101000000-xxxxx"),)
    return bench.error(model, content, bench.of_draft(of, **(known or {})), **asked)


@pytest.fixture(scope="module", params=[PRO_25, PRO_15])
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def draft(bench: Any, model: str) -> Any:
    return bench.task(model, draft=True, duration=5, ratio="16:9", seed=76282)


def test_a_final_is_made_from_its_draft_alone(bench: Any, model: str, draft: Any) -> None:
    assert final(bench, model, draft) is None
    evidence = bench.of_draft(draft)
    assert bench.error(model, (bench.draft(draft.id), bench.text), evidence).param == "content"
    assert "cannot be mixed" in bench.error(model, (bench.draft(draft.id),) * 2, evidence).message
    assert "cannot be mixed" in bench.error(model, (bench.first, bench.draft(draft.id)), evidence).message


def test_a_draft_that_is_not_there_is_not_found(bench: Any, model: str) -> None:
    error = final(bench, model, None)
    assert error.message == AT_ID + "the draft task cgt-20260101000000-xxxxx is not found."
    assert error.param == "content[0].draft_task.id"


def test_a_task_that_is_no_draft_cannot_be_finished(bench: Any, model: str) -> None:
    error = final(bench, model, bench.task(model))
    assert error.message.startswith(AT_ID + "the task cgt-")
    assert error.message.endswith(" is not a draft task.")


def test_a_draft_that_has_not_succeeded_cannot_be_finished(bench: Any, model: str, draft: Any) -> None:
    assert final(bench, model, draft, {"draft_succeeded": False}).message.endswith(" is not succeeded.")


def test_a_draft_can_be_finished_for_seven_days(bench: Any, model: str, draft: Any) -> None:
    created = draft.plan.accepted_at
    assert final(bench, model, draft, {"now": created + 7 * DAY}) is None
    assert final(bench, model, draft, {"now": created + 7 * DAY + 1}).message.endswith(" has expired.")


def test_a_draft_is_finished_by_its_own_model(bench: Any) -> None:
    error = final(bench, PRO_25, bench.task(PRO_15, draft=True))
    assert error.param == "model"
    assert error.message.endswith(f"was created with model {PRO_15}.")


def test_the_same_model_on_the_other_site_will_do(bench: Any) -> None:
    assert final(bench, "doubao-seedance-2-5-260628", bench.task(PRO_25, draft=True)) is None


@pytest.mark.parametrize("other", [PRO_20, "seedance-1-0-pro-250528", "doubao-seed3d-1-0-250928"])
def test_a_model_without_drafts_makes_no_finals(bench: Any, other: str) -> None:
    error = final(bench, other, bench.task(PRO_25, draft=True))
    assert "the specified task_type draft does not support model" in error.message


INHERITED = [("duration", 5), ("ratio", "16:9"), ("seed", 76282), ("generate_audio", True)]


@pytest.mark.parametrize(("parameter", "value"), [*INHERITED, ("omni_reference_task_type", "auto")])
def test_2_5_refuses_what_is_inherited_even_with_the_same_value(bench: Any, parameter: str, value: Any) -> None:
    error = final(bench, PRO_25, bench.task(PRO_25, draft=True, duration=5, ratio="16:9"), **{parameter: value})
    assert error.param == parameter
    assert error.message == (
        f"the specified parameter `{parameter}` is not supported"
        " for model dreamina-seedance-2-5 in draft, must be empty"
    )


@pytest.mark.parametrize(("parameter", "value"), [*INHERITED, ("camera_fixed", True), ("duration", 99)])
def test_1_5_pro_ignores_what_is_inherited(bench: Any, parameter: str, value: Any) -> None:
    draft = bench.task(PRO_15, draft=True, duration=6, ratio="1:1", seed=3, generate_audio=False)
    assert final(bench, PRO_15, draft, **{parameter: value}) is None
    plan = bench.task(PRO_15, (bench.draft(draft.id),), bench.of_draft(draft), **{parameter: value}).plan
    assert (plan.picture.frames, plan.picture.ratio, plan.seed, plan.picture.audio) == (145, "1:1", 3, False)


def test_what_is_not_inherited_may_be_given_again(bench: Any, model: str, draft: Any) -> None:
    again = {
        "return_last_frame": True,
        "watermark": True,
        "service_tier": "default",
        "execution_expires_after": 7200,
        "callback_url": "https://example.com/hook",
        "safety_identifier": "user",
        "draft": False,
    }
    assert final(bench, model, draft, **again) is None
    if model == PRO_25:
        assert final(bench, model, draft, output_format="mov", priority=5) is None


def test_a_final_is_no_draft(bench: Any, model: str, draft: Any) -> None:
    assert final(bench, model, draft, draft=True).param == "draft"


def test_the_final_of_2_5_is_1080p_and_nothing_else(bench: Any) -> None:
    draft = bench.task(PRO_25, draft=True)
    assert final(bench, PRO_25, draft, resolution="1080P") is None
    assert final(bench, PRO_25, draft, resolution="720p").param == "resolution"


def test_the_final_of_1_5_pro_has_any_resolution(bench: Any) -> None:
    draft = bench.task(PRO_15, draft=True)
    for resolution in ("480p", "720p", "1080p"):
        assert final(bench, PRO_15, draft, resolution=resolution) is None
    assert final(bench, PRO_15, draft, resolution="4k").param == "resolution"


def test_a_draft_is_480p(bench: Any, model: str) -> None:
    assert bench.error(model, draft=True, resolution="480P") is None
    for resolution in ("720p", "1080p"):
        assert bench.error(model, draft=True, resolution=resolution).param == "resolution"
    assert bench.intent(model, draft=True).resolution == "480p"


def test_a_draft_of_1_5_pro_has_neither_last_frame_nor_flex(bench: Any) -> None:
    assert bench.error(PRO_15, draft=True, return_last_frame=True).param == "return_last_frame"
    assert bench.error(PRO_15, draft=True, service_tier="flex").param == "service_tier"
    assert bench.error(PRO_15, service_tier="flex", return_last_frame=True) is None
    assert bench.error(PRO_25, draft=True, return_last_frame=True) is None


def test_the_recorded_final_of_2_5_is_reproduced_to_the_token(bench: Any) -> None:
    seen = bench.seen(1, width=720, height=1280)
    draft = bench.task(PRO_25, "text first", seen, draft=True, duration=5, seed=76282)
    made = draft.plan.picture
    assert (made.width, made.height, made.ratio, draft.plan.usage.tokens) == (480, 854, "240:427", 48437)
    plan = bench.task(PRO_25, (bench.draft(draft.id),), bench.of_draft(draft)).plan
    shown = plan.picture
    assert (shown.width, shown.height, shown.ratio, shown.resolution) == (1080, 1920, "9:16", "1080p")
    assert (plan.usage.tokens, plan.seed, plan.draft, plan.draft_task_id) == (245025, 76282, False, draft.id)


def test_a_final_follows_its_drafts_odd_shape(bench: Any) -> None:
    draft = bench.task(PRO_25, "first", bench.seen(0, width=1000, height=700), draft=True)
    shown = bench.task(PRO_25, (bench.draft(draft.id),), bench.of_draft(draft)).plan.picture
    assert shown.width / shown.height == pytest.approx(1000 / 700, abs=0.01)


def test_the_final_of_a_draft_with_reference_video_bills_the_video_again(bench: Any) -> None:
    draft = bench.task(PRO_25, "text video", draft=True, duration=5, ratio="16:9")
    plan = bench.task(PRO_25, (bench.draft(draft.id),), bench.of_draft(draft)).plan
    assert plan.usage.tokens == 1920 * 1080 * (121 + 120) // 1024


def test_a_draft_of_another_kind_can_still_be_planned_without_strict_checking(bench: Any) -> None:
    for source in (bench.task("doubao-seed3d-1-0-250928", "bare"), bench.task("seedance-1-0-pro-250528", frames=29)):
        for model in (PRO_25, PRO_20, PRO_15, "doubao-seed3d-1-0-250928"):
            plan = bench.task(model, (bench.draft(source.id),), bench.of_draft(replace(source))).plan
            assert plan.draft_task_id == source.id
