"""What an effect is given to work with: the exchange it strikes, its own values, and the answer it may ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from ark_emulator.core.scenario.effects import Operation
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

Effect = TypeVar("Effect")
Answered: TypeAlias = Callable[[], Awaitable[HandlerResult]]


@dataclass(frozen=True, slots=True)
class FaultContext(Generic[Effect]):
    """One effect about to act. `answered` lets the handler do its work and gives its answer, refusals included."""

    exchange: Exchange
    on: Operation
    rule: str
    effect: Effect
    answered: Answered
