"""Uncompressed sound: the steady tone of `aac.py` as signed 16-bit samples, the lower byte first."""

import struct
from functools import cache
from math import pi, sin
from typing import Final

from ark_emulator.media.encode import aac

SAMPLE_RATE: Final = aac.SAMPLE_RATE
CHANNELS: Final = aac.CHANNELS
SAMPLE_BYTES: Final = 2
_PERIODS: Final = 10
"""Periods of the tone in one frame of AAC."""
_AMPLITUDE: Final = 8000


def seconds(samples: int) -> list[bytes]:
    """Return so many samples in pieces of a second; the last may be shorter."""
    tone = _tone()
    size, length = SAMPLE_RATE * SAMPLE_BYTES, samples * SAMPLE_BYTES
    sound = tone * (length // len(tone) + 1)
    return [sound[start : min(start + size, length)] for start in range(0, length, size)]


@cache
def _tone() -> bytes:
    """Return whole periods of the tone, which may be repeated without a click."""
    count = aac.SAMPLES_PER_FRAME
    levels = [round(_AMPLITUDE * sin(2 * pi * _PERIODS * place / count)) for place in range(count)]
    return struct.pack(f"<{count}h", *levels)
