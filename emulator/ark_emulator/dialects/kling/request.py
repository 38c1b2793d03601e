"""Kling's create request, built from the submit of a gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ark_emulator.core.facts import catalogue, kling_fields
from ark_emulator.core.facts.kling_fields import Own, given
from ark_emulator.core.task.values import Item, Kind, TaskParameters
from ark_emulator.dialects.newapi.request import GatewaySubmit

_ROLES: Final[Mapping[object, str]] = MappingProxyType({"first_frame": "first_frame", "end_frame": "last_frame"})
_FLAGS: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "false": False})


@dataclass(frozen=True, slots=True)
class KlingRequest:
    """A request to Kling: its fields as they were sent, its media and prompt, and its parameters in Ark's terms."""

    own: Own
    items: tuple[Item, ...]
    parameters: TaskParameters


def kling_request(submit: GatewaySubmit) -> KlingRequest:
    """Return the request to Kling for a submit. The metadata wins over fields outside of it (new-api source)."""
    outside = {
        "image": submit.images[0] if submit.images else None,
        "mode": submit.mode,
        "aspect_ratio": _ratio(submit.size),
        "duration": None if submit.seconds is None else str(submit.seconds),
    }
    found = {name: value for name, value in outside.items() if value} | {
        name: _read(submit.metadata[name], field.type)
        for name, field in kling_fields.fields().items()
        if submit.metadata.get(name) is not None
    }
    own: Own = MappingProxyType(found)
    return KlingRequest(own, tuple(_items(submit.prompt, own)), _asked(own))


def is_watermarked(own: Own) -> bool:
    """Return whether the request asks for a watermark."""
    found = given(own, "watermark_info")
    return found is not None and found.get("enabled") is True


def _read(value: object, type_name: str) -> object:
    """Return a value as it was sent; a text may stand for a number or boolean, because a form has only texts."""
    if isinstance(value, dict):
        return {name: _read(each, "boolean") for name, each in value.items()}
    if not isinstance(value, str):
        return value
    if type_name == "boolean":
        return _FLAGS.get(value.lower(), value)
    if type_name == "number":
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _items(prompt: str, own: Own) -> list[Item]:
    """Return the prompt and the media as Ark's content items: frames and references."""
    found = [Item(Kind.TEXT, prompt)]
    for name, role in (("image", "first_frame"), ("image_tail", "last_frame")):
        if (address := given(own, name)) is not None:
            found.append(Item(Kind.IMAGE, _inline(address), role))
    for each in kling_fields.items(own, "image_list"):
        role = _ROLES.get(str(each.get("type")), "reference_image")
        found.append(Item(Kind.IMAGE, _inline(str(each.get("image_url") or "")), role))
    videos = (str(each.get("video_url") or "") for each in kling_fields.items(own, "video_list"))
    return [*found, *(Item(Kind.VIDEO, address, "reference_video") for address in videos)]


def _inline(address: str) -> str:
    """Return a URL unchanged, and bare Base64, which Kling accepts, as a data URI."""
    return address if ":" in address[:12] or not address else f"data:image/png;base64,{address}"


def _asked(own: Own) -> TaskParameters:
    return TaskParameters(
        resolution=kling_fields.resolution(own),
        ratio=given(own, "aspect_ratio"),
        duration=kling_fields.seconds(own),
        generate_audio=given(own, "sound") == "on",
        watermark=is_watermarked(own),
        callback_url=given(own, "callback_url"),
    )


def _ratio(size: str) -> str | None:
    """Return the ratio of a size such as `1280x720`; None for any other text, or a ratio that Kling does not have."""
    width, _, height = size.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(size) < 12 and int(width) and int(height)):
        return None
    named = catalogue.fraction_of(int(width), int(height))
    return named if named in (kling_fields.fields()["aspect_ratio"].values or ()) else None
