"""The colours of the dashboard: words can be read on what they stand on, in both themes (WCAG 2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path
from typing import Any

import pytest

TOKENS = (Path(__file__).parents[2] / "emulator/ark_emulator/web/static/styles/tokens.css").read_text("utf-8")
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
STATUSES = ("queued", "running", "succeeded", "failed", "expired", "cancelled")
WORDS = ("ink", "ink-2", "ink-3", "accent", "fault", *STATUSES)
GROUNDS = ("ground", "surface", "raised", "sunken", "hover", "accent-soft")
READABLE, VISIBLE = 4.5, 3.0


def themes() -> dict[str, Any]:
    """The colours of each block of the file, later ones over those of the first."""
    light, *others = [dict(COLOUR.findall(block)) for block in re.findall(r"\{([^{}]*--ground[^{}]*)\}", TOKENS)]
    return {"light": light, **{f"dark {number}": light | each for number, each in enumerate(others)}}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_reckoned_as_the_standard_has_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", themes())
def test_words_can_be_read_on_every_ground(theme: str) -> None:
    colours = themes()[theme]
    found = {(word, ground): contrast(colours[word], colours[ground]) for word in WORDS for ground in GROUNDS}
    found["accent-ink", "accent"] = contrast(colours["accent-ink"], colours["accent"])
    found["surface", "fault"] = contrast(colours["surface"], colours["fault"])
    assert {pair: round(value, 2) for pair, value in found.items() if value < READABLE} == {}


@pytest.mark.parametrize("theme", themes())
def test_signs_can_be_made_out(theme: str) -> None:
    colours = themes()[theme]
    found = {(status, "sign"): contrast("#ffffff", colours[f"{status}-fill"]) for status in STATUSES[2:]}
    found |= {(status, "bar"): contrast(colours[f"{status}-fill"], colours["surface"]) for status in STATUSES}
    assert {pair: round(value, 2) for pair, value in found.items() if value < VISIBLE} == {}


def test_dark_is_the_same_whether_chosen_or_preferred() -> None:
    first, second = [colours for theme, colours in themes().items() if theme != "light"]
    assert first == second != themes()["light"]
