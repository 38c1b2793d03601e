"""Plans: everything uncertain about a task is drawn once, the same for the same names."""

from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.plan import planning
from ark_emulator.core.plan.outcome import SUCCESS
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE, Evidence, MediaFacts
from ark_emulator.core.task.values import Item, Kind, Mode, Submission, Task, TaskParameters
from ark_emulator.core.time.dice import Dice

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_15 = "seedance-1-5-pro-251215"
PRO_10 = "seedance-1-0-pro-250528"
TEXT = Item(Kind.TEXT, "a cat")
FIRST = Item(Kind.IMAGE, "https://example.com/a.png", "first_frame")
VIDEO = Item(Kind.VIDEO, "https://example.com/a.mp4", "reference_video")


def accepted(
    name: str, *items: Item, number: int = 1, world: int = 3, evidence: Evidence = NO_EVIDENCE, **asked: Any
) -> Task:
    """Return the task that a submission becomes as the `number`-th of its key, in a world of that seed."""
    model = find(name)
    assert model is not None
    submission = Submission("ark", "k", name, items or (TEXT,), TaskParameters(**asked), "http://localhost")
    intent = understand(submission, model, name, evidence)
    return planning.accept(
        intent, SUCCESS, planning.CreationContext(Dice(world), "0a0b0c0d", "k", number, 1_790_000_000.0)
    )


def test_the_same_names_draw_the_same_plan_and_others_another() -> None:
    assert accepted(PRO_25) == accepted(PRO_25)
    drawn = {accepted(PRO_25, number=number).plan.seed for number in range(1, 30)}
    assert len(drawn) > 20
    assert accepted(PRO_25, world=4).plan.seed != accepted(PRO_25, world=3).plan.seed


@pytest.mark.parametrize("asked", [0, 42, 2**32 - 1])
def test_a_seed_that_was_asked_for_is_kept(asked: int) -> None:
    assert accepted(PRO_20, seed=asked).plan.seed == asked


def test_minus_one_and_nothing_draw_the_same_five_digits() -> None:
    drawn = accepted(PRO_20, seed=-1).plan.seed
    assert 10_000 <= drawn <= 99_999
    assert accepted(PRO_20).plan.seed == drawn


@pytest.mark.parametrize(
    ("name", "asked", "size", "tokens"),
    [
        (PRO_20, {"ratio": "16:9", "duration": 5}, (1280, 720, 121), 108900),
        (PRO_25, {"ratio": "16:9", "duration": 4, "resolution": "480p"}, (854, 480, 97), 38830),
        (PRO_20, {"ratio": "16:9", "duration": 4, "resolution": "4k"}, (3840, 2160, 97), 785700),
        (PRO_10, {"ratio": "16:9", "duration": 5, "resolution": "480p"}, (864, 480, 121), 49005),
        (PRO_15, {"ratio": "16:9", "duration": 5, "draft": True}, (864, 496, 121), 50639 * 6 // 10),
        (PRO_10, {"ratio": "16:9", "frames": 57, "resolution": "480p"}, (864, 480, 57), 23085),
    ],
)
def test_a_clip_has_the_recorded_pixels_frames_and_tokens(
    name: str, asked: dict[str, Any], size: tuple[int, int, int], tokens: int
) -> None:
    plan = accepted(name, **asked).plan
    assert (plan.picture.width, plan.picture.height, plan.picture.frames) == size
    assert plan.usage.tokens == tokens
    assert plan.picture.by_frames == ("frames" in asked)


def test_the_fruit_tea_request_of_the_first_page_bills_its_minimum() -> None:
    images = [Item(Kind.IMAGE, f"https://example.com/{number}.jpg", "reference_image") for number in (1, 2)]
    audio = Item(Kind.AUDIO, "https://example.com/a.mp3", "reference_audio")
    asked = {"generate_audio": True, "ratio": "16:9", "duration": 11, "watermark": False}
    plan = accepted(PRO_20, TEXT, *images, VIDEO, audio, **asked).plan
    assert (plan.mode, plan.usage.tokens) == (Mode.REFERENCE, 410400)


def test_a_length_of_the_models_choice_is_within_its_range() -> None:
    lengths = {accepted(PRO_25, number=number).plan.picture.frames // 24 for number in range(200)}
    assert (min(lengths), max(lengths)) == (4, 30)
    assert {accepted(PRO_15, number=number, duration=-1).plan.picture.frames // 24 for number in range(99)} == set(
        range(4, 13)
    )


@pytest.mark.parametrize(("seen", "out", "tokens"), [(5.0, 5, 216000), (5.0, 10, 367200), (5.0, 30, 1080000)])
def test_an_extension_bills_as_recorded_without_the_extra_frame(seen: float, out: int, tokens: int) -> None:
    evidence = Evidence(media={1: MediaFacts(seconds=seen, width=720, height=1280)})
    asked = {"omni_reference_task_type": "extend", "duration": out}
    plan = accepted(PRO_25, TEXT, VIDEO, evidence=evidence, **asked).plan
    assert (plan.picture.width, plan.picture.height, plan.picture.frames) == (720, 1280, 24 * out)
    assert (plan.usage.tokens, plan.picture.ratio) == (tokens, "9:16")


def test_flex_has_a_batch_id_and_only_where_it_exists() -> None:
    assert accepted(PRO_10, service_tier="flex").id.startswith("cgt-batch-")
    assert not accepted(PRO_20, service_tier="flex").id.startswith("cgt-batch-")


def test_searches_are_counted_where_the_web_is_searched() -> None:
    searching = accepted("doubao-seedance-2-0-260128", tools=("web_search",)).plan.usage.searches
    assert searching is not None
    assert 0 <= searching <= 3
    assert accepted(PRO_20, tools=("web_search",)).plan.usage.searches is None


def test_a_3d_file_is_planned_without_pixels_and_for_a_flat_price() -> None:
    plan = accepted("doubao-seed3d-1-0-250928", Item(Kind.TEXT, "--ff obj"), FIRST).plan
    picture = plan.picture
    assert (picture.width, picture.height, picture.frames, picture.container) == (0, 0, 0, "obj")
    assert (plan.mode, plan.usage.tokens, picture.resolution) == (Mode.SOLID, 30000, "medium")
    assert not accepted("doubao-seed3d-1-0-250928", FIRST, return_last_frame=True).plan.picture.last_frame


@pytest.mark.parametrize(
    ("prompt", "rule"), [("a cat emu:fail", "emu:fail"), ("emu:unheard-of emu:expired x", "emu:expired")]
)
def test_a_prompt_can_steer(prompt: str, rule: str) -> None:
    outcome = planning.steered_outcome(prompt)
    assert outcome is not None
    assert outcome.rule == rule


@pytest.mark.parametrize("prompt", ["a cat", "emu:unheard-of", "xemu:fail"])
def test_a_prompt_without_a_known_word_does_not(prompt: str) -> None:
    assert planning.steered_outcome(prompt) is None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("moderation.input_text", "'content[1]'"),
        ("moderation.input_image.person", "'content[0]'"),
        ("moderation.input_video", "'content[2]'"),
        ("moderation.input_audio", "'content[0]'"),
        ("parameter.not_valid", "for model dreamina-seedance-2-0 in r2v"),
        ("server.overloaded", "server overload"),
    ],
)
def test_a_cause_speaks_of_what_was_submitted(key: str, words: str) -> None:
    model = find(PRO_20)
    assert model is not None
    image = Item(Kind.IMAGE, "https://example.com/a.png", "reference_image")
    submission = Submission("ark", "k", PRO_20, (image, TEXT, VIDEO), TaskParameters(), "http://localhost")
    intent = understand(submission, model, PRO_20, NO_EVIDENCE)
    assert words in planning.refusal_for(intent, key).render().message
