"""The size of a clip: which ratio `adaptive` resolves to, and the width and height in pixels."""

import re
from typing import Final

from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.catalogue import ADAPTIVE
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.task.values import Kind

Shape = tuple[str, int, int]
"""The ratio as a success shows it, width and height in pixels."""

_FOLLOWING: Final = frozenset({"edit", "extend"})
"""The uses of a reference video whose result has the video's shape (documented)."""
_NARROWEST, _WIDEST = 0.39, 2.5
"""No clip is narrower or wider than the pictures that are accepted, whatever picture it follows."""
_PORTRAIT: Final = re.compile(r"\b(vertical|portrait)\b|竖屏|竖版", re.IGNORECASE)
_SQUARE: Final = re.compile(r"\bsquare (video|format|frame)\b|方形", re.IGNORECASE)
_SHAPE_WORDS: Final = (":", "vertical", "portrait", "square", "竖", "方形")
"""A prompt that mentions a shape contains one of these."""
_MAX_SEARCHED: Final = 10_000
"""How many characters of a prompt are searched for words about its shape."""
_NAMED: Final = re.compile(r"(?<!\d)(21:9|16:9|9:16|4:3|3:4|1:1)(?!\d)")


def shape(intent: Intent) -> Shape:
    """Return the ratio a clip will show, its width and its height; no ratio and no pixels for a 3D file."""
    if intent.solid:
        return "", 0, 0
    if intent.ratio != ADAPTIVE:
        return _named(intent, intent.ratio)
    picture = _leading_picture(intent)
    if picture is None:
        return _named(intent, _ratio_in_words(intent.submission.prompt))
    if intent.rules.follows_frame or intent.task_type in _FOLLOWING or intent.draft_source is not None:
        return _like(intent, picture)
    return _named(intent, catalogue.ratio_of(*picture))


def _named(intent: Intent, ratio: str) -> Shape:
    return ratio, *catalogue.size(intent.model, intent.resolution, ratio)


def _like(intent: Intent, picture: tuple[int, int]) -> Shape:
    """Return the shape of the picture itself. At 480p a ratio is shown as a fraction even when it has a name
    (recorded).
    """
    tier = None if intent.draft_source is None else intent.draft_source.plan.picture.resolution
    width, height = catalogue.size_like(intent.model, intent.resolution, _within_bounds(picture), tier)
    near = catalogue.ratio_of(width, height)
    if intent.resolution != "480p" and (width, height) == catalogue.size(intent.model, intent.resolution, near):
        return near, width, height
    return catalogue.fraction_of(width, height), width, height


def _within_bounds(picture: tuple[int, int]) -> tuple[int, int]:
    width, height = picture
    if _NARROWEST * height <= width <= _WIDEST * height:
        return picture
    return (39, 100) if width < height else (5, 2)


def _leading_picture(intent: Intent) -> tuple[int, int] | None:
    """Return the size of the picture that decides the shape: a draft's, the first reference video's, or the first
    image's.

    The first frame comes before the last, independent of their order in the content.
    """
    if (source := intent.draft_source) is not None:
        made = source.plan.picture
        return (made.width, made.height) if made.width and made.height else None
    order = {Kind.VIDEO: 0, Kind.IMAGE: 1}
    found = sorted(
        (order[item.kind], item.role == "last_frame", index)
        for index, item in enumerate(intent.items)
        if item.kind in order
    )
    for _, _, index in found:
        facts = intent.evidence.media.get(index)
        if facts is not None and facts.width and facts.height and facts.width > 0 and facts.height > 0:
            return facts.width, facts.height
    return None


def _ratio_in_words(prompt: str) -> str:
    """Return the ratio a prompt mentions; 16:9 when it mentions none. The real model's choice is inferred."""
    prompt = prompt[:_MAX_SEARCHED]
    folded = prompt.casefold()
    if not any(word in folded for word in _SHAPE_WORDS):
        return "16:9"
    if (named := _NAMED.search(prompt)) is not None:
        return named.group(1)
    if _PORTRAIT.search(prompt):
        return "9:16"
    return "1:1" if _SQUARE.search(prompt) else "16:9"
