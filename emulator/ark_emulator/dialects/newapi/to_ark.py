"""Convert the submit of a gateway to the create request that the gateway sends to Ark."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.newapi.decoding import MOST, NotANumber, json_type, known_fields, parse_int
from ark_emulator.dialects.newapi.request import GatewaySubmit
from ark_emulator.dialects.newapi.traits import Traits

_MEDIA: Final = ("image_url", "video_url", "audio_url")
_OF_ITEM: Final = ("type", "text", "role", *_MEDIA)
_REFERENCES: Final[Mapping[str, str]] = MappingProxyType(
    {"image_url": "reference_image", "video_url": "reference_video", "audio_url": "reference_audio"}
)

Item = dict[str, Any]


def upstream_document(submit: GatewaySubmit, model: str, traits: Traits) -> dict[str, Any]:
    """Return Ark's create request. Raises Refusal if the metadata has the wrong shape for Ark."""
    if traits.reading == "source":
        model, parameters, items = _decoded(submit, model)
    else:
        parameters = {name: read(submit.metadata[name], name) for name, read in _TYPED.items() if _given(submit, name)}
        items = _typed_items(submit)
    if submit.seconds is not None:
        parameters["duration"] = submit.seconds
    tier = str(parameters.get("service_tier", "default"))
    vain = tier != "default" and any(fnmatchcase(tier, pattern) for pattern in traits.tiers_dropped)
    dropped = {*traits.dropped, *(("service_tier",) if vain else ())}
    kept = {name: value for name, value in parameters.items() if name not in dropped}
    return {"model": model, "content": _content(submit, items, traits), **traits.defaults, **kept}


def content(submit: GatewaySubmit, traits: Traits) -> list[Item]:
    """Return the items for Ark: media first, in their order and with their roles, the prompt last.

    Items of the metadata replace the images of the top level. The prompt replaces all texts among them.
    """
    items = _decoded(submit, submit.model)[2] if traits.reading == "source" else _typed_items(submit)
    return _content(submit, items, traits)


def _content(submit: GatewaySubmit, items: Sequence[Item] | None, traits: Traits) -> list[Item]:
    found = [_image(url) for url in submit.images] if items is None else list(items)
    texts = [item for item in found if item.get("type") == "text"]
    media = _with_roles([item for item in found if item.get("type") != "text"], traits, named=items is not None)
    if submit.prompt.strip():
        return [*media, {"type": "text", "text": submit.prompt}]
    return [*media, *texts] if traits.text_items == "kept" else media


def has_video_input(submit: GatewaySubmit) -> bool:
    """Return whether the submit contains a video, which has its own price."""
    return any(isinstance(item, Mapping) and _is_video(item) for item in submit.content)


def _is_video(item: Mapping[str, Any]) -> bool:
    return item.get("type") == "video_url" or "video_url" in item


def _decoded(submit: GatewaySubmit, model: str) -> tuple[str, dict[str, Any], list[Item] | None]:
    """Return the model, the parameters and the items of a submit as Go decodes its metadata.

    Names have any case, are applied in alphabetical order, and later ones win. Empty texts and null are left out. The
    metadata may name another model under `Model`, because new-api removes only `model` (source). Neither that nor a
    second model of the document applies if the model is mapped to another name.
    """
    parameters: dict[str, Any] = {}
    items: list[Item] | None = None
    sent = submit.sent_model
    _check_finite(submit.metadata)
    for name, value in known_fields(dict(sorted(submit.metadata.items())), _KNOWN):
        if name == "content":
            items = _list("content", value, "doubao.ContentItem", _item)
        elif value is not None and name == "model":
            sent = _text(value, "model")
        elif value is not None:
            parameters[name] = _DECODED[name](value, name)
    kept = {name: value for name, value in parameters.items() if value not in ("", [])}
    return (sent if sent and model == submit.model else model), kept, items


def _typed_items(submit: GatewaySubmit) -> list[Item] | None:
    """Return the items of the metadata, None if it has none."""
    own = submit.metadata.get("content")
    if own is None:
        return None
    if not isinstance(own, list):
        raise _unreadable("content", own, "[]doubao.ContentItem")
    for each in own:
        if not isinstance(each, Mapping):
            raise _unreadable("content", each, "doubao.ContentItem")
    return [_item(each, "content", exact=True) for each in own]


def _list(name: str, value: object, element: str, read: Callable[[Mapping[str, Any], str], Item]) -> list[Item]:
    """Return a list of objects. Null is an empty list, and a null element an empty object."""
    if value is not None and not isinstance(value, list):
        raise _unreadable(name, value, f"[]{element}")
    for each in value or ():
        if each is not None and not isinstance(each, Mapping):
            raise _unreadable(name, each, element)
    return [read(each or {}, name) for each in value or ()]


def _item(given: Mapping[str, Any], path: str, *, exact: bool = False) -> Item:
    """Return a content item with only the fields that are sent on: type, text, role, and the URL of its media."""
    item: Item = {}
    for name, value in given.items() if exact else known_fields(dict(sorted(given.items())), _OF_ITEM):
        if value is None or name not in _OF_ITEM:
            continue
        if name in _MEDIA:
            item[name] = _media(value, f"{path}.{name}", exact=exact)
        elif (text := _text(value, f"{path}.{name}", "ContentItem")) or exact:
            item[name] = text
    return item


def _media(value: object, path: str, *, exact: bool) -> Item:
    """Return an object with the URL of an item's media, empty if there is none."""
    if not isinstance(value, Mapping):
        raise _unreadable(path, value, "doubao.MediaURL", "ContentItem")
    pairs = value.items() if exact else known_fields(dict(sorted(value.items())), ("url",))
    urls = [_text(url, f"{path}.url", "MediaURL") for name, url in pairs if name == "url" and url is not None]
    return {"url": urls[-1] if urls else ""}


def _image(url: str) -> Item:
    return {"type": "image_url", "image_url": {"url": url}}


def _with_roles(items: list[Item], traits: Traits, *, named: bool) -> list[Item]:
    """Return the items with Ark's names of roles; if the gateway assigns roles, items without one get one.

    A single image is the first frame, also besides a last frame; other images, video and audio are references.
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


def _given(submit: GatewaySubmit, name: str) -> bool:
    return submit.metadata.get(name) is not None


def _text(value: object, name: str, owner: str = "requestPayload") -> str:
    if not isinstance(value, str):
        raise _unreadable(name, value, "string", owner)
    return value


def _whole(value: object, name: str) -> int:
    """Return a whole number, or one in a text as Go reads it."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) <= MOST:
        return int(value)
    if not isinstance(value, str):
        raise _unreadable(name, value, "string")
    try:
        return parse_int(value)
    except NotANumber as error:
        raise Refusal("gateway.metadata", reason=str(error)) from None


def _flag(value: object, name: str) -> bool:
    """Return a boolean, or the word for one in a text."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise _unreadable(name, value, "bool")
    if not isinstance(value, str | bool):
        raise _unreadable(name, value, "string")
    return value in (True, "true")


def _lenient_whole(value: object, name: str) -> int:
    """Return a whole number, or one in a text with spaces around it."""
    return _whole(value.strip() if isinstance(value, str) else value, name)


def _lenient_flag(value: object, name: str) -> bool:
    """Return a boolean, or the word for one in a text, in any case and with spaces around it."""
    return _flag(value.strip().lower() if isinstance(value, str) else value, name)


def _tools(value: object, name: str) -> list[Item]:
    """Return the tools with only their types."""
    return _list(name, value, _TOOL, _tool)


def _tool(given: Mapping[str, Any], path: str) -> Item:
    found = [_text(value, f"{path}.type", "") for _, value in known_fields(given, ("type",)) if value is not None]
    return {"type": found[-1]} if found and found[-1] else {}


def _typed_tools(value: object, name: str) -> list[Item]:
    """Return the tools that are objects; each must have a type."""
    if not isinstance(value, list):
        raise _unreadable(name, value, f"[]{_TOOL}")
    return [{"type": _text(tool.get("type"), f"{name}.type", "")} for tool in value if isinstance(tool, Mapping)]


def _check_finite(metadata: Mapping[str, Any]) -> None:
    """Raise Refusal for a number that JSON cannot represent, such as that of the form field `style=nan`."""
    for value in metadata.values():
        if isinstance(value, float) and not isfinite(value):
            word = "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
            raise Refusal("gateway.metadata_written", reason=f"json: unsupported value: {word}")


def _unreadable(path: str, value: object, expected: str, owner: str = "requestPayload") -> Refusal:
    """Return the error of Go's decoder for a value of a wrong type; `owner` is its name of the enclosing object."""
    reason = f"json: cannot unmarshal {json_type(value)} into Go struct field {owner}.{path} of type {expected}"
    return Refusal("gateway.metadata", reason=reason)


_TOOL: Final = 'struct { Type string "json:\\"type,omitempty\\"" }'
_DECODED: Final[Mapping[str, Callable[[object, str], object]]] = MappingProxyType(
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
"""The metadata that is sent on, and how each value is read; all other metadata is dropped."""
_KNOWN: Final = (*_DECODED, "content", "model")
_MORE_LENIENT: Final[Mapping[object, Callable[[object, str], object]]] = MappingProxyType(
    {_whole: _lenient_whole, _flag: _lenient_flag, _tools: _typed_tools}
)
_TYPED: Final = MappingProxyType({name: _MORE_LENIENT.get(read, read) for name, read in _DECODED.items()})
"""The same for gateways that check types instead of using Go's decoder."""
