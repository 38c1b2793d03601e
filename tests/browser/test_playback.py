"""A real browser plays results: headless Chromium, steered over its DevTools protocol, without any other program."""

import asyncio
import itertools
import json
import os
import shutil
import signal

import aiohttp
import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-proxy-server",
    ),
    *("--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0", "about:blank"),
)
LIMIT = 60.0
"""Real seconds that the browser may take to start, or to do one thing, on a busy machine."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no browser: none of {', '.join(PROGRAMS)} is installed")

PLAY = """
new Promise((resolve, reject) => {
    const video = document.createElement("video");
    const shown = () => ({
        width: video.videoWidth, height: video.videoHeight, duration: video.duration, at: video.currentTime,
        ended: video.ended, corrupted: video.getVideoPlaybackQuality().corruptedVideoFrames,
        sound: video.webkitAudioDecodedByteCount > 0, type: video.canPlayType("video/mp4"),
    });
    video.onerror = () => reject(new Error(video.error.message));
    video.onended = () => resolve(shown());
    video.muted = true;
    video.src = LINK;
    video.playbackRate = 4;
    document.body.replaceChildren(video);
    video.play().catch(reject);
})
"""
SEEK = """
(async () => {
    const video = document.createElement("video");
    const happens = (name) => new Promise((resolve, reject) => {
        video.addEventListener(name, resolve, {once: true});
        video.onerror = () => reject(new Error(video.error.message));
    });
    video.muted = true;
    video.preload = "auto";
    video.src = LINK;
    document.body.replaceChildren(video);
    await happens("loadeddata");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const pen = canvas.getContext("2d");
    const found = [];
    for (const moment of MOMENTS) {
        const there = happens("seeked");
        video.currentTime = moment;
        await there;
        pen.drawImage(video, 0, 0);
        const line = pen.getImageData(0, canvas.height - 8, canvas.width, 1).data;
        let lit = 0;
        for (let place = 0; place < line.length; place += 4) lit += line[place] + line[place + 1] > 300;
        found.push({at: video.currentTime, lit: lit / canvas.width});
    }
    return found;
})()
"""
PICTURE = """
new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = () => reject(new Error("no picture"));
    image.src = LINK;
})
"""


class Browser:
    """One page of a browser. `run` awaits what a program in it comes to."""

    def __init__(self, socket):
        self._socket = socket
        self._numbers = itertools.count(1)

    async def call(self, method, **parameters):
        """One call of the DevTools protocol."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(LIMIT):
            async for message in self._socket:
                answer = json.loads(message.data)
                if answer.get("id") == number:
                    assert "error" not in answer, answer
                    return answer["result"]
        raise ConnectionError("the browser is gone")

    async def run(self, program, **names):
        """What a program comes to; the names in it stand for values."""
        for name, value in names.items():
            program = program.replace(name, json.dumps(value))
        result = await self.call("Runtime.evaluate", expression=program, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")


@pytest.fixture
async def chromium(tmp_path):
    """The address of a fresh browser's DevTools."""
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, f"--user-data-dir={tmp_path}", *FLAGS),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(LIMIT):
            async for line in process.stderr:
                if line.startswith(b"DevTools listening on ws://"):
                    break
        drain = asyncio.create_task(process.stderr.read())
        yield line.decode().split("ws://")[1].split("/")[0]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    await drain


@pytest.fixture
async def page(chromium, ark):
    """A page of the emulator's own origin, so that what it shows may be read back."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.get(f"http://{chromium}/json/list") as answer:
            (target,) = [each for each in await answer.json() if each["type"] == "page"]
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            browser = Browser(socket)
            await browser.call("Page.enable")
            await browser.call("Page.navigate", url=f"{ark.url}/_emulator/health")
            while await browser.run("document.readyState + location.origin") != f"complete{ark.url}":
                pass
            yield browser


async def test_a_browser_plays_a_clip_to_its_end_seeks_in_it_and_shows_its_last_frame(page, ark, serve):
    """One browser for all of it: starting one takes longer than the rest."""
    content = (await ark.finished(resolution="720p", ratio="16:9", duration=5, return_last_frame=True))["content"]
    played = await page.run(PLAY, LINK=content["video_url"])
    assert (played["width"], played["height"]) == (1280, 720)
    assert played["duration"] == pytest.approx(121 / 24, abs=1e-4)
    assert played["at"] == pytest.approx(121 / 24, abs=1e-3)
    assert (played["ended"], played["corrupted"], played["sound"]) == (True, 0, True)

    assert await page.run(PICTURE, LINK=content["last_frame_url"]) == [1280, 720]

    # The bar at the bottom fills from left to right, so its length tells which picture is shown.
    moments = [4.5, 0.5, 3.0, 5.0]
    found = await page.run(SEEK, LINK=content["video_url"], MOMENTS=moments)
    assert [each["at"] for each in found] == pytest.approx(moments)
    assert [each["lit"] for each in found] == pytest.approx([moment / (120 / 24) for moment in moments], abs=0.03)

    tall = await ark.finished(resolution="480p", ratio="9:16", duration=4, generate_audio=False, watermark=True)
    played = await page.run(PLAY, LINK=tall["content"]["video_url"])
    assert (played["width"], played["height"], played["sound"]) == (496, 864, False)

    inline = await serve(media_urls="data")
    inside = await inline.finished(resolution="480p", ratio="1:1", duration=4)
    played = await page.run(PLAY, LINK=inside["content"]["video_url"])
    assert (played["width"], played["height"], played["ended"]) == (640, 640, True)
