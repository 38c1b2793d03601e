"""Prefixes of paths, under which a server answers as it does without them: resellers put Ark's wire under such."""

from collections.abc import Iterable
from typing import Final

BASES: Final = ("/api/v3", "/v1")
"""What a prefix may end with when it was given as a whole base path; the routes bring that themselves."""
_RESERVED: Final = ("/_emulator", "/w")
_WRONG: Final = frozenset("?#%{}\\ ")


class InvalidPrefix(ValueError):
    """A text that cannot be a prefix; the message says why."""


def parse_prefix(text: str) -> str:
    """Return the prefix that a text means: `/seedance`, given as `seedance/` or `/seedance/api/v3`. Raises NoPrefix."""
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
    """Return the prefixes that these texts mean, each once, the longest first, so that it wins over its beginnings."""
    return tuple(sorted(dict.fromkeys(map(parse_prefix, texts)), key=len, reverse=True))


def strip_prefix(path: str, prefixes: Iterable[str]) -> str | None:
    """Return the path behind the first prefix that it begins with; None when it has none of them.

    The control API is reached without a prefix alone.
    """
    for each in prefixes:
        if path.startswith(f"{each}/"):
            rest = path[len(each) :]
            return None if rest.startswith("/_emulator") else rest
    return None
