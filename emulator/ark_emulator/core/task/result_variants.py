"""How a success may differ from an ordinary one: what its task object says of usage, link, model and clip."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class UsageShown(StrEnum):
    """What a success says of its tokens: the truth, nothing, zero, or the truth as strings."""

    PLAIN = "plain"
    MISSING = "missing"
    ZERO = "zero"
    STRINGS = "strings"


class LinkShown(StrEnum):
    """What a success says of its clip's address.

    `dead` is signed well, for an object that is not there (404). `escaped` has every ampersand as the six characters
    `\\u0026`, as clients see it that cut links out of JSON text (403 for whoever uses it so).
    """

    PLAIN = "plain"
    MISSING = "missing"
    EMPTY = "empty"
    DEAD = "dead"
    ESCAPED = "escaped"


@dataclass(frozen=True, slots=True)
class ResultVariant:
    """The differences of one success. `usage` may also be a number of tokens, told instead of the true one.

    `model` is told instead of the model that was asked for. `clip` is the path of a file that is served as the clip.
    `unreadable` means that whoever looks at the task for a gateway is told types that cannot be parsed.
    """

    usage: UsageShown | int = UsageShown.PLAIN
    video_url: LinkShown = LinkShown.PLAIN
    last_frame_url: LinkShown = LinkShown.PLAIN
    model: str | None = None
    clip: str | None = None
    unreadable: bool = False

    def tokens(self, counted: int) -> int | None:
        """The tokens to tell when `counted` are true; None when usage is not told at all."""
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
"""Nothing differs."""


def object_path(shown: LinkShown, path: str) -> str:
    """The path to sign a link for, when the object lies at `path`: another one, if the link is to be dead."""
    if shown is not LinkShown.DEAD:
        return path
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-gone{dot}{suffix}"


def link_text(shown: LinkShown, link: str) -> str | None:
    """What the task object says in place of the signed link; None when it says nothing."""
    match shown:
        case LinkShown.MISSING:
            return None
        case LinkShown.EMPTY:
            return ""
        case LinkShown.ESCAPED:
            return link.replace("&", "\\u0026")
        case LinkShown.PLAIN | LinkShown.DEAD:
            return link
