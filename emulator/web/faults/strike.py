"""What an effect is given to work with: the exchange it strikes, its own values, and the answer it may ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from emulator.core.faults import On
from emulator.web.answers import Answer
from emulator.web.exchange import Exchange

Effect = TypeVar("Effect")
Answered: TypeAlias = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Strike(Generic[Effect]):
    """One effect about to act. `answered` lets the handler do its work and gives its answer, refusals included."""

    exchange: Exchange
    on: On
    rule: str
    effect: Effect
    answered: Answered
