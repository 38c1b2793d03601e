"""The results of tasks as bytes: clips, last frames and 3D files, rendered on first request, or a fixture file.

The renderers are imported on first use, so a server that serves no clip starts without them.
"""

import asyncio
import re
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ark_emulator.core.facts import catalogue
from ark_emulator.core.gateway_view.task_view import Links, last_frame_ending
from ark_emulator.core.task import ids
from ark_emulator.core.task.values import Kind, Mark, Mode, Task
from ark_emulator.log import logger
from ark_emulator.runtime.common.masking import mask_url, truncate
from ark_emulator.runtime.media.pictures import CUT

if TYPE_CHECKING:
    from ark_emulator.media.render.clip import ClipSpec

CACHE_BYTES: Final = 64 * 1024 * 1024
"""The size of the cache in bytes; a dropped result is rendered again, to the same bytes."""
LARGEST_FILE: Final = 256 * 1024 * 1024
"""The largest fixture file that is served in place of a clip; a larger one is treated as missing."""
LONGEST_CHAIN: Final = 16
"""The maximum number of clips that each open with the last frame of another; beyond it, the first shows the test card.
"""
_EXCERPT: Final = 200
"""The maximum characters of a decoder's message in a log."""
_QUICK: Final = 1280 * 720 * 145
"""Pixels times frames that are rendered in the event loop; larger results are rendered in a thread."""
_TYPES: Final[Mapping[str, str]] = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "glb": "model/gltf-binary",
    "obj": "model/obj",
    "usd": "model/vnd.usda",
    "usdz": "model/vnd.usdz+zip",
    "fbx": "application/octet-stream",
    "stl": "model/stl",
}


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture inside a request, as a data URL; `fingerprint` distinguishes its text from others."""

    name: str
    fingerprint: int
    text: str = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip made from its specification; `opening` is the picture that it opens with, None for the test card."""

    spec: "ClipSpec"
    opening: "Inline | LastFrame | None" = None


@dataclass(frozen=True, slots=True)
class LastFrame:
    """The last frame of a clip."""

    spec: "ClipSpec"
    opening: "Inline | LastFrame | None" = None


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A 3D file of a format, with a label inside."""

    file_format: str
    label: str


@dataclass(frozen=True, slots=True)
class Fixture:
    """A file that a scenario serves as a clip, in the version last modified at `changed` nanoseconds."""

    path: str
    size: int
    changed: int


Origin = Clip | LastFrame | ModelFile | Fixture
Opening = Inline | LastFrame


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a task's result: its origin, and its content type."""

    origin: Origin
    content_type: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of one object and their hexadecimal MD5."""

    body: bytes
    md5: str


class Results:
    """The objects of a server's tasks, in a cache that drops the least recently used first.

    `clip_bytes` is the size to which clips are padded. Used from one thread; only rendering runs in others.
    """

    def __init__(self, clip_bytes: int = 0, limit: int = CACHE_BYTES) -> None:
        self._clip_bytes = clip_bytes
        self._limit = limit
        self._held = 0
        self._kept: OrderedDict[Origin, Rendered] = OrderedDict()
        self._under_way: dict[Origin, asyncio.Task[Rendered]] = {}

    def part(self, task: Task, path: str, opening: Opening | None = None) -> Part | None:
        """Return the part of the task's result at the path, None if there is none; clips open with `opening`."""
        plan, container = task.plan, task.plan.picture.container
        folder = catalogue.of_family(plan.family).folder(plan.model, task.id)
        if plan.picture.last_frame and path == f"/{folder}/{plan.name}{last_frame_ending(task)}":
            spec = clip_spec(task)
            return Part(LastFrame(spec, opening), _TYPES[spec.still])
        if path != f"/{folder}/{plan.name}.{container}":
            return None
        origin: Origin | None
        if plan.mode is Mode.SOLID:
            origin = ModelFile(container, task.id)
        elif plan.result.clip is not None:
            origin = _fixture(plan.result.clip)
        else:
            origin = Clip(replace(clip_spec(task), pad_to=self._clip_bytes), opening)
        return None if origin is None else Part(origin, _TYPES[container])

    def renders_quickly(self, part: Part) -> bool:
        """Return whether `get` will not block the event loop for long."""
        return part.origin in self._kept or _is_quick(part.origin)

    def get(self, part: Part) -> Rendered:
        """Return the part, rendered if necessary. Raises OSError for a file that cannot be read."""
        found = self._kept.get(part.origin)
        if found is not None:
            self._kept.move_to_end(part.origin)
            return found
        return self._keep(part.origin, _rendered(part.origin, None))

    async def get_in_thread(self, part: Part) -> Rendered:
        """Return the part, rendered in a thread; concurrent callers for the same part share one rendering."""
        return await self._made(part.origin)

    def links(self, otherwise: Links) -> Links:
        """Return links that are data URLs with the whole result; a missing result has the link of `otherwise`.

        A response waits for them, so their clips show the test card.
        """

        def link(task: Task, mark: Mark, path: str) -> str:
            part = self.part(task, path)
            try:
                body = None if part is None else self.get(part).body
            except OSError:
                body = None
            if part is None or body is None:
                return otherwise(task, mark, path)
            return f"data:{part.content_type};base64,{b64encode(body).decode()}"

        return link

    async def _made(self, origin: Origin) -> Rendered:
        if (found := self._kept.get(origin)) is not None:
            return found
        job = self._under_way.get(origin)
        if job is None:
            job = self._under_way[origin] = asyncio.create_task(self._make(origin))
        return await asyncio.shield(job)

    async def _make(self, origin: Origin) -> Rendered:
        try:
            before = origin.opening if isinstance(origin, Clip | LastFrame) else None
            picture = (await self._made(before)).body if isinstance(before, LastFrame) else None
            return self._keep(origin, await asyncio.to_thread(_rendered, origin, picture))
        finally:
            del self._under_way[origin]

    def _keep(self, origin: Origin, rendered: Rendered) -> Rendered:
        earlier = self._kept.pop(origin, None)
        self._held += len(rendered.body) - (0 if earlier is None else len(earlier.body))
        if isinstance(origin, Clip | LastFrame) and origin.opening is not None:
            origin = replace(origin, opening=_bare(origin.opening))
        self._kept[origin] = rendered
        while self._held > self._limit and len(self._kept) > 1:
            self._held -= len(self._kept.popitem(last=False)[1].body)
        return rendered


def _bare(opening: Opening | None) -> Opening | None:
    """Return the opening without the text of its picture, which a cached result must not keep in memory."""
    match opening:
        case Inline():
            return replace(opening, text="")
        case LastFrame():
            return replace(opening, opening=_bare(opening.opening))
        case None:
            return None


def clip_spec(task: Task) -> "ClipSpec":
    """Return the specification of a task's clip."""
    from ark_emulator.media.render.clip import ClipSpec

    plan, picture = task.plan, task.plan.picture
    return ClipSpec(
        title=plan.model,
        label=task.id,
        width=picture.width,
        height=picture.height,
        frames=picture.frames,
        audio=picture.audio,
        watermark=picture.watermark,
        container=picture.container,
        still=catalogue.of_family(plan.family).last_frame,
    )


async def first_frame_of(
    task: Task, find: Callable[[str], Awaitable[tuple[Task, Mark] | None]], most: int = LONGEST_CHAIN
) -> Opening | None:
    """Return the picture that the task's clip opens with: an inline one, or the last frame of another task of ours.

    `find` returns the successful task whose object has a name. Pictures elsewhere are not stored, so no clip opens with
    them.
    """
    first = _first_frame(task)
    if first.startswith("data:image/") and first.endswith(CUT):
        return None
    if first.startswith("data:image/"):
        return Inline(task.plan.name, hash(first), first)
    path = without_query(first)
    name = object_in(first)
    found = await find(name) if most and name else None
    if found is None:
        return None
    earlier = found[0]
    if not earlier.plan.picture.last_frame or not path.endswith(f"/{name}{last_frame_ending(earlier)}"):
        return None
    return LastFrame(clip_spec(earlier), await first_frame_of(earlier, find, most - 1))


def object_in(url: str) -> str | None:
    """Return the name of the stored object that a URL points to; None when its path has no such name.

    The object is the last part of the path, or the part before it: last frames in JPEG have names of their own.
    """
    folder, _, name = without_query(url).rpartition("/")
    for part in (name[: ids.OBJECT_NAME], folder.rpartition("/")[2]):
        if ids.is_object_name(part):
            return part
    return None


def without_query(url: str) -> str:
    """Return a URL up to its query or fragment, whether or not it is a legal URL."""
    return re.split("[?#]", url, maxsplit=1)[0]


def _first_frame(task: Task) -> str:
    """Return the URL of the task's first frame, empty if it has none or if it cannot be decoded here."""
    from ark_emulator.media.render import photo

    if task.plan.mode not in (Mode.FIRST_FRAME, Mode.FIRST_LAST) or not photo.available():
        return ""
    frames = (item.value for item in task.submission.items if item.kind is Kind.IMAGE and item.role != "last_frame")
    return next(frames, "")


def _fixture(path: str) -> Fixture | None:
    """Return the file in its present version, None if it is missing or too large."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    if found.st_size > LARGEST_FILE:
        logger.warning("%s is not served as a clip: it has more than %s bytes", path, LARGEST_FILE)
        return None
    return Fixture(path, found.st_size, found.st_mtime_ns)


def _is_quick(origin: Origin) -> bool:
    match origin:
        case Clip(spec, opening) | LastFrame(spec, opening):
            return opening is None and spec.width * spec.height * spec.frames <= _QUICK
        case ModelFile():
            return True
        case Fixture():
            return False


def _rendered(origin: Origin, picture: bytes | None) -> Rendered:
    """Render an object. `picture` is the last frame that a clip opens with, if it does."""
    from ark_emulator.media.render import photo
    from ark_emulator.media.render.clip import render_clip, render_last_frame
    from ark_emulator.media.render.solid import render_solid

    match origin:
        case Clip(spec, opening):
            body = _render_with_first_frame(photo.render_clip, spec, opening, picture) or render_clip(spec)
        case LastFrame(spec, opening):
            body = _render_with_first_frame(photo.render_last_frame, spec, opening, picture) or render_last_frame(spec)
        case ModelFile(file_format, label):
            body = render_solid(file_format, label)
        case Fixture(path):
            body = Path(path).read_bytes()
    return Rendered(body, md5(body, usedforsecurity=False).hexdigest())


def _render_with_first_frame(
    render: Callable[["ClipSpec", bytes], bytes], spec: "ClipSpec", opening: Opening | None, picture: bytes | None
) -> bytes | None:
    """Return a clip or frame that opens with a picture; None if there is none, or one that cannot be decoded."""
    try:
        if isinstance(opening, Inline):
            picture = b64decode(opening.text.partition(",")[2])
        return None if opening is None or picture is None else render(spec, picture)
    except Exception as error:  # a picture that cannot be decoded must not fail the task
        why = " ".join(str(error).split()) or type(error).__name__
        logger.warning("a clip opens with the test card: %s", truncate(mask_url(why), _EXCERPT))
        return None
