"""The table of media limits is complete and names its sources."""

import pytest
from ark_emulator.core.facts.catalogue import catalogue
from ark_emulator.core.request.rules.media_limits import MediaLimits, media_limits_of
from ark_emulator.core.task.values import Kind
from ark_emulator.data import load

ROWS = load("media_limits")["media"]


def test_every_generation_has_limits_for_what_it_takes() -> None:
    for model in catalogue():
        assert media_limits_of(Kind.IMAGE, model.generation) is not None
        if model.references is not None and model.references.videos:
            assert media_limits_of(Kind.VIDEO, model.generation) is not None
            assert media_limits_of(Kind.AUDIO, model.generation) is not None
    assert media_limits_of(Kind.VIDEO, "3d") is None
    assert media_limits_of(Kind.TEXT, "2.0") is None


def test_every_row_has_the_same_columns_and_a_source() -> None:
    for row in ROWS:
        assert set(row) == {*MediaLimits.__slots__, "kind", "generations", "source"}
        assert row["source"].startswith(("seed: ", "documented: ", "recorded: ", "inferred: "))


def test_no_two_rows_speak_of_the_same() -> None:
    named = [(row["kind"], generation) for row in ROWS for generation in row["generations"]]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("end", ["pixels", "side", "rate"])
def test_the_lower_end_lies_below_the_upper(end: str) -> None:
    for row in ROWS:
        least, most = row[f"least_{end}"], row[f"most_{end}"]
        assert least is None or least < most
