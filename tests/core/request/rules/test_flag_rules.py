"""Flags in the prompt are checked weakly: only resolution and duration."""

from typing import Any

import pytest

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_15 = "seedance-1-5-pro-251215"
PRO_10 = "seedance-1-0-pro-250528"


@pytest.mark.parametrize("flag", ["--dur", "--duration"])
def test_a_bad_duration_is_refused_under_its_path_in_the_text(bench: Any, flag: str) -> None:
    error = bench.error(PRO_25, (bench.words(f"Extend it {flag} 31"),))
    assert error.message == (
        "The parameter `contents[0].text.duration` specified in the request is not valid:"
        " the specified duration is not supported for model dreamina-seedance-2-5."
    )
    assert (error.status, error.code, error.param, error.type) == (
        400,
        "InvalidParameter",
        "contents[0].text.duration",
        "BadRequest",
    )


@pytest.mark.parametrize("written", ["--resolution 2k", "--rs 360p"])
def test_a_bad_resolution_is_refused_under_the_position_of_its_text(bench: Any, written: str) -> None:
    error = bench.error(PRO_10, (bench.first, bench.words(f"a cat {written}")))
    assert error.param == "contents[1].text.resolution"
    assert "the specified resolution is not supported for model seedance-1-0-pro." in error.message


@pytest.mark.parametrize(
    "written",
    [
        "--ratio 99:1",
        "--rt adaptive",
        "--fps 999",
        "--framespersecond 60",
        "--seed -77",
        "--seed soon",
        "--camerafixed perhaps",
        "--wm 7",
        "--frames 30",
        "--frames 57",
        "--hd true",
        "--quality ultra",
        "--dur",
        "-- dur 3",
        "-dur 3",
        "word--dur 3",
    ],
)
@pytest.mark.parametrize("model", [PRO_10, PRO_15, PRO_20, PRO_25])
def test_any_other_flag_is_swallowed(bench: Any, model: str, written: str) -> None:
    assert bench.keys(model, (bench.words(f"a cat {written}"),)) == []


@pytest.mark.parametrize(
    ("model", "written", "taken"),
    [
        (PRO_15, "--dur 3", False),
        (PRO_15, "--dur 4", True),
        (PRO_15, "--dur -1", True),
        (PRO_10, "--dur -1", False),
        (PRO_10, "--dur 2", True),
        (PRO_20, "--dur 15 --rs 4K", True),
        (PRO_20, "--dur 16", False),
        (PRO_10, "--dur 5s", False),
        (PRO_10, "--dur 99999999999999999999", False),
    ],
)
def test_the_ranges_are_those_of_the_body(bench: Any, model: str, written: str, taken: bool) -> None:
    keys = bench.keys(model, (bench.words(f"a cat {written}"),))
    assert keys == ([] if taken else ["prompt_flag.not_valid"])


def test_a_draft_takes_no_flag_for_another_resolution(bench: Any) -> None:
    assert bench.keys(PRO_15, (bench.words("a cat --rs 480p"),), draft=True) == []
    assert bench.keys(PRO_15, (bench.words("a cat --rs 720p"),), draft=True) == ["draft.only"]
    assert bench.keys(PRO_15, (bench.words("a cat --rs 9p"),), draft=True) == ["prompt_flag.not_valid"]


def test_the_flags_of_a_3d_model_are_not_judged(bench: Any) -> None:
    assert bench.keys("doubao-seed3d-1-0-250928", (bench.words("--sl finest --ff zip --dur 3"), bench.bare)) == []
