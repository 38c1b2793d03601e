"""Parameters written as flags in the prompt."""

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.facts.models import Model
from ark_emulator.core.request.prompt_flags import CLIP_FLAGS, Flag, flags_in, with_flags
from ark_emulator.core.request.prompt_scan import MARKS
from ark_emulator.core.task.values import Item, Kind, TaskParameters

PRO_10 = "seedance-1-0-pro-250528"
PRO_25 = "dreamina-seedance-2-5-260628"
SOLID = "doubao-seed3d-2-0-260328"


def model(name: str) -> Model:
    found = find(name)
    assert found is not None
    return found


def read(*texts: str, name: str = PRO_10, asked: TaskParameters | None = None) -> TaskParameters:
    """Return the parameters of a submission with these texts."""
    items = tuple(Item(Kind.TEXT, text) for text in texts)
    return with_flags(asked or TaskParameters(), flags_in(items, model(name)))


def test_the_official_demo_is_read_in_full() -> None:
    assert read("a cat --ratio 1:1 --dur 5 --resolution 480p --seed 11 --cf true --wm true") == TaskParameters(
        ratio="1:1", duration=5, resolution="480p", seed=11, camera_fixed=True, watermark=True
    )


@pytest.mark.parametrize(
    ("short", "long"),
    [("rs", "resolution"), ("rt", "ratio"), ("dur", "duration"), ("cf", "camerafixed"), ("wm", "watermark")],
)
def test_short_and_long_flags_are_the_same(short: str, long: str) -> None:
    assert CLIP_FLAGS[short] == CLIP_FLAGS[long]


def test_the_body_wins_over_the_prompt() -> None:
    asked = TaskParameters(duration=7, watermark=False)
    assert read("a cat --dur 5 --wm true --seed 3", asked=asked) == TaskParameters(duration=7, watermark=False, seed=3)


def test_every_generation_reads_flags() -> None:
    for name in ("seedance-1-5-pro-251215", "dreamina-seedance-2-0-260128", PRO_25):
        assert read("Extend it --ratio adaptive --dur 30 --resolution 720p", name=name) == TaskParameters(
            ratio="adaptive", duration=30, resolution="720p"
        )


@pytest.mark.parametrize(
    "text",
    ["a cat", "--dur", "--dur soon", "--cf 1", "--seed 1.5", "--fps 30", "--hd true", "-dur 5", "x--dur 5", "—dur 5"],
)
def test_what_is_no_flag_or_has_no_such_value_is_left_out(text: str) -> None:
    assert read(text) == TaskParameters()


def test_flags_may_stand_anywhere_in_any_text_and_the_last_legible_one_counts() -> None:
    assert read("--dur 3 a cat", "on the moon --dur 9 --DUR 8\n--wm FALSE --dur x") == TaskParameters(
        duration=8, watermark=False
    )


def test_a_flag_knows_the_position_of_its_text() -> None:
    items = (Item(Kind.IMAGE, "--dur 3"), Item(Kind.TEXT, "no flag"), Item(Kind.TEXT, "--rt 1:1"))
    assert list(flags_in(items, model(PRO_10))) == [Flag(2, "ratio", "1:1")]


def test_3d_models_have_flags_of_their_own() -> None:
    asked = TaskParameters(resolution="high", output_format="obj")
    assert read("--subdivisionlevel high --fileformat obj --dur 5 --seed 1", name=SOLID) == asked
    assert read("--sl high --ff obj", name=SOLID) == asked
    assert read("--sl high --ff obj", name=PRO_10) == TaskParameters()


def test_without_flags_the_parameters_stay_the_very_same_value() -> None:
    asked = TaskParameters(duration=5)
    assert read("a cat", asked=asked) is asked
    assert read("a cat --dur 9", asked=asked) is asked


def test_after_a_thousand_marks_everything_is_prompt() -> None:
    assert read("--hd 1 " * (MARKS - 1) + "--dur 9") == TaskParameters(duration=9)
    assert read("--hd 1 " * MARKS + "--dur 9") == TaskParameters()
    assert read("-- " * MARKS, "--dur 9") == TaskParameters()
    assert read(*["--hd 1"] * MARKS, "--dur 9") == TaskParameters()
