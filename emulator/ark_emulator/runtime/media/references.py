"""Inspect the media that a submission refers to: decode `data:` URIs, download URLs, read headers.

Downloads take real time, not virtual time, because the network does.
"""

import asyncio
import binascii
import re
from collections.abc import Mapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias, cast
from urllib.parse import urlsplit

import aiohttp

from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.task.values import Item, Kind, Submission
from ark_emulator.runtime.common.bounded_http import BoundedConnector, allow_body, allow_more
from ark_emulator.runtime.common.raw_urls import as_written

if TYPE_CHECKING:
    from ark_emulator.media.inspect.detect import Found

MediaCheck: TypeAlias = Literal["off", "headers", "fetch"]
"""Inspect nothing (`off`), `data:` URIs alone (`headers`), or also download URLs (`fetch`)."""

DOWNLOAD_TIMEOUT: Final = 10.0
"""The maximum real seconds of one download, redirects included."""
REDIRECTS: Final = 3
"""The maximum number of redirects that are followed."""
MAX_DOWNLOADS: Final = 16
"""The maximum number of concurrent downloads of a server."""
MOST_BYTES: Final[Mapping[Kind, int]] = MappingProxyType(
    {Kind.IMAGE: 30 * 1024 * 1024, Kind.VIDEO: 200 * 1024 * 1024, Kind.AUDIO: 15 * 1024 * 1024}
)
"""The documented size limits. A larger download is aborted, and only its size is known."""

_NOTHING: Final[Mapping[int, MediaFacts]] = MappingProxyType({})
_INLINE: Final[Mapping[Kind, re.Pattern[str]]] = MappingProxyType(
    {
        Kind.IMAGE: re.compile(r"data:image/[a-z0-9.+-]+;base64,"),
        Kind.AUDIO: re.compile(r"data:audio/[a-z0-9.+-]+;base64,"),
    }
)
"""The required beginning of inline media (documented: the format in lower case). Inline video is not accepted."""
_INVALID: Final[Mapping[Kind, str]] = MappingProxyType(
    {Kind.IMAGE: "image.data_invalid", Kind.AUDIO: "content.payload"}
)
_EMPTY: Final[Mapping[Kind, str]] = MappingProxyType({Kind.IMAGE: "image.url_empty", Kind.AUDIO: "content.payload"})
_STEP: Final = 64 * 1024  # characters decoded in one step, a multiple of 4
_QUICK: Final = 64 * 1024  # bytes or characters inspected in the event loop; larger media is inspected in a thread
_IN_MEMORY: Final = 1024 * 1024  # bytes of a download that are kept in memory


class DownloadFailed(Exception):
    """A download failed; the message says why, and `problem` is the row of the error table."""

    def __init__(self, reason: str, problem: str = "download.failed") -> None:
        super().__init__(reason)
        self.problem = problem


class MediaInspector:
    """Inspects references as far as `mode` allows. `patience` and `most_bytes` limit each download."""

    def __init__(
        self, mode: MediaCheck, *, patience: float = DOWNLOAD_TIMEOUT, most_bytes: Mapping[Kind, int] = MOST_BYTES
    ) -> None:
        self._mode = mode
        self._patience = patience
        self._most_bytes = most_bytes
        self._gate = asyncio.Semaphore(MAX_DOWNLOADS)
        self._session: aiohttp.ClientSession | None = None

    async def inspect_media(self, submission: Submission) -> Mapping[int, MediaFacts]:
        """Return the facts of the media in `content`, by position; media that was not inspected is missing.

        Never raises for a reference or its content: errors are the `problem` of its facts. Assets, drafts and inline
        video are not inspected. A repeated URL is downloaded once.
        """
        inspected = {index: item for index, item in enumerate(submission.items) if self._looks_at(item)}
        if not inspected:
            return _NOTHING
        looks: dict[object, asyncio.Task[MediaFacts]] = {}
        async with asyncio.TaskGroup() as group:
            for index, item in inspected.items():
                name = _name(index, item)
                if name not in looks:
                    looks[name] = group.create_task(self._facts(item))
        return {index: looks[_name(index, item)].result() for index, item in inspected.items()}

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _looks_at(self, item: Item) -> bool:
        if self._mode == "off" or item.kind not in MOST_BYTES:
            return False
        if _is_inline(item):
            return item.kind in _INLINE
        return self._mode == "fetch" and not item.value.startswith("asset:")

    async def _facts(self, item: Item) -> MediaFacts:
        if not _is_inline(item):
            return await self._fetched(item)
        if len(item.value) <= _QUICK:
            return inline_facts(item)
        return await asyncio.to_thread(inline_facts, item)

    async def _fetched(self, item: Item) -> MediaFacts:
        most = self._most_bytes[item.kind]
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
            file = cast(BinaryIO, spool)
            try:
                async with self._gate, asyncio.timeout(self._patience):
                    size = await self._download(item.value, most, file)
            except TimeoutError:
                return _failed(item, "download.timeout", f"no complete answer within {self._patience:g} s")
            except DownloadFailed as failure:
                return _failed(item, failure.problem, str(failure))
            except (aiohttp.InvalidURL, aiohttp.TooManyRedirects, ValueError) as error:
                return _failed(item, "download.failed", f"{type(error).__name__}: {error}")
            except (aiohttp.ClientError, OSError) as error:
                return _failed(item, "download.broken", f"{type(error).__name__}: {error}")
            if size > most:
                return MediaFacts(size=size)
            found = inspect_file(file) if size <= _QUICK else await asyncio.to_thread(inspect_file, file)
        return _facts(found, "download.failed")

    async def _download(self, url: str, most: int, file: BinaryIO) -> int:
        """Write the content of the URL to `file` and return its size; above `most` bytes, only return a size."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise DownloadFailed("only http and https can be downloaded")
        # aiohttp also counts the redirect that it rejects.
        async with self._client().get(as_written(url), max_redirects=REDIRECTS + 1) as response:
            if response.status != 200:
                raise DownloadFailed(f"http status {response.status}", "download.status")
            announced = response.content_length or 0
            if announced > most:
                return announced
            size = 0
            allow_body(response)
            async for piece in response.content.iter_any():
                size += len(piece)
                allow_more(response, len(piece))
                if size > most:
                    return size
                file.write(piece)
        if not size:
            raise DownloadFailed("the server sent nothing")
        return size

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=BoundedConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        return self._session


def inline_facts(item: Item) -> MediaFacts:
    """Return the facts of the `data:` URI of an image or audio item."""
    opening = _INLINE[item.kind].match(item.value)
    if opening is None:
        expected = _INLINE[item.kind].pattern.partition("[")[0]
        return MediaFacts(
            problem=_INVALID[item.kind], detail=f"it does not begin with {expected}<format in lower case>;base64,"
        )
    try:
        content = decode_base64(item.value, opening.end())
    except ValueError as error:
        return MediaFacts(problem=_INVALID[item.kind], detail=f"the base64 text cannot be decoded: {error}")
    if not content.tell():
        return MediaFacts(problem=_EMPTY[item.kind], detail="nothing stands behind the comma")
    return _facts(inspect_file(content), _INVALID[item.kind])


def decode_base64(text: str, start: int = 0) -> BytesIO:
    """Return the content of padded base64 from `start` on, ignoring line ends. Raises ValueError if it is invalid.

    Each piece is decoded by itself, and the whole is never copied: either would block the event loop.
    """
    if "\n" in text or "\r" in text:
        text, start = text[start:].replace("\n", "").replace("\r", ""), 0
    if text.find("=", start, -2) >= 0:
        raise ValueError("padding before the end")
    content = BytesIO()
    for at in range(start, len(text), _STEP):
        content.write(binascii.a2b_base64(text[at : at + _STEP], strict_mode=True))
    return content


def inspect_file(file: BinaryIO) -> "Found":
    """Return the facts of a file. The readers are imported here, so a server that needs none starts sooner."""
    from ark_emulator.media.inspect.detect import inspect

    return inspect(file)


def _is_inline(item: Item) -> bool:
    return item.value.startswith("data:")


def _name(index: int, item: Item) -> object:
    """Return the key under which an inspection is shared; inline media may be too long to compare."""
    return index if _is_inline(item) else (item.kind, item.value)


def _failed(item: Item, problem: str, detail: str) -> MediaFacts:
    """Return the facts of a failed download. Only for images are its causes recorded; other media share one text."""
    return MediaFacts(problem=problem if item.kind is Kind.IMAGE else "download.failed", detail=detail)


def _facts(found: "Found", if_broken: str) -> MediaFacts:
    return MediaFacts(
        size=found.size,
        format=found.format,
        width=found.width,
        height=found.height,
        seconds=found.seconds,
        frame_rate=found.frame_rate,
        codec=found.codec,
        problem=if_broken if found.broken else None,
        detail=f"the {found.format} file is damaged" if found.broken else "",
    )
