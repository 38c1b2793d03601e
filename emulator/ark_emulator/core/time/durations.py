"""Lengths of time before the dice are thrown: fixed, within a range, or with a long tail. All in seconds."""

from dataclasses import dataclass
from math import exp, log
from typing import Final, TypeAlias

from ark_emulator.core.time.dice import Dice

_P99: Final = 2.30223
"""One throw in a hundred of `Dice.normal` lies above this. It is a sum of twelve, so its tail is a little short."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """A length from `least` to `most`, every length between them alike."""

    least: float
    most: float

    def drawn(self, dice: Dice, *names: object) -> float:
        """One length within the span."""
        return self.least if self.least == self.most else dice.between(self.least, self.most, *names)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A length with a long tail: half of all lie under `median`, one in a hundred over `p99` (log-normal)."""

    median: float
    p99: float

    def drawn(self, dice: Dice, *names: object) -> float:
        """One length of the distribution."""
        return self.median * exp(log(self.p99 / self.median) / _P99 * dice.normal(*names))


Length: TypeAlias = Uniform | LogNormal


def exactly(seconds: float) -> Uniform:
    """The span that is always so long."""
    return Uniform(seconds, seconds)
