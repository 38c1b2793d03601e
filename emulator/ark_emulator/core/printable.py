"""Make untrusted text safe for a terminal or a log: escape what could control a terminal or begin a new line."""

import re
import unicodedata
from typing import Final

_SUSPECT: Final = re.compile(r"[^ -~]")
_KEPT_IN_BLOCKS: Final = frozenset("\n\t")


def on_one_line(text: str) -> str:
    """Return the text with every control, format and line-ending character escaped, as in `\\x1b` and `\\u202e`.

    Escaped are the characters that Unicode calls not printable, except wide and unbreakable spaces.
    """
    return text if text.isprintable() else _SUSPECT.sub(_escaped, text)


def printable(text: str) -> str:
    """Return the text with the same characters escaped, except line feeds and tabs."""
    return _SUSPECT.sub(lambda found: found[0] if found[0] in _KEPT_IN_BLOCKS else _escaped(found), text)


def is_safe(character: str) -> bool:
    """Return whether a character may reach a terminal unescaped."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escaped(found: re.Match[str]) -> str:
    return found[0] if is_safe(found[0]) else found[0].encode("unicode_escape").decode("ascii")
