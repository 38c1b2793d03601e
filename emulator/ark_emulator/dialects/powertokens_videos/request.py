"""The submits of PowerTokens' flat interface, converted to the form that new-api has."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.newapi.request import SubmitBody

_MEDIA: Final[Mapping[str, str]] = {
    "first_frame": "image_url",
    "last_frame": "image_url",
    "reference_image": "image_url",
    "reference_video": "video_url",
    "reference_audio": "audio_url",
}
"""The documented types of media, each with Ark's type of item; the type is the role at Ark."""
_OWN: Final = frozenset({"model", "prompt", "media", "image", "images", "input_reference", "content", "metadata"})
"""The fields with a meaning of their own; all others are sent to Ark as parameters."""
_TIER: Final = re.compile(r"[0-9]{3,4}p|[0-9]k", re.IGNORECASE)
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")


def submit_fields(body: SubmitBody) -> dict[str, Any]:
    """Return the fields of a submit in JSON or a form; a form has each field once."""
    return {field.name: field.value for field in body.form} if body.form else dict(body.document)


def stock_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document in new-api's form: prompt at the top level, media and parameters in the metadata."""
    texts, items = _media(document.get("media"))
    images = document.get("images")
    single = document.get("image") or document.get("input_reference")
    addresses = [*([single] if isinstance(single, str) else []), *(images if isinstance(images, list) else [])]
    items = [*({"type": "image_url", "image_url": {"url": url}} for url in addresses), *items]
    given = document.get("metadata")
    metadata = {**(given if isinstance(given, dict) else {}), **_parameters(document)}
    content = document.get("content")
    if isinstance(content, list):
        items = [*items, *content]
    if items:
        own = metadata.get("content")
        metadata["content"] = [*items, *(own if isinstance(own, list) else [])]
    stock: dict[str, Any] = {"model": document.get("model"), "metadata": metadata}
    prompt = document.get("prompt")
    stock["prompt"] = prompt if prompt not in (None, "") else "\n".join(texts)
    return {name: value for name, value in stock.items() if value is not None}


def _parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters under Ark's names: `seconds` becomes `duration`, and a tier in `size` the resolution."""
    found = {name: value for name, value in document.items() if name not in _OWN and value is not None}
    size, seconds = found.pop("size", None), found.pop("seconds", None)
    if seconds not in (None, ""):
        found["duration"] = int(seconds) if isinstance(seconds, str) and _WHOLE.fullmatch(seconds) else seconds
    if size not in (None, ""):
        found["resolution"] = size.lower() if isinstance(size, str) and _TIER.fullmatch(size) else size
    return found


def _media(media: object) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the texts among the media, and the rest as Ark's items with roles. Raises Refusal for any other form."""
    if media is None:
        return [], []
    if not isinstance(media, Sequence) or isinstance(media, str):
        raise _wrong("media", "it must be an array of objects with type and url or text")
    texts: list[str] = []
    items: list[dict[str, Any]] = []
    for place, each in enumerate(media):
        kind = str(each.get("type")) if isinstance(each, Mapping) else ""
        value = each.get("text" if kind == "text" else "url") if isinstance(each, Mapping) else None
        if kind != "text" and kind not in _MEDIA:
            raise _wrong(f"media[{place}].type", f"it must be one of text, {', '.join(_MEDIA)}")
        if not isinstance(value, str):
            raise _wrong(f"media[{place}].{'text' if kind == 'text' else 'url'}", "it must be a string")
        if kind == "text":
            texts.append(value)
        else:
            items.append({"type": _MEDIA[kind], _MEDIA[kind]: {"url": value}, "role": kind})
    return texts, items


def _wrong(parameter: str, reason: str) -> Refusal:
    return Refusal("parameter.invalid_because", parameter=parameter, reason=reason)
