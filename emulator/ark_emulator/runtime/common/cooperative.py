"""Long work in small pieces, so that nobody else waits for it: no request may stall the event loop for long."""

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterable
from typing import Final, TypeVar

Value = TypeVar("Value")
YIELD_INTERVAL: Final = 0.01
"""Real seconds of work after which others get their turn."""


class Yielder:
    """Yields to the event loop whenever `BREATH` seconds of work have gone by since it last did."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def __call__(self) -> None:
        """Yield if it is time to."""
        if time.monotonic() - self._since > YIELD_INTERVAL:
            await asyncio.sleep(0)
            self._since = time.monotonic()


async def run_with_yields(work: Generator[None, None, Value]) -> Value:
    """Return what a generator returns, yielding to the event loop between its steps when it is time to."""
    breath = Yielder()
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: Value = end.value
            return value
        await breath()


async def iterate_with_yields(items: Iterable[Value]) -> AsyncIterator[Value]:
    """Iterate over items, yielding to the event loop between them when it is time to."""
    breath = Yielder()
    for item in items:
        yield item
        await breath()
