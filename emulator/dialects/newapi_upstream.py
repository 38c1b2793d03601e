"""From a gateway's wish to the create request that Ark gets in its place."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final

from emulator.core.errors import Refusal
from emulator.dialects.newapi_traits import Traits
from emulator.dialects.newapi_wire import Wish

_MEDIA: Final = ("image_url", "video_url", "audio_url")
_REFERENCES: Final[Mapping[str, str]] = MappingProxyType(
    {"image_url": "reference_image", "video_url": "reference_video", "audio_url": "reference_audio"}
)

Item = dict[str, Any]


def upstream_document(wish: Wish, model: str, traits: Traits) -> dict[str, Any]:
    """Ark's create request. Raises Refusal when the metadata cannot be what Ark takes."""
    parameters = {name: read(wish.metadata[name], name) for name, read in _FORWARDED.items() if _given(wish, name)}
    if wish.seconds is not None:
        parameters["duration"] = wish.seconds
    tier = str(parameters.get("service_tier", "default"))
    vain = tier != "default" and any(fnmatchcase(tier, pattern) for pattern in traits.tiers_dropped)
    dropped = {*traits.dropped, *(("service_tier",) if vain else ())}
    kept = {name: value for name, value in parameters.items() if name not in dropped}
    return {"model": model, "content": content(wish, traits), **traits.defaults, **kept}


def content(wish: Wish, traits: Traits) -> list[Item]:
    """The items for Ark: media first, in their order and with their roles, the prompt last.

    Items of the metadata replace the images of the top level. The prompt replaces every text among them.
    """
    own = wish.metadata.get("content")
    if own is not None and not isinstance(own, list):
        raise _unreadable("content", own, "[]ContentItem")
    items = [_item(each) for each in own] if own is not None else [_image(url) for url in wish.images]
    texts = [item for item in items if item.get("type") == "text"]
    media = _with_roles([item for item in items if item.get("type") != "text"], traits, named=own is not None)
    if wish.prompt.strip():
        return [*media, {"type": "text", "text": wish.prompt}]
    return [*media, *texts] if traits.text_items == "kept" else media


def has_video(wish: Wish) -> bool:
    """True when a video goes in, which has a price of its own."""
    return any(isinstance(item, Mapping) and item.get("type") == "video_url" for item in wish.content)


def _item(given: object) -> Item:
    """A content item with nothing but what is sent on: type, text, role, and the URL of its media."""
    if not isinstance(given, Mapping):
        raise _unreadable("content", given, "ContentItem")
    item: Item = {}
    for name in ("type", "text", "role"):
        if (value := given.get(name)) is not None:
            item[name] = _text(value, f"content.{name}")
    for name in _MEDIA:
        if (value := given.get(name)) is not None:
            if not isinstance(value, Mapping):
                raise _unreadable(f"content.{name}", value, "MediaURL")
            item[name] = {"url": _text(value.get("url") or "", f"content.{name}.url")}
    return item


def _image(url: str) -> Item:
    return {"type": "image_url", "image_url": {"url": url}}


def _with_roles(items: list[Item], traits: Traits, *, named: bool) -> list[Item]:
    """The items with Ark's names for their roles, and roles for those without, where the gateway gives them.

    An image alone is the first frame, also beside a last frame; any other is a reference, as are video and audio.
    """
    for item in items:
        if (role := item.get("role")) is not None:
            item["role"] = traits.role_names.get(role, role)
    if traits.roles == "as-is":
        return items
    images = [item for item in items if item.get("type") == "image_url"]
    bare = [item for item in images if not item.get("role")]
    alone = len(bare) == 1 and all(item is bare[0] or item.get("role") == "last_frame" for item in items)
    given = {**_REFERENCES, **({"image_url": "first_frame"} if alone else {})}
    if named and len(images) > 1 and traits.role_in_many:
        del given["image_url"]
    for item in items:
        if not item.get("role") and item.get("type") in given:
            item["role"] = given[item["type"]]
    return items


def _given(wish: Wish, name: str) -> bool:
    return wish.metadata.get(name) is not None


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _unreadable(name, value, "string")
    return value


def _whole(value: object, name: str) -> int:
    """A whole number, or one in a string: the gateways are lenient there."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 20:
        return int(value)
    raise _unreadable(name, value, "int")


def _flag(value: object, name: str) -> bool:
    """A boolean, or the word for one in a string."""
    found = {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise _unreadable(name, value, "bool")
    return found


def _tools(value: object, name: str) -> list[Item]:
    """The tools, with nothing but their types."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _unreadable(name, value, "[]Tool")
    return [{"type": _text(tool.get("type"), f"{name}.type")} for tool in value if isinstance(tool, Mapping)]


def _unreadable(name: str, value: object, expected: str) -> Refusal:
    kinds = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}
    got = kinds.get(type(value), "null")
    reason = f"json: cannot unmarshal {got} into Go struct field requestPayload.{name} of type {expected}"
    return Refusal("gateway.metadata", reason=reason)


_FORWARDED: Final[Mapping[str, Callable[[object, str], object]]] = MappingProxyType(
    {
        "callback_url": _text,
        "return_last_frame": _flag,
        "service_tier": _text,
        "execution_expires_after": _whole,
        "generate_audio": _flag,
        "draft": _flag,
        "tools": _tools,
        "resolution": _text,
        "ratio": _text,
        "duration": _whole,
        "frames": _whole,
        "seed": _whole,
        "camera_fixed": _flag,
        "watermark": _flag,
        "safety_identifier": _text,
        "priority": _whole,
    }
)
"""The metadata that is sent on, and how each value is read; anything else is dropped."""
