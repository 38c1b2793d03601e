"""Rules about the media itself, where it was read.

The live service prints its limits with a little tolerance (1.8 s where 2 is documented), and they are stored so. A fact
that is not known is not checked.
"""

from collections.abc import Iterator
from typing import Final

from ark_emulator.core.facts.error_table import Refusal, examples
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.request.rules.media_limits import MediaLimits, media_limits_of
from ark_emulator.core.request.rules.objections import ARTICLED, NOUNS, Rule, refuse
from ark_emulator.core.task.values import Item, Kind, Mode

MEBIBYTE: Final = 1_048_576
_TIMED: Final = (Kind.VIDEO, Kind.AUDIO)


def media_is_readable(intent: Intent) -> Refusal | None:
    """Refuse media that could not be downloaded or read (recorded: `resource download failed`)."""
    for index, item, facts in _with_facts(intent):
        if facts.problem is not None:
            known = {
                "index": index,
                "number": index + 1,
                "part": item.kind,
                "kind": NOUNS[item.kind],
                "kind_with_article": ARTICLED[item.kind],
                "asset": item.value.removeprefix("asset://"),
                "format": facts.format or "unknown",
                "reason": facts.detail or "it cannot be read",
                "url": item.value,
                "places": f"'content[{index}]'",
            }
            return refuse(intent, facts.problem, **{**examples(), "model": intent.name, "mode": intent.mode, **known})
    return None


def formats_are_accepted(intent: Intent) -> Refusal | None:
    """Refuse formats, and codecs of video, that are not documented.

    The texts for image and audio are recorded; video has that of audio.
    """
    for index, item, facts, limits in _limited(intent):
        if facts.format is not None and facts.format not in limits.formats:
            return refuse(intent, f"{NOUNS[item.kind]}.format", index=index, format=facts.format)
        if facts.codec is not None and limits.codecs is not None and facts.codec not in limits.codecs:
            return refuse(intent, f"{NOUNS[item.kind]}.format", index=index, format=facts.codec)
    return None


def files_are_small_enough(intent: Intent) -> Refusal | None:
    """Refuse files over 30 MiB for an image (printed in MiB), 209715200 bytes for video, 15728640 for audio (recorded
    texts).
    """
    for index, item, facts, limits in _limited(intent):
        if facts.size is not None and facts.size > limits.most_bytes:
            if item.kind is not Kind.IMAGE:
                return refuse(intent, f"{NOUNS[item.kind]}.size_max", index=index, limit=limits.most_bytes)
            size, limit = f"{facts.size / MEBIBYTE:.1f}", limits.most_bytes // MEBIBYTE
            return refuse(intent, "image.size_max", index=index, size=size, limit=limit)
    return None


def pixels_are_enough(intent: Intent) -> Refusal | None:
    """Refuse fewer pixels than 90000 for an image, 407696 for a video (409600 earlier) (recorded texts).

    The text for an image is recorded for references on 2.5. In all other cases its sides are too short before its
    pixels are too few.
    """
    counted = intent.model.generation == "2.5" and intent.mode is Mode.REFERENCE
    for index, item, facts, limits in _limited(intent):
        pixels = _pixels(facts)
        if item.kind is Kind.IMAGE and not counted:
            continue
        if pixels is not None and limits.least_pixels is not None and pixels < limits.least_pixels:
            return refuse(intent, f"{NOUNS[item.kind]}.pixels_min", index=index, limit=limits.least_pixels)
    return None


def pixels_are_not_too_many(intent: Intent) -> Refusal | None:
    """Refuse over 36000000 pixels of an image (recorded text), 8295044 of a video (documented, 2086876 earlier)."""
    for index, item, facts, limits in _limited(intent):
        pixels = _pixels(facts)
        if pixels is not None and limits.most_pixels is not None and pixels > limits.most_pixels:
            size = {"width": facts.width, "height": facts.height, "pixels": pixels, "number": index + 1}
            return refuse(intent, f"{NOUNS[item.kind]}.pixels_max", index=index, limit=limits.most_pixels, **size)
    return None


def aspect_ratios_are_in_range(intent: Intent) -> Refusal | None:
    """Refuse width over height outside 0.39 (0.4 is documented) to 2.5 (recorded texts)."""
    for index, item, facts, limits in _limited(intent):
        if not facts.width or not facts.height or limits.least_aspect is None or limits.most_aspect is None:
            continue
        aspect = facts.width / facts.height
        if float(limits.least_aspect) <= aspect <= float(limits.most_aspect):
            continue
        if item.kind is Kind.IMAGE:
            ends = {"least": limits.least_aspect, "most": limits.most_aspect}
            return refuse(intent, "image.aspect", step=_step(item), value=f"{aspect:.2f}", **ends)
        too_wide = aspect > float(limits.most_aspect)
        limit = limits.most_aspect if too_wide else limits.least_aspect
        return refuse(intent, "video.aspect_max" if too_wide else "video.aspect_min", index=index, limit=limit)
    return None


def sides_are_in_range(intent: Intent) -> Refusal | None:
    """Refuse sides of an image outside 300 to 6000 pixels, the width before the height (recorded texts)."""
    for _, item, facts, limits in _limited(intent):
        if item.kind is not Kind.IMAGE or not facts.width or not facts.height:
            continue
        known = {"step": _step(item), "width": facts.width, "height": facts.height}
        for side, length in (("width", facts.width), ("height", facts.height)):
            if limits.least_side is not None and length < limits.least_side:
                return refuse(intent, "image.side_min", side=side, limit=limits.least_side, **known)
            if limits.most_side is not None and length > limits.most_side:
                return refuse(intent, "image.side_max", side=side, limit=limits.most_side, **known)
    return None


def frame_rates_are_in_range(intent: Intent) -> Refusal | None:
    """Refuse frame rates outside 24 to 60 (documented); the upper text is recorded. Rates count rounded (inferred)."""
    for index, _, facts, limits in _limited(intent):
        if facts.frame_rate is None or limits.least_rate is None or limits.most_rate is None:
            continue
        if round(facts.frame_rate) > limits.most_rate:
            return refuse(intent, "video.frame_rate_max", index=index, limit=limits.most_rate)
        if round(facts.frame_rate) < limits.least_rate:
            return refuse(intent, "video.frame_rate_min", index=index, limit=limits.least_rate)
    return None


def clip_durations_are_in_range(intent: Intent) -> Refusal | None:
    """Refuse a clip outside 1.8 s to 15.2 s, on 2.5 to 30.2 s (recorded texts)."""
    allowed = intent.model.references
    if allowed is None or allowed.checked_clip_seconds is None:
        return None
    least, most = allowed.checked_clip_seconds
    for index, item, facts in _with_facts(intent):
        if item.kind in _TIMED and facts.seconds is not None:
            if facts.seconds > float(most):
                return refuse(intent, f"{NOUNS[item.kind]}.duration_max", index=index, limit=most)
            if facts.seconds < float(least):
                return refuse(intent, f"{NOUNS[item.kind]}.duration_min", index=index, limit=least)
    return None


def total_durations_are_in_range(intent: Intent) -> Refusal | None:
    """Refuse more than 15.2 s, on 2.5 30.2 s, of all video together or of all audio together (recorded texts)."""
    allowed = intent.model.references
    if allowed is None or allowed.checked_sum_seconds is None or not intent.evidence.media:
        return None
    for kind in _TIMED:
        total = sum(facts.seconds or 0 for _, item, facts in _with_facts(intent) if item.kind is kind)
        if total > float(allowed.checked_sum_seconds):
            return refuse(intent, f"{NOUNS[kind]}.total_duration_max", limit=allowed.checked_sum_seconds)
    return None


MEDIA_RULES: Final[tuple[Rule, ...]] = (
    media_is_readable,
    formats_are_accepted,
    files_are_small_enough,
    pixels_are_enough,
    pixels_are_not_too_many,
    sides_are_in_range,
    aspect_ratios_are_in_range,
    frame_rates_are_in_range,
    clip_durations_are_in_range,
    total_durations_are_in_range,
)


def _with_facts(intent: Intent) -> Iterator[tuple[int, Item, MediaFacts]]:
    """Yield position, item and facts of all media that was read, in order."""
    media = intent.evidence.media
    if media:
        for index, item in enumerate(intent.submission.items):
            if item.kind in NOUNS and (facts := media.get(index)) is not None:
                yield index, item, facts


def _limited(intent: Intent) -> Iterator[tuple[int, Item, MediaFacts, MediaLimits]]:
    for index, item, facts in _with_facts(intent):
        if (limits := media_limits_of(item.kind, intent.model.generation)) is not None:
            yield index, item, facts, limits


def _pixels(facts: MediaFacts) -> int | None:
    return None if facts.width is None or facts.height is None else facts.width * facts.height


def _step(item: Item) -> str:
    """Return the step that the service names for an image: it downloads those that are not inline (inferred)."""
    return "" if item.value.startswith("data:") else "Error while downloading image, error: "
