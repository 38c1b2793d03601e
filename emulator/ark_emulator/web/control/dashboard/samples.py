"""Media to try things with, made here: a picture, a clip and a sound that every model takes as its input."""

import struct
from functools import cache
from math import pi, sin, sqrt
from typing import Final, TypeAlias

from ark_emulator.dialects.base import DialectResponse
from ark_emulator.media.encode import png
from ark_emulator.web.control.control_body import ControlRefusal
from ark_emulator.web.http.exchange import Exchange

RATE: Final = 8_000
"""Samples of the sound per second."""
SECONDS: Final = 3
WIDTH: Final = 864
HEIGHT: Final = 486
STRIPE: Final = 6
"""Lines of a picture that are alike."""
Colour: TypeAlias = tuple[int, int, int]
_HIGH: Final[Colour] = (46, 64, 124)
_LOW: Final[Colour] = (246, 168, 110)
_DEEP: Final[Colour] = (28, 48, 92)
_SUN: Final[Colour] = (255, 236, 190)
_HORIZON: Final = 0.68
_RADIUS: Final = 74


async def sample(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/samples/{id}`: return sample media: `picture.png`, `other.png`, `clip.mp4` or `sound.wav`.

    The bytes of each are always the same.
    """
    made = _made(exchange.name)
    if made is None:
        raise ControlRefusal(404, "unknown_sample", "the samples are picture.png, other.png, clip.mp4 and sound.wav")
    body, kind = made
    return DialectResponse(200, body, {"Cache-Control": "public, max-age=3600"}, kind)


@cache
def _made(name: str) -> tuple[bytes, str] | None:
    match name:
        case "picture.png":
            return scene(sun=0.34, night=0.0), "image/png"
        case "other.png":
            return scene(sun=0.66, night=0.6), "image/png"
        case "clip.mp4":
            return _clip(), "video/mp4"
        case "sound.wav":
            return sound(), "audio/wav"
    return None


def _clip() -> bytes:
    """5 s with sound, so large that it is taken as a reference video."""
    from ark_emulator.media.render.clip import ClipSpec, render_clip

    return render_clip(ClipSpec("SAMPLE", "made by Ark Emulator", 1280, 720, 121, audio=True))


def scene(sun: float, night: float) -> bytes:
    """A sunset over water, as a PNG picture. `sun` is how far down it stands, `night` how dark it is, both 0 to 1."""
    return png.write(WIDTH, HEIGHT, [_band(line, sun, night) for line in range(0, HEIGHT, STRIPE)])


def _band(line: int, sun: float, night: float) -> png.Band:
    down = line / HEIGHT
    sky, glow = _mixed(_HIGH, _LOW, min(down / _HORIZON, 1.0), night), _mixed(_SUN, _SUN, 0, night / 3)
    water = _mixed(_LOW, _DEEP, max(down - _HORIZON, 0) / (1 - _HORIZON), night)
    away = line + STRIPE / 2 - sun * HEIGHT
    half = int(sqrt(max(_RADIUS**2 - away**2, 0)))
    if down >= _HORIZON:
        half = int(_RADIUS * (1.3 - down)) if line // STRIPE % 3 == 0 else 0
    ground = sky if down < _HORIZON else water
    side = WIDTH // 2 - half
    runs = [png.Run(ground, side), png.Run(glow, 2 * half), png.Run(ground, side)]
    return png.Band([run for run in runs if run.pixels], STRIPE)


def _mixed(one: Colour, other: Colour, share: float, night: float) -> bytes:
    return bytes(round((a + (b - a) * share) * (1 - night)) for a, b in zip(one, other, strict=True))


def sound() -> bytes:
    """Three seconds of two quiet tones that swell and fade: mono, eight bits."""
    count = RATE * SECONDS
    samples = bytes(128 + round(40 * sin(pi * place / count) * _tone(place / RATE)) for place in range(count))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    return b"".join(
        [struct.pack("<4sI4s", b"RIFF", 36 + count, b"WAVE"), form, struct.pack("<4sI", b"data", count), samples]
    )


def _tone(at: float) -> float:
    return (sin(2 * pi * 440 * at) + sin(2 * pi * 554.37 * at)) / 2
