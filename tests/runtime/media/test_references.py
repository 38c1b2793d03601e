"""Inspection of the media of submissions: inline, on the network, and results of this emulator."""

import asyncio
import subprocess
import sys
import wave
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from aiohttp import web
from ark_emulator.core.facts.error_table import row
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters
from ark_emulator.media.render.clip import ClipSpec, render_clip, render_last_frame
from ark_emulator.runtime.media.references import MAX_DOWNLOADS, REDIRECTS, MediaCheck, MediaInspector

SPEC = ClipSpec("model", "label", 640, 480, frames=49, audio=True)
PICTURE = render_last_frame(SPEC)
CLIP = render_clip(SPEC)
PATIENT = 60.0  # real seconds after which a test gives up
LIMITS = {Kind.IMAGE: 100_000, Kind.VIDEO: 100_000, Kind.AUDIO: 50_000}


def sound(seconds: float = 1.0) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(2 * round(16_000 * seconds)))
    return file.getvalue()


def inline(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def submission(*items: Item) -> Submission:
    return Submission("ark", "sk-test", "model", items, TaskParameters(), "http://127.0.0.1:7333")


def image(url: str) -> Item:
    return Item(Kind.IMAGE, url, "reference_image")


Look = Callable[..., Any]


@pytest.fixture
async def look() -> AsyncIterator[Look]:
    """Return a function that inspects items and returns the facts by position."""
    made: list[MediaInspector] = []

    async def look_at(*items: Item, mode: MediaCheck = "fetch", **limits: Any) -> Any:
        made.append(MediaInspector(mode, **limits))
        return await made[-1].inspect_media(submission(*items))

    yield look_at
    for each in made:
        await each.close()


@dataclass
class Site:
    """A web server with valid and invalid files; counts requests."""

    url: str = ""
    requests: Counter[str] = field(default_factory=Counter)
    headers: list[dict[str, str]] = field(default_factory=list)
    within: int = 0
    most: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Respond on the paths that need only a body or a status."""
        self.requests[request.raw_path] += 1
        self.headers.append(dict(request.headers))
        body = {"clip.mp4": CLIP, "sound.wav": sound(), "text": b"hello", "nothing": b""}.get(request.path[1:], PICTURE)
        return web.Response(body=body, headers={"Set-Cookie": "seen=yes"})

    async def status(self, request: web.Request) -> web.Response:
        """Respond with any status and a picture as the body."""
        return web.Response(status=int(request.match_info["status"]), body=PICTURE)

    async def hop(self, request: web.Request) -> web.Response:
        """Redirect so many times before the picture."""
        left = int(request.match_info["left"])
        raise web.HTTPFound(f"/hop/{left - 1}" if left > 1 else "/picture.png")

    async def astray(self, request: web.Request) -> web.Response:
        """Redirect to a URL that is not http."""
        raise web.HTTPFound("file:///etc/passwd")

    async def endless(self, request: web.Request) -> web.StreamResponse:
        """Respond with a body without an announced length that does not end."""
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(PICTURE + bytes(20_000))

    async def short(self, request: web.Request) -> web.StreamResponse:
        """Respond with a body that ends before its announced length."""
        response = web.StreamResponse(headers={"Content-Length": str(len(PICTURE))})
        await response.prepare(request)
        await response.write(PICTURE[: len(PICTURE) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    async def hang(self, request: web.Request) -> web.Response:
        """Respond once `go` is set."""
        self.within += 1
        self.most = max(self.most, self.within)
        if self.within == MAX_DOWNLOADS:
            self.full.set()
        try:
            await self.go.wait()
        finally:
            self.within -= 1
            if not self.within:
                self.empty.set()
        return web.Response(body=PICTURE)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Return a web server on a free port."""
    here = Site()
    app = web.Application()
    app.router.add_get("/status/{status}", here.status)
    app.router.add_get("/hop/{left}", here.hop)
    app.router.add_get("/astray", here.astray)
    app.router.add_get("/endless", here.endless)
    app.router.add_get("/short", here.short)
    app.router.add_get("/hang/{tail:.*}", here.hang)
    app.router.add_get("/{tail:.*}", here.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield here
    here.go.set()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("mode", "items"),
    [
        ("off", [image(inline(PICTURE)), image("http://127.0.0.1:9/")]),
        ("headers", [image("http://127.0.0.1:9/"), image("asset://asset-20260101000000-abcde")]),
        ("headers", [Item(Kind.TEXT, "data:image/png;base64,AAAA"), Item(Kind.VIDEO, inline(CLIP, "video/mp4"))]),
        (
            "fetch",
            [image("asset://asset-20260101000000-abcde"), Item(Kind.DRAFT, "cgt-1"), Item(Kind.TEXT, "http://a")],
        ),
        ("fetch", [Item(Kind.VIDEO, inline(CLIP, "video/mp4"))]),
    ],
    ids=["off", "headers: urls", "headers: text and video", "fetch: assets", "fetch: inline video"],
)
def test_without_media_to_inspect_nothing_is_awaited(mode: MediaCheck, items: list[Item]) -> None:
    running = MediaInspector(mode).inspect_media(submission(*items))
    with pytest.raises(StopIteration) as done:
        running.send(None)
    assert done.value.value == {}


def test_the_readers_of_headers_are_not_imported_at_the_start_of_a_server() -> None:
    program = (
        "import sys, ark_emulator.server, ark_emulator.runtime.media.references\n"
        "print({'imagesize', 'tinytag'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("key", ["image.data_invalid", "image.url_empty", "content.payload", "download.failed"])
def test_every_problem_is_in_the_table_of_errors(key: str) -> None:
    assert row(key).slots <= {"index", "part"}


# Downloads


async def test_pictures_clips_and_sound_are_downloaded_and_read(look: Look, site: Site) -> None:
    facts = await look(
        image(f"{site.url}/picture.png"),
        Item(Kind.TEXT, "a cat"),
        Item(Kind.VIDEO, f"{site.url}/clip.mp4", "reference_video"),
        Item(Kind.AUDIO, f"{site.url}/sound.wav", "reference_audio"),
    )
    assert facts.keys() == {0, 2, 3}
    assert facts[0] == MediaFacts(size=len(PICTURE), format="png", width=640, height=480)
    assert (facts[2].width, facts[2].height, facts[2].frame_rate, facts[2].codec) == (640, 480, 24.0, "h264")
    assert facts[2].seconds == pytest.approx(49 / 24)
    assert facts[3].seconds == 1.0


async def test_a_repeated_url_is_downloaded_once(look: Look, site: Site) -> None:
    facts = await look(*[image(f"{site.url}/picture.png")] * 3, image(f"{site.url}/other.png"))
    assert len(facts) == 4
    assert set(site.requests.values()) == {1}


async def test_a_signed_url_is_requested_unchanged(look: Look, site: Site) -> None:
    path = "/a%2Fb%20c/%E4%BD%A0.png?X-Tos-Credential=AK%2F20260101%2Fcn&X-Tos-Signature=a%2Bb&empty=&x"
    await look(image(site.url + path))
    assert list(site.requests) == [path]


async def test_a_url_with_letters_that_no_request_carries_is_escaped(look: Look, site: Site) -> None:
    facts = await look(image(f"{site.url}/a cat\r\nX-More: 1/猫.png"))
    assert facts[0].width == 640
    assert "X-More" not in site.headers[0]


async def test_a_download_carries_no_cookies_and_asks_for_plain_bytes(look: Look, site: Site) -> None:
    gatherer = MediaInspector("fetch")
    for _ in range(2):
        await gatherer.inspect_media(submission(image(f"{site.url}/picture.png")))
    await gatherer.close()
    assert [headers.get("Cookie") for headers in site.headers] == [None, None]
    assert site.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "problem", "detail"),
    [
        ("/status/404", "download.status", "http status 404"),
        ("/status/503", "download.status", "http status 503"),
        ("/status/206", "download.status", "http status 206"),
        ("/nothing", "download.failed", "the server sent nothing"),
        ("/short", "download.broken", "ClientPayloadError"),
        ("/astray", "download.broken", "NonHttpUrlRedirect"),
        (f"/hop/{REDIRECTS + 1}", "download.failed", "TooManyRedirects"),
    ],
)
async def test_a_failed_download_has_its_cause(look: Look, site: Site, path: str, problem: str, detail: str) -> None:
    facts = await look(image(site.url + path), Item(Kind.VIDEO, site.url + path), Item(Kind.AUDIO, site.url + path))
    assert facts[0].problem == problem
    assert [facts[index].problem for index in (1, 2)] == ["download.failed", "download.failed"]
    assert all(detail in each.detail for each in facts.values())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/a.png",
        "file:///etc/passwd",
        "picture.png",
        "",
        "http://",
        "http://[::1",
        "iVBORw0KGgo=",
        "//a/b",
    ],
)
async def test_what_is_no_address_on_the_web_cannot_be_downloaded(look: Look, url: str) -> None:
    assert (await look(image(url)))[0].problem == "download.failed"


async def test_an_unreachable_server_is_a_failed_download(look: Look, unused_tcp_port: int) -> None:
    assert (await look(image(f"http://127.0.0.1:{unused_tcp_port}/a.png")))[0].problem == "download.broken"


async def test_as_many_redirects_as_allowed_are_followed(look: Look, site: Site) -> None:
    assert (await look(image(f"{site.url}/hop/{REDIRECTS}")))[0].width == 640


async def test_a_damaged_download_is_a_failed_one(look: Look, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PICTURE", PICTURE[:20])
    facts = (await look(image(f"{site.url}/picture.png")))[0]
    assert (facts.problem, facts.detail, facts.size) == ("download.failed", "the png file is damaged", 20)


async def test_a_page_in_place_of_a_picture_is_of_unknown_format(look: Look, site: Site) -> None:
    assert (await look(image(f"{site.url}/text")))[0] == MediaFacts(size=5, format="unknown")


async def test_a_slow_server_times_out(look: Look, site: Site) -> None:
    facts = await look(image(f"{site.url}/hang/a"), image(f"{site.url}/picture.png"), patience=0.05)
    assert (facts[0].problem, facts[0].detail) == ("download.timeout", "no complete answer within 0.05 s")
    assert facts[1].width == 640


async def test_a_download_without_an_end_is_broken_off_at_the_limit(look: Look, site: Site) -> None:
    facts = (await look(image(f"{site.url}/endless"), most_bytes=LIMITS))[0]
    assert facts == MediaFacts(size=facts.size)
    assert 100_000 < facts.size < 1_000_000


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.VIDEO, Kind.AUDIO])
async def test_what_is_announced_as_too_large_is_known_by_its_size_alone(look: Look, site: Site, kind: Kind) -> None:
    limits = {**LIMITS, kind: len(CLIP) - 1}
    assert (await look(Item(kind, f"{site.url}/clip.mp4"), most_bytes=limits))[0] == MediaFacts(size=len(CLIP))
    limits[kind] = len(CLIP)
    assert (await look(Item(kind, f"{site.url}/clip.mp4"), most_bytes=limits))[0].format == "mp4"


async def test_only_so_many_downloads_are_under_way_at_once(look: Look, site: Site) -> None:
    items = [image(f"{site.url}/hang/{number}") for number in range(MAX_DOWNLOADS + 5)]
    looking = asyncio.create_task(look(*items))
    async with asyncio.timeout(PATIENT):
        await site.full.wait()
        site.go.set()
        facts = await looking
    assert site.most == MAX_DOWNLOADS
    assert {each.width for each in facts.values()} == {640}


async def test_a_client_that_hangs_up_ends_the_download(look: Look, site: Site) -> None:
    looking = asyncio.create_task(look(*[image(f"{site.url}/hang/{number}") for number in range(MAX_DOWNLOADS)]))
    async with asyncio.timeout(PATIENT):
        await site.full.wait()
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
        await site.empty.wait()
    assert site.within == 0


async def test_results_of_this_emulator_can_be_the_references_of_the_next_task(ark: Any, look: Look) -> None:
    task = await ark.finished(return_last_frame=True, ratio="9:16", resolution="480p", duration=4)
    links = task["content"]
    facts = await look(Item(Kind.IMAGE, links["last_frame_url"], "first_frame"), Item(Kind.VIDEO, links["video_url"]))
    assert (facts[0].format, facts[0].width, facts[0].height) == ("png", 496, 864)
    assert (facts[1].format, facts[1].width, facts[1].height, facts[1].frame_rate) == ("mp4", 496, 864, 24.0)
    assert facts[1].seconds == pytest.approx(97 / 24)


async def test_an_expired_result_cannot_be_a_reference(ark: Any, look: Look) -> None:
    task = await ark.finished(return_last_frame=True)
    await ark.advance(25 * 3600)
    facts = (await look(image(task["content"]["last_frame_url"])))[0]
    assert (facts.problem, facts.detail) == ("download.status", "http status 403")
