"""Inspect media: bytes in, facts out. Only headers are read, nothing is decoded.

Pictures are read by imagesize, sound by tinytag. Both are pure Python without dependencies, and both are imported with
the first file of their kind. Movies and HEIF pictures have readers of their own.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import BinaryIO, Final, cast

from ark_emulator.media.inspect import heif, movie
from ark_emulator.media.inspect.boxes import BudgetedReader, BudgetExceeded

UNKNOWN: Final = "unknown"
_HEAD: Final = 64  # bytes that tell the format


@dataclass(frozen=True, slots=True)
class Found:
    """The facts of a file; None where a file has no such fact.

    `size` is in bytes. `format` is a lower-case word, `unknown` for a format that is not known here. `width` and
    `height` are pixels as displayed, after the rotation that a camera stored. `frame_rate` is the average. `codec` is
    set for movies: `h264`, `h265`, or another name as in the file. `broken` is True if the format is known and the file
    lacks the facts that such a file must have.
    """

    size: int
    format: str = UNKNOWN
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    frame_rate: float | None = None
    codec: str | None = None
    broken: bool = False


def inspect(source: BinaryIO) -> Found:
    """Return the facts of a seekable file. Never raises for its content, and always takes well under a second."""
    size = source.seek(0, 2)
    source.seek(0)
    head = source.read(_HEAD)
    found = Found(size, format_of(head))
    reader = _READERS.get(found.format)
    if reader is None:
        return found
    source.seek(0)
    try:
        return reader(BudgetedReader(source), found)
    except (struct.error, IndexError, ZeroDivisionError, BudgetExceeded):
        return replace(found, broken=True)


def format_of(head: bytes) -> str:
    """Return the format that the first bytes of a file identify, `unknown` if they identify none."""
    kind = head[4:8]
    if kind == b"ftyp":
        return _BRANDS.get(head[8:12], "mp4")
    if kind in _BARE_QUICKTIME:
        return "mov"
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    if head.startswith(b"BM"):
        return "bmp" if head[15:18] == bytes(3) else UNKNOWN  # the length of the header, in four bytes, is below 256
    if head[:1] == b"\xff" and len(head) > 1:
        return _MPEG_AUDIO.get(head[1] & 0xF6, "jpeg" if head[1] == 0xD8 else UNKNOWN)
    return next((name for start, name in _STARTS if head.startswith(start)), UNKNOWN)


def _picture(source: BudgetedReader, found: Found) -> Found:
    import imagesize

    width, height = imagesize.get(source)
    return _sized(found, (width, height) if width > 0 and height > 0 else None)


def _heif(source: BudgetedReader, found: Found) -> Found:
    return _sized(found, heif.read(source, found.size))


def _sized(found: Found, sides: tuple[int, int] | None) -> Found:
    if sides is None or 0 in sides:
        return replace(found, broken=True)
    return replace(found, width=sides[0], height=sides[1])


def _movie(source: BudgetedReader, found: Found) -> Found:
    facts = movie.read(source, found.size)
    if facts is None or facts.seconds is None or 0 in (facts.width, facts.height):
        return replace(found, broken=True)
    return replace(
        found,
        format="m4a" if facts.width is None else found.format,
        width=facts.width,
        height=facts.height,
        seconds=facts.seconds,
        frame_rate=facts.frame_rate,
        codec=facts.codec,
    )


def _sound(source: BudgetedReader, found: Found) -> Found:
    from tinytag import TinyTag, TinyTagException

    try:
        tag = TinyTag.get(file_obj=cast(BinaryIO, source), tags=False)
    except TinyTagException:
        return replace(found, broken=True)
    if tag.duration is None or tag.samplerate is None:
        return replace(found, broken=True)
    # A speech service that streams a WAV file writes the largest length there is into its header, not knowing better.
    longest = found.size / (tag.bitrate * 125) if tag.bitrate else tag.duration
    return replace(found, seconds=min(tag.duration, longest))


_READERS: Final[Mapping[str, Callable[[BudgetedReader, Found], Found]]] = MappingProxyType(
    {
        **dict.fromkeys(("jpeg", "png", "webp", "bmp", "tiff", "gif"), _picture),
        **dict.fromkeys(("heic", "heif", "avif"), _heif),
        **dict.fromkeys(("mp4", "mov", "m4a"), _movie),
        **dict.fromkeys(("mp3", "wav"), _sound),
    }
)
_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"FORM", "aiff"),
    (b"#!AMR", "amr"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"FLV", "flv"),
    (b"\0\0\0\x0cjP  ", "jp2"),
    (b"8BPS", "psd"),
    (b"%PDF", "pdf"),
    (b"<svg", "svg"),
    (b"<?xml", "xml"),
    (b"<!doctype html", "html"),
    (b"<!DOCTYPE html", "html"),
    (b"<html", "html"),
)
_RIFF: Final[Mapping[bytes, str]] = MappingProxyType({b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"})
_MPEG_AUDIO: Final[Mapping[int, str]] = MappingProxyType({0xF2: "mp3", 0xE2: "mp3", 0xF0: "aac"})
"""By the second byte without version and protection: layer 3 (also of MPEG 2.5), and AAC in an ADTS stream."""
_BARE_QUICKTIME: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""The boxes with which a QuickTime file without a brand begins."""
_BRANDS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"qt  ": "mov",
        b"M4A ": "m4a",
        b"M4B ": "m4a",
        b"avif": "avif",
        b"avis": "avif",
        **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "heic"),
        **dict.fromkeys((b"mif1", b"msf1"), "heif"),
    }
)
