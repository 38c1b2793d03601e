"""Kling's rules, one by one: what is refused, what passes, and that no request makes a rule raise."""

from typing import Any

import pytest
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.request import rules
from ark_emulator.core.request.intent import Intent, understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE, Evidence, MediaFacts
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.request.rules.link_rules import LONGEST_URL
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters
from ark_emulator.data import load
from hypothesis import given
from hypothesis import strategies as st

TABLES = load("kling")
FAMILIES = [row["family"] for row in TABLES["families"]]
V2 = [family for family in FAMILIES if "-v2-" in family]
V3, OMNI, O1 = "kling-v3", "kling-v3-omni", "kling-video-o1"
PNG, MP4 = "https://example.com/a.png", "https://example.com/a.mp4"
IMAGES = [{"image_url": PNG}]
VIDEOS = [{"video_url": MP4, "refer_type": "feature"}]
SHOTS = [{"index": 1, "prompt": "a", "duration": "2"}, {"index": 2, "prompt": "b", "duration": "3"}]
SHOOT = {"multi_shot": True, "shot_type": "customize"}


def submission(family: str, own: dict[str, Any], prompt: str = "a cat", items: tuple[Any, ...] = ()) -> Submission:
    texts = (Item(Kind.TEXT, prompt),)
    asked = TaskParameters()
    return Submission("x", "sk", family, (*texts, *items), asked, "http://a", upstream=Upstream.KLING, own=own)


def intent_of(
    family: str,
    own: dict[str, Any],
    prompt: str = "a cat",
    items: tuple[Any, ...] = (),
    evidence: Evidence = NO_EVIDENCE,
) -> Intent:
    return understand(submission(family, own, prompt, items), catalogue.of_family(family), family, evidence)


def error(family: str, own: dict[str, Any], prompt: str = "a cat", **more: Any) -> tuple[str, str] | None:
    """Return the cause and the parameter of the refusal, None when the request passes."""
    try:
        rules.apply_rules(intent_of(family, own, prompt, **more), Strictness.STRICT)
    except Refusal as refusal:
        return refusal.key, refusal.slots["parameter"]
    return None


@pytest.mark.parametrize("family", FAMILIES)
def test_a_prompt_alone_passes_on_every_model(family: str) -> None:
    assert error(family, {}) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_a_prompt_must_be_there_and_may_have_2500_characters(family: str) -> None:
    assert error(family, {}, " \n ") == ("kling.missing", "prompt")
    assert error(family, {}, "a" * 2500) is None
    assert error(family, {}, "a" * 2501) == ("kling.value", "prompt")


@pytest.mark.parametrize("row", TABLES["fields"], ids=lambda row: row["field"])
@pytest.mark.parametrize("wrong", ["text", 5, True, [1], {"a": 1}])
def test_a_field_of_another_type_is_refused_on_every_model(row: dict[str, Any], wrong: int | list[int] | str) -> None:
    fits = {"string": str, "number": int, "boolean": bool, "array": list, "object": dict}[row["type"]]
    if type(wrong) is fits:
        return
    for family in FAMILIES:
        assert error(family, {row["field"]: wrong}) == ("kling.type", row["field"])


def test_a_length_is_a_string_and_never_a_number() -> None:
    assert error(V3, {"duration": 5}) == ("kling.type", "duration")
    assert error(V3, {"duration": "5"}) is None


LENGTHS = {family: {"5", "10"} for family in [*V2, O1]} | {
    family: {str(n) for n in range(3, 16)} for family in (V3, OMNI)
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_makes_its_own_lengths_alone(family: str) -> None:
    for asked in [*(str(n) for n in range(21)), "-5", "5.0", " 5", "five", "٥"]:
        assert error(family, {"duration": asked}) == (
            None if asked in LENGTHS[family] else ("kling.value", "duration")
        ), asked


def test_beside_a_video_3_0_omni_makes_3_to_10_seconds() -> None:
    for asked in range(2, 16):
        own = {"duration": str(asked), "video_list": VIDEOS}
        assert error(OMNI, own) == (None if 3 <= asked <= 10 else ("kling.value", "duration"))


@pytest.mark.parametrize("family", FAMILIES)
def test_4k_is_for_3_0_and_3_0_omni_alone(family: str) -> None:
    assert error(family, {"mode": "4k"}) == (None if family in (V3, OMNI) else ("kling.unsupported", "mode 4k"))
    assert error(family, {"mode": "std"}) is error(family, {"mode": "pro"}) is None
    assert error(family, {"mode": "8k"}) == ("kling.value", "mode")


@pytest.mark.parametrize("family", FAMILIES)
def test_there_are_three_ratios(family: str) -> None:
    assert [error(family, {"aspect_ratio": ratio}) for ratio in ("16:9", "9:16", "1:1")] == [None] * 3
    for ratio in ("4:3", "21:9", "adaptive", "16x9"):
        assert error(family, {"aspect_ratio": ratio}) == ("kling.value", "aspect_ratio")


@pytest.mark.parametrize("family", FAMILIES)
def test_cfg_scale_is_from_0_to_1_and_not_on_v2(family: str) -> None:
    for scale in (0, 0.5, 1):
        assert error(family, {"cfg_scale": scale}) == (("kling.unsupported", "cfg_scale") if family in V2 else None)
    if family not in V2:
        assert error(family, {"cfg_scale": 1.01}) == error(family, {"cfg_scale": -0.1}) == ("kling.value", "cfg_scale")


@pytest.mark.parametrize(
    ("field", "value"), [("negative_prompt", "blur"), ("cfg_scale", 0.5), ("image_tail", PNG), ("image", PNG)]
)
def test_what_is_for_text_and_frames_is_refused_for_omni_video(field: str, value: float | str) -> None:
    assert error(OMNI, {field: value}) is None
    assert error(OMNI, {field: value, "image_list": IMAGES}) == ("kling.unsupported", field)
    assert error(O1, {field: value, "video_list": VIDEOS}) == ("kling.unsupported", field)


def test_a_negative_prompt_may_have_2500_characters() -> None:
    assert error(V3, {"negative_prompt": "a" * 2500}) is None
    assert error(V3, {"negative_prompt": "a" * 2501}) == ("kling.value", "negative_prompt")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("field", "value"), [("image_list", IMAGES), ("video_list", VIDEOS)])
def test_references_are_for_o1_and_3_0_omni_alone(family: str, field: str, value: list[dict[Any, Any]]) -> None:
    assert error(family, {field: value}) == (None if family in (O1, OMNI) else ("kling.unsupported", field))


@pytest.mark.parametrize("family", FAMILIES)
def test_sound_is_for_3_0_in_any_mode_and_for_2_6_in_pro(family: str) -> None:
    for mode, value in [(m, v) for m in ("std", "pro") for v in ("on", "off")]:
        found = error(family, {"sound": value, "mode": mode})
        if family in (V3, OMNI):
            assert found is None
        elif family == "kling-v2-6":
            assert found == (("kling.unsupported", "sound on") if (mode, value) == ("std", "on") else None)
        else:
            assert found == ("kling.unsupported", "sound")
    assert error(V3, {"sound": "on", "mode": "4k"}) is None
    assert error(V3, {"sound": "loud"}) == ("kling.value", "sound")
    assert error("kling-v2-6", {"sound": "on"}) == ("kling.unsupported", "sound on")


def test_sound_goes_neither_with_a_video_nor_on_2_6_with_a_last_frame() -> None:
    assert error(OMNI, {"sound": "on", "video_list": VIDEOS}) == ("kling.unsupported", "sound on")
    assert error(OMNI, {"sound": "on", "image_list": IMAGES}) is None
    own = {"image": PNG, "image_tail": PNG, "mode": "pro"}
    assert error("kling-v2-6", {**own, "sound": "on"}) == ("kling.unsupported", "sound on")
    assert error("kling-v2-6", {**own, "sound": "off"}) is None


def test_2_5_and_2_6_take_a_last_frame_in_pro_alone() -> None:
    for family in ("kling-v2-5-turbo", "kling-v2-6"):
        assert error(family, {"image_tail": PNG}) == ("kling.unsupported", "image_tail")
        assert error(family, {"image_tail": PNG, "mode": "pro"}) is None
    assert error("kling-v2-master", {"image": PNG, "image_tail": PNG}) is None


@pytest.mark.parametrize(
    ("images", "parameter"),
    [
        ([{"image_url": PNG, "type": "first_frame"}], None),
        ([{"image_url": PNG, "type": "first_frame"}, {"image_url": PNG, "type": "end_frame"}], None),
        (IMAGES * 7, None),
        (IMAGES * 8, "image_list"),
        ([PNG], "image_list[0]"),
        ([{}], "image_list[0].image_url"),
        ([{"image_url": 5}], "image_list[0].image_url"),
        ([*IMAGES, {"image_url": "not a url"}], "image_list[1].image_url"),
        ([{"image_url": PNG, "type": "last_frame"}], "image_list[0].type"),
        ([{"image_url": PNG, "type": "end_frame"}], "image_list"),
        ([{"image_url": PNG, "type": "first_frame"}] * 2, "image_list"),
        ([{"image_url": PNG, "type": t} for t in ("first_frame", "end_frame", "")], "image_list"),
    ],
)
def test_an_image_list_is_checked_image_by_image(images: list[Any], parameter: str | None) -> None:
    found = error(OMNI, {"image_list": images})
    assert (None if found is None else found[1]) == parameter


@pytest.mark.parametrize(
    ("videos", "parameter"),
    [
        ([{"video_url": MP4}], None),
        ([{"video_url": MP4, "refer_type": "base", "keep_original_sound": "yes"}], None),
        ([{"video_url": MP4, "refer_type": "edit"}], "video_list[0].refer_type"),
        ([{"video_url": MP4, "keep_original_sound": "on"}], "video_list[0].keep_original_sound"),
        ([{"video_url": MP4, "keep_original_sound": True}], "video_list[0].keep_original_sound"),
        ([{"video_url": ""}], "video_list[0].video_url"),
        ([MP4], "video_list[0]"),
        (VIDEOS * 2, "video_list"),
    ],
)
def test_a_video_list_has_one_video_and_says_how_it_is_used(videos: list[Any], parameter: str | None) -> None:
    found = error(O1, {"video_list": videos})
    assert (None if found is None else found[1]) == parameter


def test_beside_a_video_there_are_four_images_at_most_no_frames_of_a_base_and_no_4k() -> None:
    assert error(OMNI, {"video_list": VIDEOS, "image_list": IMAGES * 4}) is None
    assert error(OMNI, {"video_list": VIDEOS, "image_list": IMAGES * 5}) == ("kling.value", "image_list")
    frame = [{"image_url": PNG, "type": "first_frame"}]
    assert error(OMNI, {"video_list": VIDEOS, "image_list": frame}) is None
    assert error(OMNI, {"video_list": [{"video_url": MP4}], "image_list": frame}) == ("kling.value", "image_list")
    assert error(OMNI, {"video_list": VIDEOS, "mode": "4k"}) == ("kling.unsupported", "mode 4k")
    assert error(OMNI, {"image_list": IMAGES, "mode": "4k"}) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_several_shots_are_for_3_0_and_3_0_omni_alone(family: str) -> None:
    own = {**SHOOT, "multi_prompt": SHOTS}
    assert error(family, own) == (None if family in (V3, OMNI) else ("kling.unsupported", "multi_shot"))


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ({"multi_shot": False}, None),
        ({"multi_shot": True, "shot_type": "intelligence"}, None),
        ({"multi_shot": True}, ("kling.missing", "shot_type")),
        ({"multi_shot": True, "shot_type": "random"}, ("kling.value", "shot_type")),
        (SHOOT, ("kling.missing", "multi_prompt")),
        ({"shot_type": "intelligence"}, ("kling.unsupported", "shot_type")),
        ({"multi_prompt": SHOTS}, ("kling.unsupported", "multi_prompt")),
        (
            {"multi_shot": True, "shot_type": "intelligence", "multi_prompt": SHOTS},
            ("kling.unsupported", "multi_prompt"),
        ),
    ],
)
def test_shots_need_the_switch_their_type_and_their_prompts(own: dict[str, Any], found: tuple[str, str] | None) -> None:
    assert error(V3, own) == found


def shot(index: int | str = 1, prompt: str = "a", duration: int | str = "5") -> dict[str, Any]:
    return {"index": index, "prompt": prompt, "duration": duration}


@pytest.mark.parametrize(
    ("shots", "seconds", "parameter"),
    [
        ([shot(duration="5")], None, None),
        (SHOTS, "5", None),
        (SHOTS, "6", "multi_prompt"),
        ([shot(n, duration="1") for n in range(1, 7)], "6", None),
        ([shot(n, duration="1") for n in range(1, 8)], "7", "multi_prompt"),
        ([shot(0)], None, "multi_prompt[0].index"),
        ([shot(1, duration="2"), shot(1, duration="3")], None, "multi_prompt[1].index"),
        ([shot("1")], None, "multi_prompt[0].index"),
        ([shot(duration=5)], None, "multi_prompt[0].duration"),
        ([shot(duration="0")], None, "multi_prompt[0].duration"),
        ([shot(duration="x")], None, "multi_prompt[0].duration"),
        ([shot(prompt="a" * 512)], None, None),
        ([shot(prompt="a" * 513)], None, "multi_prompt[0].prompt"),
        ([shot(prompt=" ")], None, "multi_prompt[0].prompt"),
        ([{"index": 1, "prompt": "a"}], None, "multi_prompt[0].duration"),
        (["a"], None, "multi_prompt[0]"),
    ],
)
def test_shots_are_counted_from_one_and_last_as_long_as_the_clip(
    shots: list[Any], seconds: str | None, parameter: str | None
) -> None:
    own = {**SHOOT, "multi_prompt": shots} | ({} if seconds is None else {"duration": seconds})
    found = error(V3, own)
    assert (None if found is None else found[1]) == parameter


@pytest.mark.parametrize("family", FAMILIES)
def test_a_watermark_is_switched_by_a_boolean(family: str) -> None:
    assert error(family, {"watermark_info": {"enabled": True}}) is None
    assert error(family, {"watermark_info": {"enabled": "yes"}}) == ("kling.type", "watermark_info.enabled")


def test_an_image_is_a_url_a_data_uri_or_bare_base64() -> None:
    for address in (PNG, "data:image/png;base64,AAAA", "iVBORw0KGgoAAAANSUhEUg=="):
        assert error(V3, {"image": address}) is None
    assert error(V3, {"image": "c:\\cat.png"}) == ("kling.value", "image")
    assert error(V3, {"image_tail": "cat"}) == ("kling.value", "image_tail")


@pytest.mark.parametrize(
    ("kind", "facts", "passes"),
    [
        (Kind.IMAGE, MediaFacts(1000, "png", 300, 300), True),
        (Kind.IMAGE, MediaFacts(1000, "webp", 300, 300), False),
        (Kind.IMAGE, MediaFacts(1000, "png", 299, 300), False),
        (Kind.IMAGE, MediaFacts(10 * 1024 * 1024 + 1, "jpeg", 300, 300), False),
        (Kind.IMAGE, MediaFacts(1000, "png", 1000, 400), True),
        (Kind.IMAGE, MediaFacts(1000, "png", 1010, 400), False),
        (Kind.IMAGE, MediaFacts(problem="download.failed", detail="it is not available"), False),
        (Kind.VIDEO, MediaFacts(1000, "mp4", 1280, 720, 3.0, 23.976), True),
        (Kind.VIDEO, MediaFacts(1000, "mp4", 1280, 720, 10.5, 24.0), False),
        (Kind.VIDEO, MediaFacts(1000, "mp4", 1280, 720, 2.9, 24.0), False),
        (Kind.VIDEO, MediaFacts(1000, "mp4", 1280, 719, 5.0, 24.0), False),
        (Kind.VIDEO, MediaFacts(1000, "mp4", 2160, 2162, 5.0, 24.0), False),
        (Kind.VIDEO, MediaFacts(1000, "mp4", 1280, 720, 5.0, 61.0), False),
        (Kind.VIDEO, MediaFacts(), True),
    ],
)
def test_media_that_was_looked_at_must_be_what_kling_takes(kind: Kind, facts: MediaFacts, passes: bool) -> None:
    own = {"image": PNG} if kind is Kind.IMAGE else {"video_list": VIDEOS}
    items = (Item(kind, PNG, "reference_video" if kind is Kind.VIDEO else "first_frame"),)
    found = error(OMNI, own, items=items, evidence=Evidence(media={1: facts}))
    assert (found is None) is passes


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from(["on", "5"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["index", "prompt", "duration", "image_url", "type", "enabled"]), inner)
    ),
    max_leaves=6,
)


@given(
    family=st.sampled_from(FAMILIES),
    own=st.dictionaries(st.sampled_from([row["field"] for row in TABLES["fields"]]), ANYTHING, max_size=6),
)
def test_no_request_makes_a_rule_fail(family: str, own: dict[str, Any]) -> None:
    intent = intent_of(family, own)
    every = rules.apply_rules(intent, Strictness.WARN)
    if every:
        with pytest.raises(Refusal) as caught:
            rules.apply_rules(intent, Strictness.STRICT)
        assert caught.value.key == every[0].key
    assert rules.apply_rules(intent, Strictness.OFF) == ()


def test_arks_rules_are_not_asked() -> None:
    assert error(V3, {}, "a cat --ratio 7:7 --dur 99") is None
    assert intent_of(V3, {}, "a cat --ratio 9:16").ratio == "16:9"


def test_the_address_of_callbacks_can_be_called() -> None:
    assert error(FAMILIES[0], {"callback_url": "http://localhost:9/done"}) is None
    assert error(FAMILIES[0], {"callback_url": ""}) is None
    for url in ("http://[", "localhost:9", "http://a:99999/"):
        assert error(FAMILIES[0], {"callback_url": url}) == ("kling.value", "callback_url")


def test_a_url_of_kling_has_a_bounded_length() -> None:
    longest = "https://example.com/".ljust(LONGEST_URL, "a")
    for name in ("image", "callback_url"):
        assert error(FAMILIES[0], {name: longest}) is None
        assert error(FAMILIES[0], {name: longest + "a"}) == ("kling.value", name)
