"""Random durations: fixed, uniform within a range, or log-normal. All in seconds."""

from dataclasses import dataclass
from math import exp, log
from typing import Final, TypeAlias

from ark_emulator.core.time.dice import Dice

_P99: Final = 2.30223
"""One draw in a hundred of `Dice.normal` lies above this. It is a sum of twelve, so its tail is a little short."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """A duration from `least` to `most`, uniformly distributed."""

    least: float
    most: float

    def drawn(self, dice: Dice, *names: object) -> float:
        """Return one duration within the range."""
        return self.least if self.least == self.most else dice.between(self.least, self.most, *names)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A log-normal duration: half of the draws lie under `median`, one in a hundred over `p99`."""

    median: float
    p99: float

    def drawn(self, dice: Dice, *names: object) -> float:
        """Return one duration of the distribution."""
        return self.median * exp(log(self.p99 / self.median) / _P99 * dice.normal(*names))


Length: TypeAlias = Uniform | LogNormal


def exactly(seconds: float) -> Uniform:
    """Return the duration that is always `seconds` long."""
    return Uniform(seconds, seconds)
