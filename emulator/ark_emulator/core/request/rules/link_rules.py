"""Rules about the addresses of media: web URLs, inline `data:` URIs and `asset://` ids, by form alone."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.rules.media_limits import media_limits_of
from ark_emulator.core.request.rules.objections import NOUNS, Rule, refuse
from ark_emulator.core.task.values import Item, Kind

ASSET: Final = "asset://"
LONGEST_URL: Final = 8_192
"""Characters of a URL. A bound of ours: what is accepted is kept as long as its task."""
_WEB: Final = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_CALLABLE: Final = re.compile(r"https?://([^\s/?#\\<>\"^`{|}\x00-\x1f\x7f]{1,2000})([/?#][^\s\x00-\x1f\x7f]*)?", re.I)
_ASSET_ID: Final = re.compile(r"asset-[0-9]{14}-[a-z0-9]{5}")
_INLINE: Final = re.compile(r"data:([a-z]+)/([a-z0-9.+-]+);base64,")
_INLINE_OPENING: Final = "data:"
_WITH_ASSETS: Final = frozenset({"2.0", "2.5"})
"""The generations that take assets."""
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"jpg": "jpeg", "tif": "tiff", "mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}
)
"""Other names of formats in `data:` URIs; which of them the service knows is not recorded (inferred)."""


_BRACKETED: Final = re.compile(r"(?:[^@\[\]]*@)?\[[^\[\]]+\](?::[0-9]*)?")


def is_web_address(text: str) -> bool:
    """True for an http or https URL with a host, without white space and of bounded length."""
    return len(text) <= LONGEST_URL and _WEB.fullmatch(text) is not None


def can_be_called(text: str) -> bool:
    """True for a web address whose host and port there can be, and which has no control characters (inferred).

    Its length is bounded as that of every URL.
    """
    found = _CALLABLE.fullmatch(text) if len(text) <= LONGEST_URL else None
    if found is None:
        return False
    try:
        parts = urlsplit(f"//{found.group(1)}")
        host, port = parts.hostname, parts.port
        if "[" in parts.netloc or "]" in parts.netloc:
            if _BRACKETED.fullmatch(parts.netloc) is None:
                return False
            ip_address(host or "")
        elif host is not None and not host.isascii():
            host.encode("idna")
    except ValueError:
        return False
    return bool(host) and port != 0


def addresses_are_there(intent: Intent) -> Refusal | None:
    """Documented for images, with a code of its own; for video and audio inferred as a missing parameter."""
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and not item.value:
            key = "image.url_empty" if item.kind is Kind.IMAGE else "content.url_missing"
            return refuse(intent, key, index=index, part=item.kind)
    return None


def addresses_are_well_formed(intent: Intent) -> Refusal | None:
    """Recorded for images: neither URL nor inline media nor asset is an invalid url."""
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and item.value and not _has_a_form(item):
            return refuse(intent, "url.invalid", index=index, part=item.kind)
    return None


def video_is_not_inline(intent: Intent) -> Refusal | None:
    """Recorded: a reference video is given by its web address; an asset will do too (documented)."""
    if any(item.kind is Kind.VIDEO and item.value.startswith(_INLINE_OPENING) for item in intent.submission.items):
        return refuse(intent, "content.video_inline")
    return None


def inline_media_is_marked(intent: Intent) -> Refusal | None:
    """Documented: `data:image/<format in lower case>;base64,` and the like for audio.

    Of an image that is refused with a code of its own (documented), of audio as a bad payload (inferred).
    """
    for index, item in enumerate(intent.submission.items):
        if item.kind in (Kind.IMAGE, Kind.AUDIO) and item.value.startswith(_INLINE_OPENING):
            marked = _INLINE.match(item.value)
            if marked is None or marked.group(1) != NOUNS[item.kind]:
                key = "image.data_invalid" if item.kind is Kind.IMAGE else "content.payload"
                return refuse(intent, key, index=index, part=item.kind)
    return None


def inline_format_is_taken(intent: Intent) -> Refusal | None:
    """Documented: the formats of the kind. The text for audio is recorded, that for images inferred."""
    for index, item in enumerate(intent.submission.items):
        if item.kind in (Kind.IMAGE, Kind.AUDIO) and (marked := _INLINE.match(item.value)) is not None:
            noun, written = marked.groups()
            limits = media_limits_of(item.kind, intent.model.generation)
            foreign = limits is not None and _NAMES.get(written, written) not in limits.formats
            if foreign and noun == NOUNS[item.kind]:
                return refuse(intent, f"{NOUNS[item.kind]}.format", index=index, format=written)
    return None


def assets_are_taken(intent: Intent) -> Refusal | None:
    """Refuse `asset://` on models older than 2.0: documented by a reseller for 1.5 pro, inferred for 1.0 and 3D.

    The text is the recorded one for an address that is neither a URL nor inline media.
    """
    if intent.model.generation in _WITH_ASSETS:
        return None
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and item.value.startswith(ASSET):
            return refuse(intent, "url.invalid", index=index, part=item.kind)
    return None


def assets_have_ids(intent: Intent) -> Refusal | None:
    """Documented: `asset-YYYYMMDDHHMMSS-xxxxx`. Any such id is taken, of whatever kind; others are not found."""
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and item.value.startswith(ASSET):
            asset = item.value.removeprefix(ASSET)
            if _ASSET_ID.fullmatch(asset) is None:
                return refuse(intent, "asset.not_found", index=index, part=item.kind, asset=asset)
    return None


LINK_RULES: Final[tuple[Rule, ...]] = (
    addresses_are_there,
    addresses_are_well_formed,
    video_is_not_inline,
    inline_media_is_marked,
    inline_format_is_taken,
    assets_are_taken,
    assets_have_ids,
)


def _has_a_form(item: Item) -> bool:
    return item.value.startswith((_INLINE_OPENING, ASSET)) or is_web_address(item.value)
