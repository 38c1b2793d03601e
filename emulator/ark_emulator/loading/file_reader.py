"""Reads scenario files: of a bounded size, and only from files and pipes."""

import errno
import stat
from pathlib import Path
from typing import Final

LARGEST: Final = 1_000_000
"""The most characters of a scenario."""
MOST: Final = 4 * LARGEST + 3
"""The most bytes that these characters take in UTF-8, with a byte order mark."""


def content_of(path: Path) -> bytes:
    """Return the content of a file or pipe, up to one byte more than MOST.

    Raises OSError when it cannot be read, or is a device or a socket: those may never end.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is neither a file nor a pipe", str(path))
    with path.open("rb") as file:
        return file.read(MOST + 1)


def text_for_upload(path: Path) -> str:
    """Return the text of a file to send to a server, which validates it; bytes that are not UTF-8 are preserved.

    Raises OSError when it cannot be read, or is larger than any scenario.
    """
    content = content_of(path)
    if len(content) > MOST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST} characters", str(path))
    return content.decode("utf-8", "surrogateescape")
