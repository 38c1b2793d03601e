"""What tasks have made, as bytes: clips, last frames and 3D files, rendered when first asked for; or a fixture file.

What renders them is imported by then, so that a server which is asked for no clip starts without it.
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
from ark_emulator.runtime.common.masking import cut, mask_url
from ark_emulator.runtime.media.pictures import CUT

if TYPE_CHECKING:
    from ark_emulator.media.render.clip import ClipSpec

CACHE_BYTES: Final = 64 * 1024 * 1024
"""How much is kept; what was dropped is rendered again, to the same bytes."""
LARGEST_FILE: Final = 256 * 1024 * 1024
"""The largest fixture file that is served in place of a clip; a larger one is as good as not there."""
LONGEST_CHAIN: Final = 16
"""How many clips may open with the last frame of another; the one before the first of them shows the test card."""
_EXCERPT: Final = 200
"""How many characters of a decoder's message are logged."""
_QUICK: Final = 1280 * 720 * 145
"""Pixels times frames that are rendered at once; anything larger goes to a thread."""
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
    """A picture that came inside a request, as a data URL: `fingerprint` tells its text from another's."""

    name: str
    fingerprint: int
    text: str = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip, made from its description; `opening` is the picture that it opens with, None for the test card."""

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
    """A file that a scenario serves as a clip, as it was when last changed at `changed` nanoseconds."""

    path: str
    size: int
    changed: int


Origin = Clip | LastFrame | ModelFile | Fixture
Opening = Inline | LastFrame


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a task's result: what it is made from, and its content type."""

    origin: Origin
    content_type: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of one object and the hexadecimal MD5 of them."""

    body: bytes
    md5: str


class Results:
    """The objects of a server's tasks, the least used dropped first.

    `clip_bytes` is the size up to which clips are padded. Used from one thread; only rendering goes to others.
    """

    def __init__(self, clip_bytes: int = 0, limit: int = CACHE_BYTES) -> None:
        self._clip_bytes = clip_bytes
        self._limit = limit
        self._held = 0
        self._kept: OrderedDict[Origin, Rendered] = OrderedDict()
        self._under_way: dict[Origin, asyncio.Task[Rendered]] = {}

    def part(self, task: Task, path: str, opening: Opening | None = None) -> Part | None:
        """Which part of the task's result lies at the path, None when none does; clips open with `opening`."""
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

    def at_hand(self, part: Part) -> bool:
        """True when `get` will not hold up everybody else."""
        return part.origin in self._kept or _is_quick(part.origin)

    def get(self, part: Part) -> Rendered:
        """The part, rendered if need be. Raises OSError when it is a file that cannot be read."""
        found = self._kept.get(part.origin)
        if found is not None:
            self._kept.move_to_end(part.origin)
            return found
        return self._keep(part.origin, _rendered(part.origin, None))

    async def prepared(self, part: Part) -> Rendered:
        """The part, rendered in a thread; those who ask for the same one wait for one rendering."""
        return await self._made(part.origin)

    def links(self, otherwise: Links) -> Links:
        """Data URLs, each the whole result; what is not there has the link it has `otherwise`.

        They are made while somebody waits for the answer that they stand in, so their clips show the test card.
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
    """The same opening without the text of a picture: what is kept of a result must not keep that."""
    match opening:
        case Inline():
            return replace(opening, text="")
        case LastFrame():
            return replace(opening, opening=_bare(opening.opening))
        case None:
            return None


def clip_spec(task: Task) -> "ClipSpec":
    """What the clip of a task is made from."""
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
    """The picture that the task's clip opens with: one inside the request, or the last frame of another task of ours.

    `find` gives the success whose object has a name. Pictures elsewhere are not kept, so they open nothing.
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
    """The URL of the task's first frame, empty when it has none or when nobody could show it."""
    from ark_emulator.media.render import photo

    if task.plan.mode not in (Mode.FIRST_FRAME, Mode.FIRST_LAST) or not photo.available():
        return ""
    frames = (item.value for item in task.submission.items if item.kind is Kind.IMAGE and item.role != "last_frame")
    return next(frames, "")


def _fixture(path: str) -> Fixture | None:
    """The file as it is now, None when there is none, or one too large."""
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
    """The bytes. `picture` is the last frame that a clip opens with, if it does."""
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
    """What opens with a picture; None when there is none, or one that cannot be shown."""
    try:
        if isinstance(opening, Inline):
            picture = b64decode(opening.text.partition(",")[2])
        return None if opening is None or picture is None else render(spec, picture)
    except Exception as error:  # whatever a decoder makes of a client's bytes, the task has succeeded
        why = " ".join(str(error).split()) or type(error).__name__
        logger.warning("a clip opens with the test card: %s", cut(mask_url(why), _EXCERPT))
        return None
