"""Drives pages of a headless Chromium over its DevTools protocol, without any other program.

    async with Chromium(profile_folder) as browser:
        page = await browser.open("http://127.0.0.1:7333/_emulator/")
        await page.click("button", "Create")
        await page.wait("document.querySelectorAll('.lane').length === 1")
        assert page.complaints == []

Things are found as assistive technology finds them: by role and name. `complaints` gathers what went wrong in the page:
exceptions, errors on its console, and whatever its content security policy refused.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM: Final = next(filter(None, map(shutil.which, PROGRAMS)), None)
WHY_NOT: Final = f"no browser: none of {', '.join(PROGRAMS)} is installed"
FLAGS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--no-proxy-server", "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none"),
    *("--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0", "about:blank"),
)
LISTENING: Final = re.compile(rb"DevTools listening on (ws://\S+)\n")
LIMIT: Final = 60.0
"""Maximum real seconds for the browser to start or to execute one command, on a busy machine."""
PATIENT: Final = 45.0
"""Maximum real seconds to wait for a page; less than `LIMIT`, so that the error says what is missing."""
LOOK: Final = 0.05
"""Real seconds between two checks of a page."""
KEYS: Final = {"Escape": 27, "Enter": 13, "Tab": 9, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39}
READY: Final = """
async function () {
    const place = () => {
        const box = this.isConnected && !this.disabled && this.getClientRects()[0];
        return box ? [box.x + box.width / 2, box.y + box.height / 2] : [];
    };
    this.scrollIntoViewIfNeeded();
    const before = place();
    await new Promise((go) => setTimeout(go, 20));
    const [x, y] = place();
    if (x === undefined || x !== before[0] || y !== before[1]) return null;
    const hit = document.elementFromPoint(x, y);
    const label = [...(this.labels ?? [])].some((each) => each.contains(hit));
    return hit && (hit.contains(this) || this.contains(hit) || label) ? [x, y] : null;
}
"""
"""Where to click something: null while it is disabled, still moves, or lies under something else."""

CHOOSE: Final = """
function (value) {
    if (![...this.options].some((each) => each.value === value)) return false;
    this.value = value;
    this.dispatchEvent(new Event("change", {bubbles: true}));
    return true;
}
"""
"""Chooses an option of a list, if it is offered."""


class Refused(AssertionError):
    """What the browser answers to a call that it cannot follow, of a thing that is no more there for example."""


class Program:
    """A running Chromium with a profile of its own, which any number of event loops may use one after the other."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None, WHY_NOT
        command = (CHROMIUM, f"--user-data-dir={profile}", *FLAGS)
        self._said = Path(f"{profile}.said")
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )

    async def address(self) -> str:
        """Where its DevTools listen, once they do."""
        async with asyncio.timeout(LIMIT):
            while (found := LISTENING.search(self._said.read_bytes())) is None:
                assert self.lives(), self._said.read_text("utf-8", "replace")
                await asyncio.sleep(LOOK)  # real time: another program starts
        return found[1].decode()

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it and everything that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Browser:
    """Pages that share cookies, storage, cached files and connections with each other, and with no other browser's."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def __aenter__(self) -> Self:
        address = await self._program.address()
        self._pages_at = f"{address.partition('/devtools/')[0]}/devtools/page/"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        self._connection = Line(await self._session.ws_connect(address, max_msg_size=0))
        self._context = (await self._connection.call("Target.createBrowserContext"))["browserContextId"]
        self._pages: list[Page] = []
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for page in self._pages:
            await page.detach()
        if self._program.lives():
            await self._connection.call("Target.disposeBrowserContext", browserContextId=self._context)
        await self._connection.detach()
        await self._session.close()

    async def open(self, url: str = "about:blank", *, width: int = 1280, height: int = 800, **media: str) -> "Page":
        """A new tab of that size, at that address once it has loaded; `media` are features such as `color_scheme`."""
        told = await self._connection.call("Target.createTarget", url="about:blank", browserContextId=self._context)
        page = Page(await self._session.ws_connect(self._pages_at + told["targetId"], max_msg_size=0))
        self._pages.append(page)
        await page.begin()
        await page.resize(width, height)
        await page.prefer(**media)
        if url != "about:blank":
            await page.goto(url)
        return page


class Chromium(Browser):
    """A browser in a program of its own, which ends when its block is left."""

    def __init__(self, profile: Path) -> None:
        super().__init__(Program(profile))

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except BaseException:
            self._program.end()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            self._program.end()


class Line:
    """Calls of the DevTools protocol over one connection, and their answers."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def detach(self) -> None:
        """Listen no more."""
        await self._socket.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One call of the DevTools protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(LIMIT):
            told = await answer
        if "error" in told:
            raise Refused(method, told["error"])
        return dict(told["result"])

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if (waiting := self._answers.pop(told.get("id"), None)) is not None:
                if not waiting.done():
                    waiting.set_result(told)
            elif "method" in told:
                self._heard(told["method"], told["params"])

    def _heard(self, method: str, told: dict[str, Any]) -> None:
        """Handle an event of the browser."""


class Page(Line):
    """One tab. `complaints` is what went wrong in it so far; a test that expects one takes it out."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(socket)
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def begin(self) -> None:
        """Have everything told that is listened to."""
        await asyncio.gather(
            *(self.call(f"{domain}.enable") for domain in ("Page", "Runtime", "Log", "DOM")),
            self.call("Performance.enable", timeDomain="threadTicks"),
        )

    async def goto(self, url: str) -> None:
        """Go to an address; waits until the page has loaded."""
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        async with asyncio.timeout(LIMIT):
            await self._loaded.wait()

    async def evaluate(self, program: str, **names: Any) -> Any:
        """What an expression comes to, awaited if need be; the names in it stand for values."""
        for name, value in names.items():
            program = program.replace(name, json.dumps(value))
        told = await self.call("Runtime.evaluate", expression=program, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, (program, told["exceptionDetails"])
        return told["result"].get("value")

    async def wait(self, condition: str, seconds: float = PATIENT, **names: Any) -> Any:
        """Wait until an expression is true in the page; answers with its value."""
        for name, value in names.items():
            condition = condition.replace(name, json.dumps(value))
        program = (
            f"new Promise((resolve, reject) => {{ const until = performance.now() + {seconds * 1000}; "
            f"(function look() {{ let found; try {{ found = ({condition}); }} catch {{ found = false; }} "
            "if (found) resolve(found instanceof Node ? true : found); "
            "else if (performance.now() > until) resolve(null); else setTimeout(look, 25); })(); })"
        )
        found = await self.evaluate(program)
        assert found, f"it never came true: {condition}; complaints: {self.complaints}"
        return found

    async def find(self, role: str, name: str, *, exact: bool = False) -> list[int]:
        """The DOM nodes of that role whose accessible name contains `name`, or is it exactly, in document order."""
        root = (await self.call("DOM.getDocument", depth=0))["root"]["nodeId"]
        told = await self.call("Accessibility.queryAXTree", nodeId=root, role=role)
        found = [(each, str(each.get("name", {}).get("value", ""))) for each in told["nodes"] if not each["ignored"]]
        fits: Callable[[str], bool] = (lambda text: text == name) if exact else (lambda text: name in text)
        return [each["backendDOMNodeId"] for each, text in found if fits(text)]

    async def the(self, role: str, name: str, *, exact: bool = False) -> int:
        """Wait for the first such node and return it."""
        found = await self._seen(lambda: self.find(role, name, exact=exact), f"there is no {role} {name!r}")
        return int(found[0])

    async def click(self, role: str, name: str, *, exact: bool = False) -> None:
        """Click the middle of the first such node with the mouse, when it has stopped moving and nothing covers it."""

        async def ready() -> Any:
            return await self._on(await self.the(role, name, exact=exact), READY)

        x, y = await self._seen(ready, f"{role} {name!r} cannot be hit")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def fill(self, role: str, name: str, text: str, *, exact: bool = False) -> None:
        """Replace what stands in a field by typing."""
        node = await self.the(role, name, exact=exact)
        await self.call("DOM.focus", backendNodeId=node)
        await self.evaluate("document.activeElement.select?.()")
        if text:
            await self.call("Input.insertText", text=text)
        else:
            await self.press("Delete")

    async def choose(self, name: str, value: str) -> None:
        """Choose an option of a list by its value."""

        async def chosen() -> Any:
            return await self._on(await self.the("combobox", name), CHOOSE, value)

        await self._seen(chosen, f"{name!r} does not offer {value!r}")

    async def _seen(self, look: Callable[[], Awaitable[Any]], otherwise: str) -> Any:
        """The first thing that a look finds; one at what is just drawn anew finds nothing."""
        until = time.monotonic() + PATIENT
        while True:
            with contextlib.suppress(Refused):
                if found := await look():
                    return found
            assert time.monotonic() < until, f"{otherwise}; complaints: {self.complaints}"
            await asyncio.sleep(LOOK)  # real time: the page is drawn by another program

    async def _on(self, node: int, function: str, *arguments: Any) -> Any:
        """What a function comes to that has a node as its `this`."""
        target = await self.call("DOM.resolveNode", backendNodeId=node)
        told = await self.call(
            "Runtime.callFunctionOn",
            objectId=target["object"]["objectId"],
            functionDeclaration=function,
            arguments=[{"value": each} for each in arguments],
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in told, (function, told["exceptionDetails"])
        return told["result"].get("value")

    async def press(self, key: str) -> None:
        """Press and release a key: a character, or a name such as `Escape`."""
        code = KEYS.get(key, 0)
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    async def resize(self, width: int, height: int, scale: float = 1.0) -> None:
        """Give the page another size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **size)

    async def prefer(self, **media: str) -> None:
        """What its user prefers: `color_scheme="dark"`, `reduced_motion="reduce"`."""
        wanted = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in media.items()]
        await self.call("Emulation.setEmulatedMedia", features=wanted)

    async def screenshot(self, path: Path) -> None:
        """Write what is seen into a PNG file."""
        await self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = await self.call("Page.captureScreenshot", format="png")
        _write(path, base64.b64decode(picture["data"]))

    async def metrics(self) -> dict[str, float]:
        """What the main thread has done since the page began: `ScriptDuration`, `TaskDuration`, ...

        In seconds of its own: those in which something else had the processor do not count.
        """
        told = await self.call("Performance.getMetrics")
        return {each["name"]: each["value"] for each in told["metrics"]}

    def _heard(self, method: str, told: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.complaints.append(str(details.get("exception", {}).get("description", details["text"])))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            said = (str(each.get("value", each.get("description"))) for each in told["args"])
            self.complaints.append(" ".join(said))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            entry = told["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}".strip())


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
