"""How a success may differ from an ordinary one: the usage, link, model and clip that its task object shows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class UsageShown(StrEnum):
    """Which usage a success reports: the true tokens, none, zero, or the true tokens as strings."""

    PLAIN = "plain"
    MISSING = "missing"
    ZERO = "zero"
    STRINGS = "strings"


class LinkShown(StrEnum):
    """Which URL a success reports for its clip.

    `dead` has a valid signature for an object that does not exist (404). `escaped` has every ampersand as the six
    characters `\\u0026`, as clients see it that cut links out of JSON text (using it so gives 403).
    """

    PLAIN = "plain"
    MISSING = "missing"
    EMPTY = "empty"
    DEAD = "dead"
    ESCAPED = "escaped"


@dataclass(frozen=True, slots=True)
class ResultVariant:
    """The differences of one success.

    `usage` may also be a number of tokens that is reported instead of the true one. `model` is reported instead of the
    requested model. `clip` is the path of a file that is served as the clip. `unreadable` means that a gateway that
    polls the task gets field types it cannot parse.
    """

    usage: UsageShown | int = UsageShown.PLAIN
    video_url: LinkShown = LinkShown.PLAIN
    last_frame_url: LinkShown = LinkShown.PLAIN
    model: str | None = None
    clip: str | None = None
    unreadable: bool = False

    def tokens(self, counted: int) -> int | None:
        """Return the tokens to report when `counted` is the true number; None when usage is left out."""
        match self.usage:
            case UsageShown.MISSING:
                return None
            case UsageShown.ZERO:
                return 0
            case UsageShown.PLAIN | UsageShown.STRINGS:
                return counted
            case number:
                return number


ORDINARY: Final = ResultVariant()
"""The ordinary result: no differences."""


def object_path(shown: LinkShown, path: str) -> str:
    """Return the path to sign a link for, when the object lies at `path`: another one, if the link is to be dead."""
    if shown is not LinkShown.DEAD:
        return path
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-gone{dot}{suffix}"


def link_text(shown: LinkShown, link: str) -> str | None:
    """Return the text that the task object shows for the signed link; None when the field is left out."""
    match shown:
        case LinkShown.MISSING:
            return None
        case LinkShown.EMPTY:
            return ""
        case LinkShown.ESCAPED:
            return link.replace("&", "\\u0026")
        case LinkShown.PLAIN | LinkShown.DEAD:
            return link
