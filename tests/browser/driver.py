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
import itertools
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import aiohttp

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM: Final = next(filter(None, map(shutil.which, PROGRAMS)), None)
WHY_NOT: Final = f"no browser: none of {', '.join(PROGRAMS)} is installed"
FLAGS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--no-proxy-server", "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none"),
    *("--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0", "about:blank"),
)
LIMIT: Final = 60.0
"""Real seconds that the browser may take to start, or to do one thing, on a busy machine."""
LOOK: Final = 0.05
"""Real seconds between two looks for something in a page."""
KEYS: Final = {"Escape": 27, "Enter": 13, "Tab": 9, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39}


class Chromium:
    """A browser with a profile of its own, ended when its block is left."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._address = ""

    async def __aenter__(self) -> "Chromium":
        assert CHROMIUM is not None, WHY_NOT
        self._process = await asyncio.create_subprocess_exec(
            *(CHROMIUM, f"--user-data-dir={self._profile}", *FLAGS),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(LIMIT):
            async for line in self._process.stderr:
                if line.startswith(b"DevTools listening on ws://"):
                    self._address = line.decode().split("ws://")[1].split("/")[0]
                    break
        self._drain = asyncio.create_task(self._process.stderr.read())
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        self._pages: list[Page] = []
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for page in self._pages:
            await page.detach()
        await self._session.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._drain

    async def open(self, url: str = "about:blank", *, width: int = 1280, height: int = 800, **media: str) -> "Page":
        """A new tab of that size, at that address once it has loaded; `media` are features such as `color_scheme`."""
        async with self._session.put(f"http://{self._address}/json/new?about:blank") as answer:
            target = await answer.json()
        page = Page(await self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0))
        self._pages.append(page)
        await page.begin()
        await page.resize(width, height)
        await page.prefer(**media)
        if url != "about:blank":
            await page.goto(url)
        return page


class Page:
    """One tab. `complaints` is what went wrong in it so far; a test that expects one takes it out."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def begin(self) -> None:
        """Listen to the tab."""
        self._reader = asyncio.create_task(self._read())
        for domain in ("Page", "Runtime", "Log", "DOM", "Accessibility"):
            await self.call(f"{domain}.enable")
        await self.call("Performance.enable", timeDomain="threadTicks")

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
        assert "error" not in told, (method, told)
        return dict(told["result"])

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

    async def wait(self, condition: str, seconds: float = 20.0, **names: Any) -> Any:
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

    async def the(self, role: str, name: str, *, exact: bool = False, seconds: float = 20.0) -> int:
        """The first such node, waited for."""
        for _ in range(int(seconds / LOOK)):
            if found := await self.find(role, name, exact=exact):
                return found[0]
            await asyncio.sleep(LOOK)  # real time: the page is drawn by another program
        raise AssertionError(f"there is no {role} {name!r}; complaints: {self.complaints}")

    async def click(self, role: str, name: str, *, exact: bool = False) -> None:
        """Click the middle of the first such node, as a mouse does."""
        node = await self.the(role, name, exact=exact)
        await self.call("DOM.scrollIntoViewIfNeeded", backendNodeId=node)
        corners = (await self.call("DOM.getContentQuads", backendNodeId=node))["quads"][0]
        x, y = sum(corners[0::2]) / 4, sum(corners[1::2]) / 4
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
        node = await self.the("combobox", name)
        target = await self.call("DOM.resolveNode", backendNodeId=node)
        await self.call(
            "Runtime.callFunctionOn",
            objectId=target["object"]["objectId"],
            functionDeclaration="function (value) { this.value = value; "
            "this.dispatchEvent(new Event('change', {bubbles: true})); }",
            arguments=[{"value": value}],
        )

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

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if (waiting := self._answers.pop(told.get("id"), None)) is not None:
                if not waiting.done():
                    waiting.set_result(told)
            elif "method" in told:
                self._heard(told["method"], told["params"])

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
