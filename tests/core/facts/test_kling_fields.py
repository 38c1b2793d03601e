"""The endpoint, mode, resolution and duration of a request to Kling, for any fields."""

from typing import Any

import pytest
from ark_emulator.core.billing.kling_units import units
from ark_emulator.core.billing.ledger_entries import cost
from ark_emulator.core.facts import catalogue, kling_fields
from ark_emulator.core.facts.upstreams import DAY, UPSTREAM_RULES, Upstream
from ark_emulator.core.plan.outcome import STEERING_BY_NAME, SUCCESS, Outcome
from ark_emulator.core.plan.planning import CreationContext, accept
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE, Evidence, MediaFacts
from ark_emulator.core.task.gateway_policy import Bill, GatewayPolicy
from ark_emulator.core.task.lifecycle import retention_ends_at, timeline
from ark_emulator.core.task.values import Item, Kind, Picture, Submission, Task, TaskParameters
from ark_emulator.core.time.dice import Dice
from ark_emulator.data import load

TABLES = load("kling")
T = 1_790_000_000.0
PNG, MP4 = "https://example.com/a.png", "https://example.com/a.mp4"
IMAGES, VIDEOS = [{"image_url": PNG}], [{"video_url": MP4}]


@pytest.mark.parametrize(
    ("own", "endpoint", "mode", "resolution"),
    [
        ({}, "text2video", "std", "720p"),
        ({"image": PNG}, "image2video", "std", "720p"),
        ({"image_tail": PNG, "mode": "pro"}, "image2video", "pro", "1080p"),
        ({"image_list": IMAGES}, "omni-video", "pro", "1080p"),
        ({"video_list": VIDEOS, "mode": "std"}, "omni-video", "std", "720p"),
        ({"image": PNG, "image_list": IMAGES}, "omni-video", "pro", "1080p"),
        ({"image": "", "image_list": []}, "text2video", "std", "720p"),
        ({"mode": "4k"}, "text2video", "4k", "4k"),
        ({"mode": "8k"}, "text2video", "8k", None),
        ({"mode": 5, "image_list": "x"}, "text2video", "std", "720p"),
    ],
)
def test_the_fields_decide_the_endpoint_and_that_the_mode(
    own: dict[str, Any], endpoint: str, mode: str, resolution: str | None
) -> None:
    assert (kling_fields.endpoint(own), kling_fields.mode(own), kling_fields.resolution(own)) == (
        endpoint,
        mode,
        resolution,
    )
    assert kling_fields.action(own) == ("textGenerate" if endpoint == "text2video" else "generate")


@pytest.mark.parametrize(
    ("asked", "seconds"), [("5", 5), ("15", 15), ("", None), ("-5", None), ("5.0", None), (5, None)]
)
def test_a_length_is_a_number_in_a_string(asked: int | str, seconds: int | None) -> None:
    assert kling_fields.seconds({"duration": asked}) == seconds


def test_every_row_of_the_tables_is_about_models_and_endpoints_that_exist() -> None:
    families = {row["family"] for row in TABLES["families"]}
    endpoints = {row["endpoint"] for row in TABLES["endpoints"]}
    for table in ("fields", "combinations", "durations"):
        for row in TABLES[table]:
            assert set(row.get("models") or ()) <= families, row
            assert set(row.get("endpoints") or ()) <= endpoints, row
    assert {row["field"] for row in TABLES["combinations"]} <= {row["field"] for row in TABLES["fields"]}
    assert {row["upstream"] for row in TABLES["names"]} == families == {row["id"] for row in TABLES["listings"]}
    assert {model for row in TABLES["durations"] for model in row["models"]} == families


def test_kling_is_no_model_of_ark() -> None:
    for model in catalogue.catalogue(Upstream.KLING):
        assert catalogue.find(model.family) is None
        assert catalogue.find(model.family, Upstream.KLING) is catalogue.find_anywhere(model.family) is model
        assert catalogue.of_family(model.family) is model
        assert model.name_in_errors(model.family) == model.family
    assert catalogue.find_anywhere("seedance-1-5-pro") is catalogue.find("seedance-1-5-pro")
    assert catalogue.find_anywhere("kling/kling-v3") is None


PRICES = [
    *(("kling-v2-master", "720p", 5, False, False, "10"), ("kling-v2-1-master", "1080p", 10, False, False, "20")),
    *(("kling-v2-5-turbo", "720p", 5, False, False, "1.5"), ("kling-v2-5-turbo", "1080p", 5, False, False, "2.5")),
    *(("kling-v2-6", "1080p", 5, False, False, "2.5"), ("kling-v2-6", "1080p", 5, True, False, "5")),
    *(("kling-v3", "720p", 5, False, False, "3"), ("kling-v3", "720p", 7, True, False, "6.3")),
    *(("kling-v3", "4k", 15, True, False, "45"), ("kling-video-o1", "1080p", 5, False, False, "4")),
    *(("kling-video-o1", "1080p", 5, False, True, "6"), ("kling-v3-omni", "720p", 3, True, False, "2.4")),
    ("kling-v3-omni", "1080p", 3, False, True, "3.6"),
]


@pytest.mark.parametrize(("family", "resolution", "seconds", "audio", "video", "expected"), PRICES)
def test_a_clip_costs_units_by_the_second(
    family: str, resolution: str, seconds: int, audio: bool, video: bool, expected: str
) -> None:
    picture = Picture(16, 16, 24 * seconds + 1, audio, False, False, "mp4", "16:9", resolution, False)
    found = units(catalogue.of_family(family), picture, with_video_input=video)
    assert found is not None and format(found.normalize(), "f") == expected


def test_every_clip_that_kling_makes_has_its_units_and_no_other_has_any() -> None:
    for model in catalogue.catalogue(Upstream.KLING):
        for resolution in model.resolutions:
            for audio, video in ((a, v) for a in (False, True) for v in (False, True)):
                picture = Picture(16, 16, 121, audio, False, False, "mp4", "16:9", resolution, False)
                assert (units(model, picture, with_video_input=video) or 0) > 0
    with pytest.raises(KeyError):
        picture = Picture(16, 16, 121, False, False, False, "mp4", "16:9", "480p", False)
        units(catalogue.of_family("kling-v3"), picture, with_video_input=False)
    assert units(catalogue.of_family("seedance-2-0"), picture, with_video_input=False) is None


def made(
    family: str = "kling-v3",
    outcome: Outcome = SUCCESS,
    evidence: Evidence = NO_EVIDENCE,
    items: tuple[Item, ...] = (),
    hold: int | None = None,
    **asked: Any,
) -> Task:
    texts = (Item(Kind.TEXT, "a cat"),)
    chosen = TaskParameters(**{"generate_audio": False, **asked})
    terms = GatewayPolicy(bill=Bill(hold=hold))
    submission = Submission(
        "x", "sk", family, (*texts, *items), chosen, "http://a", terms=terms, upstream=Upstream.KLING
    )
    intent = understand(submission, catalogue.of_family(family), family, evidence)
    return accept(intent, outcome, CreationContext(Dice(7), "0a0b0c0d", "sk", 0, T))


def size(task: Task) -> tuple[int, int]:
    return task.plan.picture.width, task.plan.picture.height


@pytest.mark.parametrize(
    ("family", "resolution", "ratio", "pixels"),
    [
        ("kling-v3", "720p", None, (1280, 720)),
        ("kling-v3", "1080p", "9:16", (1080, 1920)),
        ("kling-v3-omni", "4k", "1:1", (2880, 2880)),
        ("kling-v2-master", "1080p", None, (1280, 720)),
        ("kling-v2-1-master", "720p", None, (1920, 1080)),
    ],
)
def test_a_clip_has_the_size_of_its_mode_and_ratio(
    family: str, resolution: str, ratio: str | None, pixels: tuple[int, int]
) -> None:
    assert size(made(family, resolution=resolution, ratio=ratio)) == pixels


def test_a_clip_follows_its_frame_unless_a_ratio_is_asked_for() -> None:
    frame = (Item(Kind.IMAGE, PNG, "first_frame"),)
    square = Evidence(media={1: MediaFacts(width=512, height=512)})
    assert size(made(items=frame, evidence=square)) == (960, 960)
    assert size(made(items=frame, evidence=square, ratio="16:9")) == (1280, 720)
    assert size(made(items=frame)) == (1280, 720)


def test_a_task_has_a_decimal_id_and_its_units_rounded_up() -> None:
    task = made(duration=3, generate_audio=True)
    assert len(task.id) == 18 and task.id.isdecimal()
    assert (task.plan.picture.frames, task.plan.picture.audio, task.plan.usage.tokens) == (73, True, 3)


def test_links_live_thirty_days_and_the_record_outlives_them() -> None:
    task = made()
    assert task.plan.link_life == 30 * DAY == UPSTREAM_RULES[Upstream.KLING].link_lifetime
    line = timeline(task.plan, task.facts)
    assert retention_ends_at(task.plan, line) > line[-1].at + task.plan.link_life
    assert made(outcome=STEERING_BY_NAME["short-url"]).plan.link_life == 5


def test_a_gateway_settles_the_units_rounded_up() -> None:
    found = cost(made(duration=3, generate_audio=True, hold=50_000))
    assert (found.tokens, float(found.amount), found.quota) == (3, 0.42, 210_000)
