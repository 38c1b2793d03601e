"""The cost of a clip without token counts: units per second, in tenths. The table is `units` in `kling.json`."""

from decimal import Decimal
from functools import cache

from ark_emulator.core.billing.prices import FRAMES_PER_SECOND
from ark_emulator.core.facts.models import Model
from ark_emulator.core.task.values import Picture
from ark_emulator.data import load

Row = tuple[str, bool | None, bool | None, Decimal]
"""Resolution, with sound, with video input, units per second; None where it does not matter."""


def units(model: Model, picture: Picture, *, with_video_input: bool) -> Decimal | None:
    """Return the units that a clip costs, exactly; None for a model that is billed by tokens.

    A gateway counts them rounded up, as tokens. KeyError for a resolution that has no price.
    """
    rows = _table().get(model.family)
    if rows is None:
        return None
    for resolution, audio, video, per_second in rows:
        fits = resolution == picture.resolution and audio in (None, picture.audio)
        if fits and video in (None, with_video_input):
            return per_second * (picture.frames // FRAMES_PER_SECOND)
    raise KeyError(f"{model.family} has no units at {picture.resolution}")


@cache
def _table() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in load("kling")["units"]:
        cells = (row["resolution"], row["audio"], row["video_input"], Decimal(row["per_second"]))
        found.setdefault(row["family"], []).append(cells)
    return found
