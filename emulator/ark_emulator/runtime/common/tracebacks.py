"""Describe caught exceptions in logs, and clear them so that their memory is freed at once."""

import traceback
from pathlib import Path
from typing import Final

from ark_emulator.core.printable import on_one_line
from ark_emulator.runtime.common.masking import mask_url, truncate

_FRAMES: Final = 8
"""How many of the innermost frames are logged."""
_EXCERPT: Final = 500
"""The maximum characters of an exception's message in a log."""


def describe_error(error: BaseException, *keys: str) -> str:
    """Return an unexpected exception for a log: its type, its message on one line with secrets masked, and its trail.

    `keys` are the API keys that the message may contain.
    """
    text = truncate(mask_url(f"{type(error).__name__}: {error}", *keys), _EXCERPT, *keys)
    return f"{on_one_line(text)}{trail(error)}"


def place_of(error: BaseException | None) -> str:
    """Return an exception for a log without its message: its type and its trail."""
    return type(error).__name__ + ("" if error is None else trail(error))


def trail(error: BaseException) -> str:
    """Return where an error was raised, innermost call first, for a log: ` at FILE:LINE in NAME, called from ...`.

    Neither values nor source lines are shown; they may contain what a client sent.
    """
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in reversed(frames)]
    return f" at {', called from '.join(places)}" if places else ""


def clear_tracebacks(error: BaseException) -> None:
    """Remove the tracebacks of an error and of the errors that caused it.

    A traceback references every frame that the error passed through, and so bodies and documents. If one of those
    frames also references the error, all of it stays in memory until the garbage collector runs.
    """
    found: BaseException | None = error
    while found is not None and found.__traceback__ is not None:
        found.__traceback__ = None
        earlier = found.__context__
        found.__context__ = found.__cause__ = None
        found = earlier
