"""The rules of a request to Kling: types, then where a field exists, its value, and which values can be combined.

A field that is not supported, or only elsewhere, is refused and not ignored (decided).
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.facts import kling_fields
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.kling_fields import Own, given
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.request.rules.link_rules import LONGEST_URL, can_be_called
from ark_emulator.core.request.rules.media_limits import MediaLimits, media_limits_of
from ark_emulator.core.request.rules.objections import NOUNS, Rule
from ark_emulator.core.task.values import Item, Kind

GENERATION: Final = "kling"
_WORDS: Final[Mapping[type, str]] = MappingProxyType(
    {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def field_type(intent: Intent) -> Refusal | None:
    """Refuse a field of another JSON type; a duration is a string, never a number (seed)."""
    own = intent.submission.own
    return next(
        (found for each in kling_fields.fields().values() if (found := _typed(own, each.field, each.type))), None
    )


def element_type(intent: Intent) -> Refusal | None:
    """Refuse an element of a list that is not an object."""
    own = intent.submission.own
    for name in ("image_list", "video_list", "multi_prompt"):
        for place, each in enumerate(given(own, name) or ()):
            if not isinstance(each, dict):
                return _mistyped(f"{name}[{place}]", "object", each)
    return None


def prompt(intent: Intent) -> Refusal | None:
    """Refuse an empty prompt, and one that is too long."""
    text = intent.submission.prompt
    if not text.strip():
        return Refusal("kling.missing", parameter="prompt", reason="")
    return _too_long("prompt", text, kling_fields.most("prompt"))


def supported(intent: Intent) -> Refusal | None:
    """Refuse a field that the model does not have, or that belongs to another endpoint."""
    own, model = intent.submission.own, intent.model.family
    endpoint = kling_fields.endpoint(own)
    for each in kling_fields.fields().values():
        if given(own, each.field) is None:
            continue
        if each.models is not None and model not in each.models:
            return _unsupported(each.field, f"by {model}")
        if each.endpoints is not None and endpoint not in each.endpoints:
            return _unsupported(each.field, f"by {endpoint}")
    return None


def value(intent: Intent) -> Refusal | None:
    """Refuse a value that a field does not accept anywhere."""
    own = intent.submission.own
    for each in kling_fields.fields().values():
        found = given(own, each.field)
        if found is None:
            continue
        if each.values is not None and found not in each.values:
            return _wrong(each.field, f"it must be one of {', '.join(each.values)}")
        if each.least is not None and each.most is not None and not each.least <= found <= each.most:
            return _wrong(each.field, f"it must be from {each.least:g} to {each.most:g}")
        if each.longest is not None and (objection := _too_long(each.field, found, each.longest)):
            return objection
    return None


def combination(intent: Intent) -> Refusal | None:
    """Refuse a value that the model, or the mode, does not support."""
    own, model = intent.submission.own, intent.model.family
    mode = kling_fields.mode(own)
    for (name, expected), allowed_uses in kling_fields.combinations().items():
        found = given(own, name)
        if found is None or expected not in ("*", found):
            continue
        matching = [use for use in allowed_uses if use.models is None or model in use.models]
        label = name if expected == "*" else f"{name} {expected}"
        if not matching:
            return _unsupported(label, f"by {model}")
        if all(use.modes is not None and mode not in use.modes for use in matching):
            return _unsupported(label, f"by {model} in {mode} mode")
    return None


def duration(intent: Intent) -> Refusal | None:
    """Refuse a duration that the model does not offer."""
    own = intent.submission.own
    asked, allowed = given(own, "duration"), kling_fields.durations(intent.model.family, own)
    if asked is None or asked in {str(each) for each in allowed}:
        return None
    return _wrong("duration", f"it must be one of {', '.join(map(str, allowed))}")


def sound(intent: Intent) -> Refusal | None:
    """Refuse sound where only silence is made: beside a video, and on 2.6 with a last frame (documented)."""
    own = intent.submission.own
    if given(own, "sound") != "on":
        return None
    if given(own, "video_list") is not None:
        return _unsupported("sound on", "with video input")
    if intent.model.family == "kling-v2-6" and given(own, "image_tail") is not None:
        return _unsupported("sound on", "with image_tail by kling-v2-6")
    return None


def image(intent: Intent) -> Refusal | None:
    """Refuse an image that is neither a URL nor Base64."""
    own = intent.submission.own
    return next((found for name in ("image", "image_tail") if (found := _address(name, given(own, name)))), None)


def image_list(intent: Intent) -> Refusal | None:
    """Refuse images of an omni request without a URL, with frames that cannot be combined, or too many."""
    own = intent.submission.own
    images = kling_fields.items(own, "image_list")
    for place, each in enumerate(images):
        name = f"image_list[{place}]"
        objection = _element(name, each, "image_url", {"type": ("first_frame", "end_frame")})
        if objection is not None:
            return objection
    types = [each.get("type") for each in images]
    if types.count("first_frame") > 1 or types.count("end_frame") > 1:
        return _wrong("image_list", "there may be one first_frame and one end_frame")
    if "end_frame" in types and "first_frame" not in types:
        return _wrong("image_list", "an end_frame needs a first_frame")
    bound = "images_with_video" if given(own, "video_list") is not None else "images"
    allowed = kling_fields.most("images_with_end_frame" if "end_frame" in types else bound)
    return _wrong("image_list", f"there may be {allowed} images at most") if len(images) > allowed else None


def video_list(intent: Intent) -> Refusal | None:
    """Refuse a video of an omni request without a URL or with an unknown use, and more than one video."""
    videos = kling_fields.items(intent.submission.own, "video_list")
    for place, each in enumerate(videos):
        choices = {"refer_type": ("base", "feature"), "keep_original_sound": ("yes", "no")}
        objection = _element(f"video_list[{place}]", each, "video_url", choices)
        if objection is not None:
            return objection
    allowed = kling_fields.most("videos")
    return _wrong("video_list", f"there may be {allowed} video at most") if len(videos) > allowed else None


def beside_video(intent: Intent) -> Refusal | None:
    """Refuse what cannot be combined with a video: frames of its own when it is edited, and 4k."""
    own = intent.submission.own
    videos = kling_fields.items(own, "video_list")
    base = any(each.get("refer_type") in (None, "", "base") for each in videos)
    if base and any(each.get("type") for each in kling_fields.items(own, "image_list")):
        return _wrong("image_list", "a base video allows no first_frame or end_frame")
    if videos and kling_fields.mode(own) == "4k":
        return _unsupported("mode 4k", "with video input")
    return None


def multi_shot(intent: Intent) -> Refusal | None:
    """Refuse several shots without a type, without prompts for `customize`, or without `multi_shot`."""
    own = intent.submission.own
    on, kind, shots = own.get("multi_shot") is True, given(own, "shot_type"), given(own, "multi_prompt")
    if on and kind is None:
        return Refusal("kling.missing", parameter="shot_type", reason=" when multi_shot is true")
    if on and kind == "customize" and shots is None:
        return Refusal("kling.missing", parameter="multi_prompt", reason=" when shot_type is customize")
    if kind is not None and not on:
        return _unsupported("shot_type", "unless multi_shot is true")
    if shots is not None and not (on and kind == "customize"):
        return _unsupported("multi_prompt", "unless multi_shot is true and shot_type is customize")
    return None


def shots(intent: Intent) -> Refusal | None:
    """Refuse shots of a multi_prompt that are not numbered from 1, incomplete, or not as long together as the clip."""
    own = intent.submission.own
    found = kling_fields.items(own, "multi_prompt")
    if len(found) > kling_fields.most("shots"):
        return _wrong("multi_prompt", f"there may be {kling_fields.most('shots')} shots at most")
    total = 0
    for place, shot in enumerate(found):
        name = f"multi_prompt[{place}]"
        if (objection := _lacking(name, shot) or _shot(name, shot, place + 1)) is not None:
            return objection
        total += kling_fields.seconds(shot) or 0
    asked = kling_fields.seconds(own) or kling_fields.SECONDS
    if found and total != asked:
        return _wrong("multi_prompt", f"its durations make {total} s, the clip has {asked} s")
    return None


def watermark(intent: Intent) -> Refusal | None:
    """Refuse a watermark switch that is not a boolean."""
    found = given(intent.submission.own, "watermark_info")
    return None if found is None else _typed(found, "enabled", "boolean", "watermark_info.enabled")


def media(intent: Intent) -> Refusal | None:
    """Refuse an image or a video that was read and that Kling does not accept."""
    for index, item in enumerate(intent.submission.items):
        facts, limits = intent.evidence.media.get(index), media_limits_of(item.kind, GENERATION)
        if facts is not None and limits is not None:
            for reason in _problems(item, facts, limits):
                return _wrong(NOUNS[item.kind], reason)
    return None


def callback(intent: Intent) -> Refusal | None:
    """Refuse a callback URL that cannot be called (inferred)."""
    found = given(intent.submission.own, "callback_url")
    return None if not found or can_be_called(found) else _wrong("callback_url", "it is no URL that can be called")


KLING_RULES: Final[tuple[Rule, ...]] = (
    *(field_type, element_type, prompt, supported, value, combination, duration, sound),
    *(image, image_list, video_list, beside_video, multi_shot, shots, watermark, callback, media),
)


def _typed(own: Own, name: str, type_name: str, label: str | None = None) -> Refusal | None:
    found = own.get(name)
    return None if found is None or kling_fields.fits(found, type_name) else _mistyped(label or name, type_name, found)


def _mistyped(parameter: str, type_name: str, found: object) -> Refusal:
    got = _WORDS.get(type(found), "null")
    return Refusal("kling.type", parameter=parameter, expected=f"of type {type_name}", got=got)


def _wrong(parameter: str, reason: str) -> Refusal:
    return Refusal("kling.value", parameter=parameter, reason=reason)


def _unsupported(parameter: str, reason: str) -> Refusal:
    return Refusal("kling.unsupported", parameter=parameter, reason=reason)


def _too_long(parameter: str, text: str, longest: int) -> Refusal | None:
    return _wrong(parameter, f"it may have {longest} characters at most") if len(text) > longest else None


def _address(name: str, text: object) -> Refusal | None:
    """Return an objection to a text that is neither the URL of media nor the media itself."""
    if text is None or not isinstance(text, str):
        return None
    if text.startswith(("http://", "https://")):
        return None if len(text) <= LONGEST_URL else _wrong(name, f"the URL is longer than {LONGEST_URL} characters")
    known = text.startswith("data:") or _BASE64.fullmatch(text) is not None
    return None if known else _wrong(name, "it is neither a URL nor Base64")


def _element(name: str, each: Own, address: str, choices: Mapping[str, tuple[str, ...]]) -> Refusal | None:
    """Return an objection to the element of a list that lacks its URL, or has an illegal value in a field."""
    for field in (address, *choices):
        if (objection := _typed(each, field, "string", f"{name}.{field}")) is not None:
            return objection
    if not each.get(address):
        return Refusal("kling.missing", parameter=f"{name}.{address}", reason="")
    for field, allowed in choices.items():
        if each.get(field) not in (None, "", *allowed):
            return _wrong(f"{name}.{field}", f"it must be one of {', '.join(allowed)}")
    return _address(f"{name}.{address}", each[address])


def _lacking(name: str, shot: Own) -> Refusal | None:
    """Return an objection to a field of a shot that is missing, or of another type."""
    for field, type_name in (("index", "integer"), ("prompt", "string"), ("duration", "string")):
        if (objection := _typed(shot, field, type_name, f"{name}.{field}")) is not None:
            return objection
        if not str(shot.get(field) or "").strip():
            return Refusal("kling.missing", parameter=f"{name}.{field}", reason="")
    return None


def _shot(name: str, shot: Mapping[str, Any], number: int) -> Refusal | None:
    if shot["index"] != number:
        return _wrong(f"{name}.index", f"it must be {number}")
    if not kling_fields.seconds(shot):
        return _wrong(f"{name}.duration", "it must be a number of seconds, in a string")
    return _too_long(f"{name}.prompt", shot["prompt"], kling_fields.most("shot_prompt"))


def _problems(item: Item, facts: MediaFacts, limits: MediaLimits) -> Iterator[str]:
    """Yield what is wrong with a piece of media, as far as it is known."""
    rate = None if facts.frame_rate is None else round(facts.frame_rate, 1)
    if facts.problem is not None:
        yield facts.detail
    if facts.format is not None and facts.format not in limits.formats:
        yield f"its format must be one of {', '.join(limits.formats)}"
    if facts.size is not None and facts.size > limits.most_bytes:
        yield f"it may have {limits.most_bytes >> 20} MB at most"
    sides = [side for side in (facts.width, facts.height) if side]
    if limits.least_side is not None and any(side < limits.least_side for side in sides):
        yield f"its sides must have {limits.least_side} px at least"
    if limits.most_side is not None and any(side > limits.most_side for side in sides):
        yield f"its sides may have {limits.most_side} px at most"
    aspect = sides[0] / sides[1] if len(sides) == 2 else 1.0
    if limits.least_aspect and limits.most_aspect and not _within(limits.least_aspect, aspect, limits.most_aspect):
        yield "its shape must be from 1:2.5 to 2.5:1"
    if item.kind is Kind.VIDEO and facts.seconds is not None and not _SECONDS[0] <= facts.seconds <= _SECONDS[1]:
        yield f"it must last from {_SECONDS[0]} to {_SECONDS[1]} s"
    if (
        limits.least_rate
        and limits.most_rate
        and not limits.least_rate <= (rate or limits.least_rate) <= limits.most_rate
    ):
        yield f"it must have from {limits.least_rate} to {limits.most_rate} frames per second"


def _within(least: str, found: float, most: str) -> bool:
    return float(least) <= found <= float(most)


_SECONDS: Final = (3, 10)
"""How long an input video may be (documented)."""
