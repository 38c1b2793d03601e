"""The cost of a task: its tokens, and their price. Prices are data, in `models.json` and `kling.json`.

A clip at 24 frames per second has one frame more than 24 times its seconds, and every 1024 pixels of every frame are a
token. All arithmetic is exact and rounds down once, at the end. The results equal the billed numbers recorded on the
live service.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Literal, Protocol, TypeAlias

from ark_emulator.core.facts.models import Model
from ark_emulator.data import load

FRAMES_PER_SECOND: Final = 24
PIXELS_PER_TOKEN: Final = 1024

Currency: TypeAlias = Literal["CNY", "USD"]


class Exact(Protocol):
    """A number that can be converted to a fraction exactly: int, float, Decimal or Fraction."""

    def as_integer_ratio(self) -> tuple[int, int]:
        """Return numerator and denominator."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the price list: the price of a million tokens in each currency.

    `video_input` and `audio` are None where the price does not depend on them. The prices are None, and `unpriced`
    says why, where none is published. `flex_factor` is None for a model without the flex tier.
    """

    resolutions: tuple[str, ...]
    video_input: bool | None
    audio: bool | None
    prices: tuple[tuple[Currency, Decimal | None], ...]
    flex_factor: Decimal | None
    unpriced: str | None


def frames_of(seconds: int) -> int:
    """Return the frames of a clip requested in whole seconds: 24 * seconds + 1.

    A clip requested by `frames` has exactly that many frames, so the token count needs only a frame count.
    """
    return FRAMES_PER_SECOND * seconds + 1


def tokens(
    model: Model,
    width: int,
    height: int,
    frames: int,
    *,
    input_seconds: Exact | None = None,
    draft: bool = False,
    audio: bool = False,
    level: str | None = None,
) -> int:
    """Return the tokens a finished task is billed for, which it shows as completion and total tokens alike.

    `width` and `height` are those of the clip in pixels, `frames` its frame count. `input_seconds` is the length of all
    reference videos together; None means that there is none. A 3D model bills the same for every file, or for every
    file of a `level`.
    """
    if (flat := _flat_tokens().get(model.family)) is not None:
        return flat.get(level, flat[None])
    factor: Exact = 1
    if draft and model.draft:
        factor = Decimal(model.draft.audio_factor if audio else model.draft.silent_factor)
    return count(width, height, frames, input_seconds=input_seconds, factor=factor)


def count(
    width: int, height: int, frames: int, *, input_seconds: Exact | None = None, factor: Exact = Decimal(1)
) -> int:
    """Return the tokens of a clip, independent of a model: width * height * frames * factor / 1024, rounded down.

    Input video counts like output, at 24 frames per second, and sets a minimum: that of the clip's own seconds * 5 / 3,
    rounded up to whole seconds and without the extra frame.
    """
    scaled, scale = factor.as_integer_ratio()
    area, unit = width * height * scaled, PIXELS_PER_TOKEN * scale
    if input_seconds is None:
        return area * frames // unit
    seconds, parts = input_seconds.as_integer_ratio()
    billed = area * (frames * parts + FRAMES_PER_SECOND * seconds) // (unit * parts)
    return max(billed, area * FRAMES_PER_SECOND * _minimum_seconds(frames) // unit)


def price(
    model: Model,
    tokens: int,
    resolution: str | None,
    *,
    with_video_input: bool = False,
    audio: bool = False,
    flex: bool = False,
    currency: Currency = "USD",
) -> Decimal | None:
    """Return the price of tokens, exactly; None when no price is published for the model (its rate says why).

    KeyError for a resolution the model lacks, ValueError for flex where the model has no such tier.
    """
    found = rate(model, resolution, with_video_input=with_video_input, audio=audio)
    if flex and found.flex_factor is None:
        raise ValueError(f"{model.family} has no flex tier")
    million = dict(found.prices)[currency]
    if million is None:
        return None
    return (tokens * million * (found.flex_factor if flex and found.flex_factor else 1)).scaleb(-6)


def rate(model: Model, resolution: str | None, *, with_video_input: bool = False, audio: bool = False) -> Rate:
    """Return the row of the price list that applies. KeyError for a resolution the model lacks (None for 3D)."""
    for each in rates(model.family):
        fits = resolution in each.resolutions or not each.resolutions
        if fits and each.video_input in (None, with_video_input) and each.audio in (None, audio):
            return each
    raise KeyError(f"{model.family} has no price at {resolution}")


@cache
def rates(family: str) -> tuple[Rate, ...]:
    """Return all rows of the price list for a family."""
    return tuple(
        Rate(
            resolutions=tuple(row["resolutions"]),
            video_input=row["video_input"],
            audio=row["audio"],
            prices=(("CNY", _decimal(row["CNY"])), ("USD", _decimal(row["USD"]))),
            flex_factor=_decimal(row["flex_factor"]),
            unpriced=row["unpriced"],
        )
        for row in (*load("models")["prices"], *load("kling")["prices"])
        if row["family"] == family
    )


@cache
def _flat_tokens() -> dict[str, dict[str | None, int]]:
    """Return the tokens of a file by family and level; None is any level that has no number of its own."""
    found: dict[str, dict[str | None, int]] = {}
    for row in load("models")["flat_tokens"]:
        found.setdefault(row["family"], {})[row["level"]] = row["tokens"]
    return found


def _minimum_seconds(frames: int) -> int:
    """Return five thirds of the clip's seconds, rounded up; the clip lasts (frames - 1) / 24 seconds."""
    return -(-5 * (frames - 1) // (3 * FRAMES_PER_SECOND))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
