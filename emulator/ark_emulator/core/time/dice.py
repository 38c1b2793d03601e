"""Named random numbers: a seed and a name always give the same number, whatever else was drawn in between.

A name identifies the decision, for example `("step", key, number, place)`. Drawing one more number for one task
therefore never changes the numbers of another, and a world replays from its seed. Reusing a name repeats the number, so
every decision needs a name of its own.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

BETWEEN = "\x1f"
"""The separator of the names of a draw."""
_SPAN = 1 << 64


@dataclass(frozen=True, slots=True)
class Dice:
    """The named dice of one world.

    Two draws with the same name give the same number. Names are joined into one key, so `("a", "b")` and `("ab",)`
    differ.
    """

    seed: int

    def digest(self, *names: object, size: int = 8) -> bytes:
        """Return `size` bytes (at most 64) that depend on the seed and the names alone."""
        hasher = _hasher(self.seed, size).copy()
        hasher.update(BETWEEN.join(map(str, names)).encode("utf-8", "surrogatepass"))
        return hasher.digest()

    def chance(self, *names: object) -> float:
        """Return a number in [0, 1)."""
        return int.from_bytes(self.digest(*names)) / _SPAN

    def nth(self, series: str, number: int) -> float:
        """Return the `number`-th number in [0, 1) of a series: the same draw as `chance` of the series' names and the
        number.

        `series` holds names joined as `digest` joins them. The hash of the series is cached, which makes this faster.
        """
        hasher = _series(self.seed, series).copy()
        hasher.update(b"%d" % number)
        return int.from_bytes(hasher.digest()) / _SPAN

    def nth_hex(self, length: int, series: str, number: int) -> str:
        """Return the `number`-th digits of a series: the same draw as `hex` of the series' names and the number."""
        hasher = _series(self.seed, series, (length + 1) // 2).copy()
        hasher.update(b"%d" % number)
        return hasher.hexdigest()[:length]

    def between(self, low: float, high: float, *names: object) -> float:
        """Return a number in [low, high)."""
        return low + (high - low) * self.chance(*names)

    def whole(self, low: int, high: int, *names: object) -> int:
        """Return a whole number from low to high, both included."""
        return low + int.from_bytes(self.digest(*names)) % (high - low + 1)

    def hex(self, length: int, *names: object) -> str:
        """Return `length` lower-case hexadecimal digits (at most 128)."""
        return self.digest(*names, size=(length + 1) // 2).hex()[:length]

    def normal(self, *names: object) -> float:
        """Return a number with mean 0 and deviation 1: the sum of twelve draws, which suffices for waiting times."""
        return sum(self.chance(*names, part) for part in range(12)) - 6.0


@lru_cache(maxsize=4096)
def _series(seed: int, series: str, size: int = 8) -> blake2b:
    hasher = _hasher(seed, size).copy()
    hasher.update(f"{series}{BETWEEN}".encode("utf-8", "surrogatepass"))
    return hasher


@lru_cache(maxsize=1024)
def _hasher(seed: int, size: int) -> blake2b:
    """Return a hash that contains the seed; each draw continues a copy of it."""
    return blake2b(digest_size=size, salt=(seed % (1 << 128)).to_bytes(16))
