"""Measures what the dashboard costs a browser: `python -m tests.bench.dashboard [SECONDS]`.

A real Chromium shows 300 tasks while 50 events come in every second: polls, and a new task with every tenth. Printed
are the shares of its main thread's time that scripts, layout, styles and everything together took, for the timeline and
for the table, and what the server used meanwhile.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.servers import KEY, MODEL, TASKS, Server, emulator, running
from tests.support import browser_driver as driver

SHOWN = 300
RATE = 50
"""Events a second."""
SECONDS = 10.0
TARGET = 0.10
"""What scripts may take of the main thread's time."""
PARTS = ("Script", "Layout", "RecalcStyle", "Task")
VIEWS = ("Timeline", "Table")


async def created(session: aiohttp.ClientSession, number: int) -> str:
    """One more task; answers with its id."""
    body = {"model": MODEL, "content": [{"type": "text", "text": f"a hare, take {number}"}]}
    async with session.post(TASKS, json=body) as answer:
        return str((await answer.json())["id"])


async def events(session: aiohttp.ClientSession, tasks: list[str], seconds: float) -> float:
    """Lets things happen evenly; answers with the seconds that it took."""
    clock = asyncio.get_running_loop().time
    began = clock()
    for number in range(int(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + number / RATE - clock()))  # real time: a browser paints in it
        if number % 10 == 0:
            tasks.append(await created(session, number))
        else:
            async with session.get(f"{TASKS}/{tasks[-1 - number % 60]}") as answer:
                await answer.read()
    return clock() - began


async def measured(page: Any, session: aiohttp.ClientSession, tasks: list[str], seconds: float) -> dict[str, float]:
    """The shares of the main thread's time."""
    before = await page.metrics()
    took = await events(session, tasks, seconds)
    after = await page.metrics()
    return {part: (after[f"{part}Duration"] - before[f"{part}Duration"]) / took for part in PARTS}


async def measure(server: Server, seconds: float) -> bool:
    """Print everything; answers whether the target was met."""
    async with (
        driver.Chromium(Path(tempfile.mkdtemp())) as browser,
        aiohttp.ClientSession(server.url, headers=KEY) as session,
    ):
        tasks = [await created(session, number) for number in range(SHOWN)]
        page = await browser.open(f"{server.url}/_emulator/", width=1440, height=900)
        await page.wait(f"document.querySelectorAll('.names .name').length === {SHOWN}")
        print(f"{SHOWN} tasks, {RATE} events a second, {seconds:g} s each; shares of the main thread's time")
        print(f"{'':10}" + "".join(f"{part:>13}" for part in PARTS) + f"{'server':>13}")
        good = True
        for view in VIEWS:
            await page.click("button", view)
            used = server.processor()
            shares = await measured(page, session, tasks, seconds)
            spent = (server.processor() - used) / seconds
            print(f"{view:10}" + "".join(f"{shares[part]:13.1%}" for part in PARTS) + f"{spent:13.1%}")
            good = good and shares["Script"] < TARGET
        heap = (await page.metrics())["JSHeapUsedSize"] / 1_000_000
        print(f"heap {heap:.1f} MB; scripts below {TARGET:.0%}: {'yes' if good else 'no'}")
        if page.complaints:
            print(*page.complaints, sep="\n")
        return good and not page.complaints


def main() -> int:
    """Measure; 1 when the target was missed, 0 otherwise."""
    if driver.CHROMIUM is None:
        print(driver.WHY_NOT)
        return 0
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with running(emulator("uvloop"), "/_emulator/health") as server:
        return 0 if asyncio.run(measure(server, seconds)) else 1


if __name__ == "__main__":
    sys.exit(main())
