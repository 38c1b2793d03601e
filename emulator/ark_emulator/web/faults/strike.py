"""What an effect is given to work with: the exchange it strikes, its own values, and the answer it may ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from ark_emulator.core.scenario.effects import On
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import Answer

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
