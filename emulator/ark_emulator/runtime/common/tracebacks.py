"""Caught exceptions: how they are logged, and how they are forgotten so that memory is free at once."""

import traceback
from pathlib import Path
from typing import Final

from ark_emulator.core.printable import on_one_line
from ark_emulator.runtime.common.masking import mask_url, truncate

_FRAMES: Final = 8
"""How many of the innermost frames a trail shows."""
_EXCERPT: Final = 500
"""How many characters of an exception's message are logged."""


def describe_error(error: BaseException, *keys: str) -> str:
    """Return an unexpected exception for a log: its type, its message on one line with secrets masked, and its trail.

    `keys` are the API keys that the message may repeat.
    """
    text = truncate(mask_url(f"{type(error).__name__}: {error}", *keys), _EXCERPT, *keys)
    return f"{on_one_line(text)}{trail(error)}"


def place_of(error: BaseException | None) -> str:
    """Return an exception for a log without its message: its type and its trail."""
    return type(error).__name__ + ("" if error is None else trail(error))


def trail(error: BaseException) -> str:
    """Return where an error was raised, innermost call first, for a log: ` at FILE:LINE in NAME, called from ...`.

    Neither values nor source lines are shown; they may repeat what a client sent.
    """
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in reversed(frames)]
    return f" at {', called from '.join(places)}" if places else ""


def clear_tracebacks(error: BaseException) -> None:
    """Take the tracebacks off an error and off those that led to it.

    A traceback holds every frame that the error passed through, and with them bodies and documents. Where one of those
    frames, or an object in it, holds the error too, all of it stays in memory until the garbage collector runs.
    """
    found: BaseException | None = error
    while found is not None and found.__traceback__ is not None:
        found.__traceback__ = None
        earlier = found.__context__
        found.__context__ = found.__cause__ = None
        found = earlier
