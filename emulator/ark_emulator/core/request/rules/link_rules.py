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
"""The most characters of a URL. A bound of ours: an accepted URL is stored as long as its task."""
_WEB: Final = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_CALLABLE: Final = re.compile(r"https?://([^\s/?#\\<>\"^`{|}\x00-\x1f\x7f]{1,2000})([/?#][^\s\x00-\x1f\x7f]*)?", re.I)
_ASSET_ID: Final = re.compile(r"asset-[0-9]{14}-[a-z0-9]{5}")
_INLINE: Final = re.compile(r"data:([a-z]+)/([a-z0-9.+-]+);base64,")
_INLINE_OPENING: Final = "data:"
_WITH_ASSETS: Final = frozenset({"2.0", "2.5"})
"""The generations that accept assets."""
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"jpg": "jpeg", "tif": "tiff", "mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}
)
"""Other names of formats in `data:` URIs; which of them the service knows is not recorded (inferred)."""


_BRACKETED: Final = re.compile(r"(?:[^@\[\]]*@)?\[[^\[\]]+\](?::[0-9]*)?")


def is_web_address(text: str) -> bool:
    """Return True for an http or https URL with a host, without white space and of bounded length."""
    return len(text) <= LONGEST_URL and _WEB.fullmatch(text) is not None


def can_be_called(text: str) -> bool:
    """Return True for a web address with a valid host and port and without control characters (inferred).

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


def addresses_are_present(intent: Intent) -> Refusal | None:
    """Refuse media without an address: for images documented, with a code of its own; else as a missing parameter
    (inferred).
    """
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and not item.value:
            key = "image.url_empty" if item.kind is Kind.IMAGE else "content.url_missing"
            return refuse(intent, key, index=index, part=item.kind)
    return None


def addresses_are_well_formed(intent: Intent) -> Refusal | None:
    """Refuse an address that is neither URL nor inline media nor asset as an invalid url (recorded for images)."""
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and item.value and not _is_well_formed(item):
            return refuse(intent, "url.invalid", index=index, part=item.kind)
    return None


def video_is_not_inline(intent: Intent) -> Refusal | None:
    """Refuse an inline reference video: it needs a web address (recorded); an asset is accepted too (documented)."""
    if any(item.kind is Kind.VIDEO and item.value.startswith(_INLINE_OPENING) for item in intent.submission.items):
        return refuse(intent, "content.video_inline")
    return None


def inline_media_is_marked(intent: Intent) -> Refusal | None:
    """Refuse inline media without its marker: `data:image/<format in lower case>;base64,` and the like for audio
    (documented).

    An image is refused with a code of its own (documented), audio as a bad payload (inferred).
    """
    for index, item in enumerate(intent.submission.items):
        if item.kind in (Kind.IMAGE, Kind.AUDIO) and item.value.startswith(_INLINE_OPENING):
            marked = _INLINE.match(item.value)
            if marked is None or marked.group(1) != NOUNS[item.kind]:
                key = "image.data_invalid" if item.kind is Kind.IMAGE else "content.payload"
                return refuse(intent, key, index=index, part=item.kind)
    return None


def inline_format_is_accepted(intent: Intent) -> Refusal | None:
    """Refuse inline media of another format than the kind has (documented).

    The text for audio is recorded, that for images inferred.
    """
    for index, item in enumerate(intent.submission.items):
        if item.kind in (Kind.IMAGE, Kind.AUDIO) and (marked := _INLINE.match(item.value)) is not None:
            noun, written = marked.groups()
            limits = media_limits_of(item.kind, intent.model.generation)
            foreign = limits is not None and _NAMES.get(written, written) not in limits.formats
            if foreign and noun == NOUNS[item.kind]:
                return refuse(intent, f"{NOUNS[item.kind]}.format", index=index, format=written)
    return None


def assets_are_accepted(intent: Intent) -> Refusal | None:
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
    """Refuse an asset whose id is not of the form `asset-YYYYMMDDHHMMSS-xxxxx` as not found (documented).

    Any id of that form is accepted, of whatever kind.
    """
    for index, item in enumerate(intent.submission.items):
        if item.kind in NOUNS and item.value.startswith(ASSET):
            asset = item.value.removeprefix(ASSET)
            if _ASSET_ID.fullmatch(asset) is None:
                return refuse(intent, "asset.not_found", index=index, part=item.kind, asset=asset)
    return None


LINK_RULES: Final[tuple[Rule, ...]] = (
    addresses_are_present,
    addresses_are_well_formed,
    video_is_not_inline,
    inline_media_is_marked,
    inline_format_is_accepted,
    assets_are_accepted,
    assets_have_ids,
)


def _is_well_formed(item: Item) -> bool:
    return item.value.startswith((_INLINE_OPENING, ASSET)) or is_web_address(item.value)
