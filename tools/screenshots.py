"""Take the pictures of the documentation from the real page: `python -m tools.screenshots`, or `make screenshots`.

The seed is fixed and the clock is frozen, so that the pictures are reproducible. Needs Chromium; writes
`docs/images/*.png`.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import CannotBind, Running, start

from tests.support import browser_driver as driver

FOLDER: Final = Path(__file__).parents[1] / "docs" / "images"
LARGEST: Final = 300_000
"""Maximum size of a picture in bytes."""
WIDTH: Final = 1440
HEIGHT: Final = 900
BEGINNING: Final = 1_790_000_000
SEED: Final = 7
MODEL: Final = "dreamina-seedance-2-0-260128"
TASKS: Final = "/api/v3/contents/generations/tasks"
THEMES: Final = ("light", "dark")
TYPO: Final = """\
version: 1
name: busy-evening
about: Replies get lost, polls answer 503 now and then, and videos about fights are held back.
clock: {mode: live, speed: 10}
outcomes:
  - when: {prompt: "*fight*"}
    then: [queued, {running: 8s..12s}, {failed: OutputVideoSensitiveContentDetected}]
faults:
  - {on: create, first: 3, after_comit: reset}
  - {on: fetch, every: 5, status: 503}
  - {on: callback, nth: 2, duplicate: 2}
"""


@dataclass
class Scene:
    """A server with some traffic, and the task to show."""

    running: Running
    session: aiohttp.ClientSession
    task: str = ""

    async def ask(self, method: str, path: str, document: Any = None) -> Any:
        """Send a request; return the JSON of the response, None if it has none."""
        async with self.session.request(method, path, json=document) as answer:
            return await answer.json() if answer.content_type == "application/json" else None

    async def create(self, prompt: str, **fields: Any) -> str:
        """Create a task; return its id."""
        body = {"model": MODEL, "content": [{"type": "text", "text": prompt}], **fields}
        return str((await self.ask("POST", TASKS, body))["id"])

    async def advance(self, seconds: float) -> None:
        """Advance the clock."""
        await self.ask("POST", "/_emulator/clock/advance", {"seconds": seconds})


async def receiver(stack: AsyncExitStack) -> str:
    """Start a receiver of callbacks that rejects one in four; return its URL."""
    calls = 0

    async def take(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=500 if calls % 4 == 2 else 200)

    app = web.Application()
    app.router.add_post("/{tail:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    for port in (3000, 0):
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            break
        except OSError:
            continue
    return f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/video"


async def scene(stack: AsyncExitStack) -> Scene:
    """Return a server with demo traffic and three tasks with callbacks."""
    settings = Settings(port=7333, log="off", mode=ClockMode.FROZEN, start=BEGINNING, seed=SEED)
    try:
        running = await start(settings)
    except CannotBind:
        running = await start(replace(settings, port=0))
    stack.push_async_callback(running.stop)
    headers = {"Authorization": "Bearer sk-demo"}
    session = await stack.enter_async_context(aiohttp.ClientSession(running.url, headers=headers))
    made = Scene(running, session)
    hook = await receiver(stack)
    await made.ask("POST", "/_emulator/demo", {"count": 34, "seconds": 110, "seed": SEED})
    await made.ask("POST", "/_emulator/faults", {"on": "fetch", "nth": 2, "status": 503})
    asked = {"resolution": "720p", "ratio": "16:9", "duration": 5, "return_last_frame": True, "callback_url": hook}
    made.task = await made.create("A fox runs through fresh snow, camera low beside it", **asked)
    for wait in (1.5, 2.0, 2.0):
        await made.advance(wait)
        await made.ask("GET", f"{TASKS}/{made.task}")
    await made.create("Steam rises from a bowl of noodles, neon outside emu:slow", callback_url=hook)
    await made.advance(3)
    await made.create("An origami crane unfolds and flies off", callback_url=hook)
    await made.advance(2)
    return made


async def looked_at(page: Any, made: Scene) -> None:
    """Show the page with its task selected and the clip playing, which hides its controls."""
    await page.wait("document.querySelector('.phase')?.textContent === 'Live'")
    await page.wait("document.querySelector('.result video')?.readyState >= 2")
    await page.evaluate("document.querySelector('.result video').play()")
    await page.wait("document.querySelector('.result video').currentTime > 3.5")


async def opened(page: Any, name: str) -> None:
    """Show the page with that drawer open."""
    await page.evaluate(
        "import(new URL('static/state/actions.js', location.href)).then((all) => all.openDrawer(NAME))", NAME=name
    )
    await page.wait("document.querySelector('dialog[open] button.is-primary')")


async def timeline(page: Any) -> None:
    """Show the page without changes."""


async def create(page: Any) -> None:
    """Show the form that creates tasks."""
    await opened(page, "create")
    await page.click("radio", "First and last frame")
    await page.choose("Resolution", "1080p")
    await page.click("button", "emu:moderation", exact=True)
    await page.wait("[...document.querySelectorAll('.thumb')].every((each) => each.naturalWidth > 0)")


async def inject(page: Any) -> None:
    """Show a fault before it is injected."""
    await opened(page, "inject")
    await page.click("button", "429 on create")
    await page.fill("spinbutton", "How many", "2")
    await page.wait("document.querySelector('.verdict')?.textContent.includes('The server accepts this')")


async def scenario(page: Any) -> None:
    """Show a mistake in a scenario."""
    await opened(page, "scenario")
    await page.fill("textbox", "Scenario in YAML", TYPO)
    await page.wait("document.querySelector('.complaint')")
    await page.evaluate("document.activeElement.blur()")


PICTURES: Final[tuple[tuple[str, Callable[[Any], Awaitable[None]], tuple[str, ...]], ...]] = (
    ("dashboard", timeline, THEMES),
    ("create", create, ("light",)),
    ("inject", inject, ("light",)),
    ("scenario", scenario, ("dark",)),
)
"""The name of each picture, the function that prepares the page, and the themes."""


async def take(browser: Any, made: Scene) -> list[Path]:
    """Take all pictures; return their paths."""
    taken = []
    for name, prepare, themes in PICTURES:
        for theme in themes:
            how = {"color_scheme": theme, "reduced_motion": "reduce"}
            url = f"{made.running.url}/_emulator/#{made.task}"
            page = await browser.open(url, width=WIDTH, height=HEIGHT, **how)
            await looked_at(page, made)
            await prepare(page)
            path = FOLDER / (f"{name}-{theme}.png" if len(themes) > 1 else f"{name}.png")
            await page.screenshot(path)
            await page.goto("about:blank")
            taken.append(path)
    return taken


async def main() -> int:
    """Take the pictures; return 1 if that fails or if one is too large."""
    if driver.CHROMIUM is None:
        sys.stderr.write(f"{driver.WHY_NOT}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        made = await scene(stack)
        profile = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        browser = await stack.enter_async_context(driver.Chromium(Path(profile)))
        taken = await take(browser, made)
    for path in taken:
        sys.stdout.write(f"{path.stat().st_size:8,d} bytes  {path.relative_to(FOLDER.parents[1])}\n")
    return 1 if any(path.stat().st_size > LARGEST for path in taken) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
