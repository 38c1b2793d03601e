"""Reads scenario files: of a bounded size, and only from what can come to an end."""

import errno
import stat
from pathlib import Path
from typing import Final

LARGEST: Final = 1_000_000
"""Characters that a scenario may have."""
MOST: Final = 4 * LARGEST + 3
"""Bytes that so many characters take at most in UTF-8, with a byte order mark."""


def content_of(path: Path) -> bytes:
    """Return what is in a file or comes from a pipe, up to one byte more than MOST.

    Raises OSError when it cannot be read, or is a device or a socket: those may never end.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is neither a file nor a pipe", str(path))
    with path.open("rb") as file:
        return file.read(MOST + 1)


def text_for_upload(path: Path) -> str:
    """Return the text of a file that is sent to a server, which judges it; bytes that are not UTF-8 stay what they are.

    Raises OSError when it cannot be read, or is larger than any scenario.
    """
    content = content_of(path)
    if len(content) > MOST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST} characters", str(path))
    return content.decode("utf-8", "surrogateescape")
