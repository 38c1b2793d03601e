"""Write MP4 (ISO/IEC 14496-12, -14, -15) and QuickTime files: `moov` first, then `mdat`, then a `free` box.

The two differ in the brand, the handlers, the sound (AAC, or uncompressed), the description of colour, and the comment
tag.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, zip_longest

from ark_emulator.media.encode import aac, pcm

MOVIE_TIMESCALE = 24000  # units per second; a frame at 24 fps is a whole number of them
PICTURE_DURATION = 512  # of a picture, in the units of its track
_SMALLEST_FREE = 8  # bytes: a box without content

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # no rotation, no scaling
_NO_LANGUAGE = 0x55C4  # "und" in three letters of five bits
_SELF_CONTAINED = 1  # flag of a `url ` box: the media is in this file
_ENABLED_IN_MOVIE = 3  # flags of `tkhd`


@dataclass(frozen=True, slots=True)
class Movie:
    """The parts of a file: coded pictures, the sound frames to repeat, and a comment."""

    width: int  # pixels
    height: int
    picture_rate: int  # pictures per second
    configuration: bytes  # body of the `avcC` box
    pictures: Sequence[bytes]  # access units, NAL units behind lengths of four bytes
    sync: Sequence[int]  # positions of IDR pictures, counted from 1
    sound: bool
    comment: str
    quicktime: bool

    @property
    def duration(self) -> int:
        """Return the length in units of the movie."""
        return len(self.pictures) * MOVIE_TIMESCALE // self.picture_rate


@dataclass(frozen=True, slots=True)
class _Track:
    number: int
    handler: bytes
    name: bytes
    timescale: int
    sample_duration: int
    samples: Sequence[bytes]
    samples_per_chunk: int
    sync: Sequence[int]  # empty when every sample is one
    media_header: bytes
    description: bytes  # the sample entry
    starts_at: int  # media time of the first sample to play
    plays: int  # units of the movie
    volume: int
    width: int = 0
    height: int = 0
    unit: int = 0  # bytes of a sample where an item of `samples` holds many equal ones; 0 where it is one

    @property
    def count(self) -> int:
        """Return how many samples there are."""
        return sum(map(len, self.samples)) // self.unit if self.unit else len(self.samples)

    def chunks(self) -> list[bytes]:
        """Return samples joined to chunks of about a second."""
        size = self.samples_per_chunk
        return [b"".join(self.samples[at : at + size]) for at in range(0, len(self.samples), size)]


def write(movie: Movie, pad_to: int = 0) -> bytes:
    """Return the file. It is padded to `pad_to` bytes unless the movie is already larger."""
    tracks = [_video(movie), *([_sound(movie)] if movie.sound else [])]
    chunks = [track.chunks() for track in tracks]
    order = [chunk for second in zip_longest(*chunks, fillvalue=b"") for chunk in second]
    starts = list(accumulate(map(len, order), initial=0))
    # Chunk n of a track is item n * (number of tracks) + (index of the track) of the order.
    offsets = [
        [starts[place * len(tracks) + index] for place in range(len(chunks[index]))] for index in range(len(tracks))
    ]
    brand = _brand(movie.quicktime)
    head = len(brand) + len(_moov(movie, tracks, offsets, 0)) + 8
    parts = [brand, _moov(movie, tracks, offsets, head), struct.pack(">I4s", 8 + starts[-1], b"mdat"), *order]
    missing = pad_to - head - starts[-1]
    parts.append(_box(b"free", bytes(max(0, missing - _SMALLEST_FREE))))
    return b"".join(parts)


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full_box(kind: bytes, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *content)


def _table(kind: bytes, entries: Sequence[tuple[int, ...]]) -> bytes:
    """Return a full box with a counted list of entries of 32-bit numbers."""
    numbers = [number for entry in entries for number in entry]
    return _full_box(kind, 0, struct.pack(f">{len(numbers) + 1}I", len(entries), *numbers))


def _brand(quicktime: bool) -> bytes:
    if quicktime:
        return _box(b"ftyp", b"qt  ", struct.pack(">I", 0x200), b"qt  ")
    return _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")


def _moov(movie: Movie, tracks: Sequence[_Track], offsets: Sequence[Sequence[int]], base: int) -> bytes:
    """Return the index. Its length does not depend on `base`, the position of the first media byte."""
    header = _full_box(
        b"mvhd",
        0,
        struct.pack(">IIII", 0, 0, MOVIE_TIMESCALE, movie.duration),
        struct.pack(">IH10x", 0x10000, 0x100),  # normal speed, full volume
        _MATRIX,
        struct.pack(">24xI", len(tracks) + 1),
    )
    boxes = [_trak(track, [base + at for at in places], movie) for track, places in zip(tracks, offsets, strict=True)]
    return _box(b"moov", header, *boxes, _comment(movie))


def _comment(movie: Movie) -> bytes:
    text = movie.comment.encode()
    if movie.quicktime:
        return _box(b"udta", _box(b"\xa9cmt", struct.pack(">HH", len(text), _NO_LANGUAGE), text))
    item = _box(b"\xa9cmt", _box(b"data", struct.pack(">II", 1, 0), text))  # type 1: UTF-8
    handler = _full_box(b"hdlr", 0, bytes(4), b"mdirappl", bytes(9))
    return _box(b"udta", _full_box(b"meta", 0, handler, _box(b"ilst", item)))


def _trak(track: _Track, offsets: Sequence[int], movie: Movie) -> bytes:
    header = _full_box(
        b"tkhd",
        _ENABLED_IN_MOVIE,
        struct.pack(">IIIII8x", 0, 0, track.number, 0, track.plays),
        struct.pack(">hhhH", 0, 0, track.volume, 0),
        _MATRIX,
        struct.pack(">II", track.width << 16, track.height << 16),
    )
    edits = _box(b"edts", _table(b"elst", [(track.plays, track.starts_at, 0x10000)]))
    length = track.count * track.sample_duration
    media_header = _full_box(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, track.timescale, length, _NO_LANGUAGE, 0))
    references = _full_box(b"dref", 0, struct.pack(">I", 1), _full_box(b"url ", _SELF_CONTAINED))
    information = [track.media_header]
    if movie.quicktime:
        information.append(_handler(b"dhlr", b"url ", b"DataHandler", quicktime=True))
    information += [_box(b"dinf", references), _sample_table(track, offsets)]
    handler = _handler(b"mhlr", track.handler, track.name, movie.quicktime)
    return _box(b"trak", header, edits, _box(b"mdia", media_header, handler, _box(b"minf", *information)))


def _handler(component: bytes, kind: bytes, name: bytes, quicktime: bool) -> bytes:
    """Return a handler box: QuickTime has a component type and a counted name, ISO a zero and a terminated name."""
    if quicktime:
        return _full_box(b"hdlr", 0, component, kind, bytes(12), bytes((len(name),)), name)
    return _full_box(b"hdlr", 0, bytes(4), kind, bytes(12), name, b"\0")


def _sample_table(track: _Track, offsets: Sequence[int]) -> bytes:
    count = track.count
    per_chunk = track.samples_per_chunk * (len(track.samples[0]) // track.unit if track.unit else 1)
    boxes = [
        _full_box(b"stsd", 0, struct.pack(">I", 1), track.description),
        _table(b"stts", [(count, track.sample_duration)]),
    ]
    if track.sync:
        boxes.append(_table(b"stss", [(number,) for number in track.sync]))
    sizes = _full_box(b"stsz", 0, struct.pack(">II", track.unit, count)) if track.unit else _sample_sizes(track.samples)
    boxes += [
        _table(b"stsc", _chunk_runs(count, per_chunk)),
        sizes,
        _table(b"stco", [(offset,) for offset in offsets]),
    ]
    return _box(b"stbl", *boxes)


def _chunk_runs(samples: int, per_chunk: int) -> list[tuple[int, int, int]]:
    """Return first chunk, samples in each chunk and description of every run of equal chunks."""
    sizes = [min(per_chunk, samples - at) for at in range(0, samples, per_chunk)]
    runs, first = [], 1
    for size, run in groupby(sizes):
        runs.append((first, size, 1))
        first += len(list(run))
    return runs


def _sample_sizes(samples: Sequence[bytes]) -> bytes:
    sizes = [len(sample) for sample in samples]
    if len(set(sizes)) == 1:
        return _full_box(b"stsz", 0, struct.pack(">II", sizes[0], len(sizes)))
    return _full_box(b"stsz", 0, struct.pack(f">{len(sizes) + 2}I", 0, len(sizes), *sizes))


def _video(movie: Movie) -> _Track:
    # QuickTime names the three BT.709 tables as `nclc`; ISO adds a flag, here for video range.
    colour = b"nclc" + struct.pack(">HHH", 1, 1, 1) if movie.quicktime else b"nclx" + struct.pack(">HHHB", 1, 1, 1, 0)
    entry = _box(
        b"avc1",
        struct.pack(">6xH16x", 1),
        struct.pack(">HHIIIH", movie.width, movie.height, 72 << 16, 72 << 16, 0, 1),  # 72 dpi, one picture per sample
        struct.pack(">32xHh", 24, -1),  # no compressor name, 24 bits deep, no colour table
        _box(b"avcC", movie.configuration),
        _box(b"colr", colour),
        _box(b"pasp", struct.pack(">II", 1, 1)),
    )
    return _Track(
        number=1,
        handler=b"vide",
        name=b"VideoHandler",
        timescale=movie.picture_rate * PICTURE_DURATION,
        sample_duration=PICTURE_DURATION,
        samples=movie.pictures,
        samples_per_chunk=movie.picture_rate,
        sync=movie.sync,
        media_header=_full_box(b"vmhd", 1, bytes(8)),
        description=entry,
        starts_at=0,
        plays=movie.duration,
        volume=0,
        width=movie.width,
        height=movie.height,
    )


def _sound(movie: Movie) -> _Track:
    return _uncompressed_sound(movie) if movie.quicktime else _compressed_sound(movie)


def _compressed_sound(movie: Movie) -> _Track:
    count = aac.frames_within(len(movie.pictures), movie.picture_rate)
    heard = count * aac.SAMPLES_PER_FRAME - aac.PRIMING
    return _Track(
        number=2,
        handler=b"soun",
        name=b"SoundHandler",
        timescale=aac.SAMPLE_RATE,
        sample_duration=aac.SAMPLES_PER_FRAME,
        samples=[aac.FRAME] * count,
        samples_per_chunk=aac.SAMPLE_RATE // aac.SAMPLES_PER_FRAME,
        sync=(),
        media_header=_full_box(b"smhd", 0, bytes(4)),
        description=_sound_entry(b"mp4a", aac.CHANNELS, aac.SAMPLE_RATE, _elementary_stream()),
        starts_at=aac.PRIMING,
        plays=heard * MOVIE_TIMESCALE // aac.SAMPLE_RATE,
        volume=0x100,
    )


def _uncompressed_sound(movie: Movie) -> _Track:
    count = len(movie.pictures) * pcm.SAMPLE_RATE // movie.picture_rate
    return _Track(
        number=2,
        handler=b"soun",
        name=b"SoundHandler",
        timescale=pcm.SAMPLE_RATE,
        sample_duration=1,
        samples=pcm.seconds(count),
        samples_per_chunk=1,
        sync=(),
        media_header=_full_box(b"smhd", 0, bytes(4)),
        description=_sound_entry(b"sowt", pcm.CHANNELS, pcm.SAMPLE_RATE, _MONO),
        starts_at=0,
        plays=count * MOVIE_TIMESCALE // pcm.SAMPLE_RATE,
        volume=0x100,
        unit=pcm.SAMPLE_BYTES * pcm.CHANNELS,
    )


_MONO = _full_box(b"chan", 0, struct.pack(">III", 100 << 16 | 1, 0, 0))  # QuickTime's layout of one channel


def _sound_entry(kind: bytes, channels: int, rate: int, *extensions: bytes) -> bytes:
    """Return a sound description of version 0: samples of 16 bits."""
    return _box(kind, struct.pack(">6xH", 1), struct.pack(">8xHHHHI", channels, 16, 0, 0, rate << 16), *extensions)


def _elementary_stream() -> bytes:
    decoder = _descriptor(4, b"\x40\x15", bytes(3), struct.pack(">II", 0, 0), _descriptor(5, aac.AUDIO_SPECIFIC_CONFIG))
    return _full_box(b"esds", 0, _descriptor(3, b"\0\0\0", decoder, _descriptor(6, b"\2")))


def _descriptor(tag: int, *content: bytes) -> bytes:
    """Return a descriptor of ISO/IEC 14496-1, shorter than 128 bytes."""
    body = b"".join(content)
    return bytes((tag, len(body))) + body
