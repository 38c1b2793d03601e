"""Measures what a world costs: `python -m tests.bench.worlds`. Prints microseconds and bytes for each of many."""

import asyncio
import time
import tracemalloc

from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start

WORLDS = 2_000


async def measured() -> None:
    """Make many worlds, with and without counting their memory."""
    running = await start(Settings(port=0, log="off"))
    registry = running.engine.worlds
    began = time.perf_counter()
    for number in range(WORLDS):
        registry.create(f"sk-timed-{number}")
    took = time.perf_counter() - began
    tracemalloc.start()
    for number in range(WORLDS):
        registry.create(f"sk-weighed-{number}")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await running.stop()
    print(f"{1e6 * took / WORLDS:.0f} us and {held / WORLDS / 1024:.1f} kB for each of {WORLDS} worlds")


if __name__ == "__main__":
    asyncio.run(measured())
