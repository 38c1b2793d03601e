"""Laws of judging: whatever is submitted, the rules object or let it pass, and nothing else ever happens."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core import planning, rules
from emulator.core.catalogue import catalogue, names
from emulator.core.dice import Dice
from emulator.core.errors import Refusal, rows
from emulator.core.evidence import Evidence, MediaFacts
from emulator.core.intent import understand
from emulator.core.numbers import Numbers
from emulator.core.outcome import SUCCESS
from emulator.core.rules import RULES, Strictness
from emulator.core.values import Item, Kind, Mode, Parameters, Submission, Task

CREATE = [each.key for each in rows() if "create" in each.where]
WHOLE = st.integers(-(10**30), 10**30) | st.integers(-3, 40) | st.sampled_from([57, 3600, 172800, 2**32])
WORDS = st.text(max_size=12) | st.sampled_from(
    ["480p", "720p", "1080P", "4k", "adaptive", "16:9", "5:4", "flex", "default", "mp4", "mov", "glb", "edit", "extend"]
)
PARAMETERS = st.builds(
    Parameters,
    **{
        **dict.fromkeys(("duration", "frames", "seed", "priority", "execution_expires_after"), st.none() | WHOLE),
        **dict.fromkeys(("camera_fixed", "watermark", "generate_audio", "draft"), st.none() | st.booleans()),
        **dict.fromkeys(("resolution", "ratio", "service_tier", "output_format"), st.none() | WORDS),
        "return_last_frame": st.none() | st.booleans(),
        "callback_url": st.none() | WORDS | st.just("https://example.com"),
        "safety_identifier": st.none() | st.text(max_size=80),
        "tools": st.none() | st.lists(WORDS | st.just("web_search"), max_size=3).map(tuple),
        "omni_reference_task_type": st.none() | WORDS,
    },
)
URLS = st.sampled_from(
    ["", "https://example.com/a", "data:image/png;base64,AQID", "asset://asset-20260929120001-fghij", "data:,", "x"]
)
ROLES = st.none() | st.sampled_from(
    ["first_frame", "last_frame", "reference_image", "reference_video", "reference_audio", "end_frame", ""]
)
FLAGS = st.lists(
    st.tuples(
        st.sampled_from(["dur", "rs", "rt", "seed", "cf", "frames", "ff", "sl", "wm"]), WORDS | WHOLE.map(str)
    ).map(lambda pair: f"--{pair[0]} {pair[1]}"),
    max_size=4,
).map(" ".join)
ITEMS = st.lists(
    st.builds(Item, st.just(Kind.TEXT), st.text(max_size=20) | FLAGS, ROLES)
    | st.builds(Item, st.sampled_from([Kind.IMAGE, Kind.VIDEO, Kind.AUDIO]), URLS, ROLES)
    | st.builds(Item, st.just(Kind.DRAFT), WORDS, ROLES),
    max_size=8,
).map(tuple)
SIZES = st.none() | st.integers(0, 10**6)
MEASURES = st.none() | st.floats(0, 1e6)
FACTS = st.builds(
    MediaFacts,
    size=st.none() | st.integers(0, 10**12),
    format=st.none() | st.sampled_from(["png", "mp4", "mp3", "exe"]),
    width=SIZES,
    height=SIZES,
    seconds=MEASURES,
    frame_rate=MEASURES,
    codec=st.none() | st.sampled_from(["h264", "av01"]),
    problem=st.none() | st.sampled_from(CREATE),
)
MEDIA = st.dictionaries(st.integers(0, 8), FACTS, max_size=4)
MODELS = st.sampled_from(sorted(names()))


def submission(model: str, items: tuple[Item, ...], asked: Parameters) -> Submission:
    return Submission("ark", "sk-test", model, items, asked, "http://localhost")


def planned(model: str, items: tuple[Item, ...], asked: Parameters, evidence: Evidence) -> Task:
    intent = understand(submission(model, items, asked), names()[model], model, evidence)
    return planning.accept(intent, SUCCESS, planning.Birth(Dice(1), "0a0b0c0d", "sk-test", 1, 1000.0))


DRAFTS = st.none() | st.builds(planned, MODELS, ITEMS, PARAMETERS, st.builds(Evidence, media=MEDIA))
EVIDENCE = st.builds(
    Evidence, media=MEDIA, draft=DRAFTS, draft_succeeded=st.booleans(), now=st.floats(0, 1e10, allow_nan=False)
)


@settings(max_examples=400, deadline=None)
@given(model=MODELS, items=ITEMS, asked=PARAMETERS, evidence=EVIDENCE)
def test_anything_is_refused_or_passes_and_can_be_planned_all_the_same(
    model: str, items: tuple[Item, ...], asked: Parameters, evidence: Evidence
) -> None:
    intent = understand(submission(model, items, asked), names()[model], model, evidence)
    collected = rules.judge(intent, Strictness.WARN)
    assert rules.judge(intent, Strictness.OFF) == ()
    for objection in collected:
        assert objection.render().message
        assert "create" in objection.row.where
    if collected:
        with pytest.raises(Refusal) as strict:
            rules.judge(intent, Strictness.STRICT)
        assert strict.value.render() == collected[0].render()
    else:
        assert rules.judge(intent, Strictness.STRICT) == ()
        rules.check(intent)
    plan = planned(model, items, asked, evidence).plan
    assert plan.usage.tokens > 0
    assert plan.expires_after >= 1
    assert 0 <= plan.seed < 2**32
    assert plan.tier == "default" or names()[model].flex


@settings(max_examples=200, deadline=None)
@given(model=MODELS, items=ITEMS, asked=PARAMETERS)
def test_what_passes_is_planned_as_it_was_asked_for(model: str, items: tuple[Item, ...], asked: Parameters) -> None:
    intent = understand(submission(model, items, asked), names()[model], model, Evidence())
    if rules.judge(intent, Strictness.WARN) or intent.solid:
        return
    picture = planned(model, items, asked, Evidence()).plan.picture
    if asked.frames is not None:
        assert picture.frames == asked.frames
    elif asked.duration is not None and asked.duration > 0:
        assert picture.frames // 24 == asked.duration
    if asked.resolution is not None:
        assert picture.resolution == asked.resolution.lower()
    if asked.ratio not in (None, "adaptive"):
        assert picture.ratio == asked.ratio


def test_a_lenient_judge_asks_every_rule_even_after_one_objected(bench: Any) -> None:
    asked = {"resolution": "2k", "ratio": "2:3", "duration": 99, "frames": 57, "camera_fixed": True, "draft": True}
    found = bench.keys("dreamina-seedance-2-0-260128", "first image", bench.seen(0, problem="download.failed"), **asked)
    assert found == [
        "content.frames_mixed_with_references",
        *["parameter.not_valid"] * 3,
        *["parameter.unsupported"] * 3,
        "download.failed",
    ]


def test_every_rule_says_where_it_comes_from() -> None:
    for rule in RULES:
        words = (rule.__doc__ or "").replace(":", " ").lower()
        assert any(source in words for source in ("seed", "documented", "recorded", "inferred")), rule.__name__


def test_no_rule_is_asked_twice() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.family)
def test_the_plainest_request_of_every_mode_passes(bench: Any, model: Any) -> None:
    content = {
        Mode.TEXT: "text",
        Mode.FIRST_FRAME: "first",
        Mode.FIRST_LAST: "first last",
        Mode.REFERENCE: "image",
        Mode.SOLID: "bare",
    }
    for mode in model.modes:
        for listing in model.listings:
            assert bench.told(listing.id, content[Mode(mode)]) is None


def test_a_model_that_does_not_exist_is_told_by_the_name_asked_for(bench: Any) -> None:
    with pytest.raises(Refusal) as refused:
        rules.model_of(bench.submission("ep-1"), "nothing")
    told = refused.value.render()
    assert told.message == "The model or endpoint ep-1 does not exist or you do not have access to it."
    assert (told.status, told.code, told.param, told.type) == (404, "InvalidEndpointOrModel.NotFound", "", "Not Found")


@pytest.mark.parametrize(
    ("numbers", "asked", "refused"),
    [
        (Numbers(), {"execution_expires_after": 60}, False),
        (Numbers(least_expiry=3600), {"execution_expires_after": 60}, True),
        (Numbers(), {"seed": 2**32 - 1}, False),
        (Numbers(most_seed=2**31 - 1), {"seed": 2**32 - 1}, True),
    ],
)
def test_a_number_in_dispute_can_be_chosen(numbers, asked, refused):
    model = "dreamina-seedance-2-0-260128"
    items = (Item(Kind.TEXT, "a cat"),)
    intent = understand(submission(model, items, Parameters(**asked)), names()[model], model, Evidence(), numbers)
    assert bool(rules.judge(intent, Strictness.WARN)) is refused


def test_how_long_an_unseen_reference_counts_can_be_chosen():
    model = "dreamina-seedance-2-0-260128"
    items = (Item(Kind.TEXT, "a cat"), Item(Kind.VIDEO, "https://example.com/a.mp4", "reference_video"))
    for seconds in (5, 9):
        found = submission(model, items, Parameters())
        intent = understand(found, names()[model], model, Evidence(), Numbers(unknown_video_seconds=seconds))
        assert intent.input_video_seconds == seconds
