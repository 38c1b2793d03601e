"""Prefixes of paths under which a server also serves its routes, as resellers serve Ark's API."""

from collections.abc import Iterable
from typing import Final

BASES: Final = ("/api/v3", "/v1")
"""Base paths that are removed from the end of a prefix, because the routes include them."""
_RESERVED: Final = ("/_emulator", "/w")
_WRONG: Final = frozenset("?#%{}\\ ")


class InvalidPrefix(ValueError):
    """A text is not a valid prefix; the message says why."""


def parse_prefix(text: str) -> str:
    """Return the prefix in a text: `/seedance` for `seedance/` or `/seedance/api/v3`. Raises InvalidPrefix."""
    found = "/" + text.strip("/")
    base = next((base for base in BASES if found.endswith(base)), "")
    found = found.removesuffix(base).rstrip("/")
    if not found:
        raise InvalidPrefix(f"{text!r} is served without a prefix")
    if not found.isascii() or not found.isprintable() or _WRONG.intersection(found) or "//" in found:
        raise InvalidPrefix(f"{text!r} is no path of plain segments, such as /seedance")
    if any(f"{found}/".startswith(f"{reserved}/") for reserved in _RESERVED):
        raise InvalidPrefix(f"{text!r} is a path of the emulator's own")
    return found


def parse_prefixes(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the prefixes in these texts, each once, the longest first, so that it wins over its beginnings."""
    return tuple(sorted(dict.fromkeys(map(parse_prefix, texts)), key=len, reverse=True))


def strip_prefix(path: str, prefixes: Iterable[str]) -> str | None:
    """Return the path after the first prefix that it begins with; None if it has none.

    The control API is not served under prefixes.
    """
    for each in prefixes:
        if path.startswith(f"{each}/"):
            rest = path[len(each) :]
            return None if rest.startswith("/_emulator") else rest
    return None
