"""The object storage: signed links to clips and last frames, rendered at their first download."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import md5
from typing import Final
from urllib.parse import unquote, urlsplit

from emulator.core import catalogue, ids
from emulator.core.objects import Absent, ObjectAnswer, ObjectRequest, StorageManners, StoredObject, answer, refusal
from emulator.core.signing import query_pairs
from emulator.core.storage_errors import Denial
from emulator.core.values import Mark, Mode, Task
from emulator.core.view import LAST_FRAME
from emulator.media.clip import ClipSpec, render_clip, render_last_frame
from emulator.media.solid import render_solid
from emulator.runtime.engine import Engine
from emulator.web.answers import Parcel
from emulator.web.exchange import Exchange

CACHE_BYTES: Final = 64 * 1024 * 1024
"""How much rendered media is kept; what was dropped is rendered again, to the same bytes."""
_QUICK: Final = 1280 * 720 * 145
"""Pixels times frames that are rendered at once; anything larger goes to a thread."""
_TYPES: Final = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "png": "image/png",
    "glb": "model/gltf-binary",
    "obj": "model/obj",
    "usd": "model/vnd.usda",
    "usdz": "model/vnd.usdz+zip",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of one object and their digest."""

    body: bytes
    md5: str


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a task's result: its clip, its last frame, or its 3D file, and what it is made from."""

    kind: str
    made_from: ClipSpec | tuple[str, str]


def _render(part: Part) -> bytes:
    match part.made_from:
        case ClipSpec() as spec:
            return render_clip(spec) if part.kind == "clip" else render_last_frame(spec)
        case (file_format, label):
            return render_solid(file_format, label)


class ClipCache:
    """Rendered objects by name, the least used dropped first."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._kept: OrderedDict[Part, Rendered] = OrderedDict()

    def has(self, part: Part) -> bool:
        """True when no rendering is needed."""
        return part in self._kept

    def get(self, part: Part) -> Rendered:
        """The part, rendered if need be."""
        found = self._kept.get(part)
        if found is None:
            body = _render(part)
            found = self._kept[part] = Rendered(body, md5(body, usedforsecurity=False).hexdigest())
            self._held += len(body)
            while self._held > self._limit and len(self._kept) > 1:
                self._held -= len(self._kept.popitem(last=False)[1].body)
        else:
            self._kept.move_to_end(part)
        return found


CACHE: Final = ClipCache()


async def fetch(exchange: Exchange) -> Parcel:
    """`GET` or `HEAD` of `/{family}/{object}`."""
    found = await result(exchange)
    return await _served(exchange.engine, _asked(exchange, found), found)


async def proxied(exchange: Exchange, link: str, headers: Mapping[str, str]) -> Parcel:
    """What the storage answers to somebody on our side who gets a link, with these headers of lower-case names."""
    parts = urlsplit(link)
    found = await exchange.engine.result(parts.path.rpartition("/")[2][: ids.OBJECT_NAME])
    asked = ObjectRequest(
        method="GET",
        path=unquote(parts.path),
        query=query_pairs(parts.query),
        hosts=(parts.netloc,),
        now=exchange.world.now,
        request_id=exchange.request_id,
        headers=headers,
    )
    return await _served(exchange.engine, asked, found)


async def _served(engine: Engine, asked: ObjectRequest, found: tuple[Task, Mark] | None) -> Parcel:
    manners = StorageManners(lenient_head=engine.settings.lenient_head, ascii_headers=engine.settings.ascii_headers)
    work = partial(answer, asked, tuple(engine.storage_keys.values()), partial(_find, found, asked.path), manners)
    return _parcel(await asyncio.to_thread(work) if _is_slow(found, asked.path) else work())


async def result(exchange: Exchange) -> tuple[Task, Mark] | None:
    """The success whose object is asked for, None when there is none; the exchange is then about its task."""
    found = await exchange.engine.result(object_name(exchange)[: ids.OBJECT_NAME])
    if found is not None:
        exchange.task = found[0]
    return found


def object_name(exchange: Exchange) -> str:
    """The name of the object that is asked for, with its suffix."""
    return exchange.request.match_info["object"]


async def refused(exchange: Exchange, denial: Denial) -> Parcel:
    """The answer of a storage that does not hand the object out, whatever the request is like."""
    return _parcel(refusal(_asked(exchange, await result(exchange)), denial))


def _asked(exchange: Exchange, found: tuple[Task, Mark] | None) -> ObjectRequest:
    request = exchange.request
    return ObjectRequest(
        method=request.method,
        path=request.path,
        query=query_pairs(request.rel_url.raw_query_string),
        hosts=_hosts(exchange, found),
        now=exchange.world.now,
        request_id=exchange.request_id,
        headers={key.lower(): value for key, value in request.headers.items()},
    )


def _parcel(told: ObjectAnswer) -> Parcel:
    return Parcel(told.status, told.headers, told.payload())


def _hosts(exchange: Exchange, found: tuple[Task, Mark] | None) -> tuple[str, ...]:
    """The hosts the link may have been signed for: the received one, the public one, the creator's."""
    hosts = [exchange.request.host]
    if exchange.engine.settings.public_url:
        hosts.append(urlsplit(exchange.engine.settings.public_url).netloc)
    if found is not None:
        hosts.append(urlsplit(found[0].submission.origin).netloc)
    return tuple(dict.fromkeys(hosts))


def _find(found: tuple[Task, Mark] | None, path: str) -> StoredObject | Absent:
    if found is None:
        return Absent.KEY
    task, mark = found
    part = _part(task, path)
    if part is None:
        return Absent.KEY
    rendered = CACHE.get(part)
    return StoredObject(
        size=len(rendered.body),
        md5=rendered.md5,
        last_modified=mark.at,
        content_type=_TYPES["png" if part.kind == "frame" else task.plan.picture.container],
        body=lambda: rendered.body,
        expires_at=mark.at + task.plan.link_life,
    )


def _part(task: Task, path: str) -> Part | None:
    """Which part of the task's result lies at the path, None when none does."""
    plan = task.plan
    folder = catalogue.of_family(plan.family).name_in_errors(plan.model)
    if path == f"/{folder}/{plan.name}.{plan.picture.container}":
        solid = plan.mode is Mode.SOLID
        return Part("solid", (plan.picture.container, task.id)) if solid else Part("clip", clip_spec(task))
    if plan.picture.last_frame and path == f"/{folder}/{plan.name}{LAST_FRAME}":
        return Part("frame", clip_spec(task))
    return None


def clip_spec(task: Task) -> ClipSpec:
    """What the clip of a task is made from."""
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
    )


def _is_slow(found: tuple[Task, Mark] | None, path: str) -> bool:
    """True when rendering the object would hold up everybody else."""
    part = None if found is None else _part(found[0], path)
    if part is None or not isinstance(part.made_from, ClipSpec):
        return False
    spec = part.made_from
    return spec.width * spec.height * spec.frames > _QUICK and not CACHE.has(part)
