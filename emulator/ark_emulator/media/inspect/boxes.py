"""The boxes of MP4, QuickTime and HEIF files (ISO/IEC 14496-12), read from untrusted files."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

READS = 50_000
VOLUME = 8 * 1024 * 1024  # bytes


class BudgetExceeded(OSError):
    """A read exceeds the file or the budget of its reader: the file is damaged, or made to waste time."""


class BudgetedReader:
    """A file with a limit on reads and on bytes read, so that reading ends soon whatever the bytes claim.

    Seeking is free: skipped bytes cost nothing, so the budget does not depend on the size of the file. Raises
    BudgetExceeded once `reads` calls or `volume` bytes are used up.
    """

    def __init__(self, source: BinaryIO, reads: int = READS, volume: int = VOLUME) -> None:
        self._source = source
        self._reads = reads
        self._volume = volume

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, as any file does; a negative size reads all that is left."""
        requested = self._volume + 1 if size < 0 else min(size, self._volume + 1)
        found = self._source.read(requested)
        self._reads -= 1
        self._volume -= len(found)
        if self._reads < 0 or self._volume < 0:
            raise BudgetExceeded("more was read than the facts of a file can need")
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        """Change the position, as any file does."""
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        """Return the position, as any file does."""
        return self._source.tell()


def top(source: BudgetedReader, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and stop of the content of each outermost box; `size` is that of the file.

    A box that claims more than there is stops beyond the file; a box shorter than its own header ends the iteration.
    """
    at = 0
    while at + 8 <= size:
        source.seek(at)
        head = source.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        start = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", head, 8)
            start += 8
        stop = at + length if length else size
        if stop < start:
            return
        yield kind, start, stop
        at = stop


def content(source: BudgetedReader, start: int, stop: int) -> memoryview:
    """Return the bytes between two positions of the file. Raises BudgetExceeded if they are cut off."""
    source.seek(start)
    found = source.read(stop - start)
    if len(found) < stop - start:
        raise BudgetExceeded("a box is cut off")
    return memoryview(found)


def children(outer: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and content of each box in another one. A box that is too long ends with the outer box."""
    at = 0
    while at + 8 <= len(outer):
        length, kind = struct.unpack_from(">I4s", outer, at)
        start = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", outer, start)
            start += 8
        stop = at + length if length else len(outer)
        if stop < start:
            return
        yield bytes(kind), outer[start:stop]
        at = stop


def child(outer: memoryview, *path: bytes) -> memoryview:
    """Return the content of the first box at the end of `path`; empty if there is none."""
    for step in path:
        outer = next((inner for kind, inner in children(outer) if kind == step), outer[:0])
    return outer
