"""Yield to the event loop during long work, so that no request delays others for long."""

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterable
from typing import Final, TypeVar

Value = TypeVar("Value")
YIELD_INTERVAL: Final = 0.01
"""Real seconds of work after which the event loop runs other tasks."""


class Yielder:
    """Yields to the event loop once `YIELD_INTERVAL` seconds of work have passed since the last time."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def __call__(self) -> None:
        """Yield if enough time has passed."""
        if time.monotonic() - self._since > YIELD_INTERVAL:
            await asyncio.sleep(0)
            self._since = time.monotonic()


async def run_with_yields(work: Generator[None, None, Value]) -> Value:
    """Return the result of a generator, yielding to the event loop between its steps if enough time has passed."""
    breath = Yielder()
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: Value = end.value
            return value
        await breath()


async def iterate_with_yields(items: Iterable[Value]) -> AsyncIterator[Value]:
    """Iterate over items, yielding to the event loop between them if enough time has passed."""
    breath = Yielder()
    for item in items:
        yield item
        await breath()
