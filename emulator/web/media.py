"""The object storage: signed links to clips and last frames, rendered at their first download."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from hashlib import md5
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from emulator.core import catalogue
from emulator.core.objects import Absent, ObjectAnswer, ObjectRequest, StorageManners, StoredObject, answer
from emulator.core.signing import query_pairs
from emulator.core.values import Mark, Task
from emulator.core.view import LAST_FRAME
from emulator.media.clip import ClipSpec, render_clip, render_last_frame
from emulator.web.exchange import Exchange

CACHE_BYTES: Final = 64 * 1024 * 1024
"""How much rendered media is kept; what was dropped is rendered again, to the same bytes."""
_PIECE: Final = 256 * 1024
_QUICK: Final = 1280 * 720 * 145
"""Pixels times frames that are rendered at once; anything larger goes to a thread."""
_TYPES: Final = {"mp4": "video/mp4", "mov": "video/quicktime", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of one object and their digest."""

    body: bytes
    md5: str


class ClipCache:
    """Rendered objects by name, the least used dropped first."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._kept: OrderedDict[tuple[str, ClipSpec], Rendered] = OrderedDict()

    def has(self, kind: str, spec: ClipSpec) -> bool:
        """True when no rendering is needed."""
        return (kind, spec) in self._kept

    def get(self, kind: str, spec: ClipSpec) -> Rendered:
        """The object of that kind (`clip` or `frame`), rendered if need be."""
        found = self._kept.get((kind, spec))
        if found is None:
            body = render_clip(spec) if kind == "clip" else render_last_frame(spec)
            found = self._kept[kind, spec] = Rendered(body, md5(body, usedforsecurity=False).hexdigest())
            self._held += len(body)
            while self._held > self._limit and len(self._kept) > 1:
                self._held -= len(self._kept.popitem(last=False)[1].body)
        else:
            self._kept.move_to_end((kind, spec))
        return found


CACHE: Final = ClipCache()


async def fetch(exchange: Exchange) -> web.StreamResponse:
    """`GET` or `HEAD` of `/{family}/{object}`."""
    request, engine = exchange.request, exchange.engine
    name = request.match_info["object"]
    found = await engine.result(name[:53])
    world = engine.worlds.of_pod(name[39:47]) or exchange.world
    asked = ObjectRequest(
        method=request.method,
        path=request.path,
        query=query_pairs(request.rel_url.raw_query_string),
        hosts=_hosts(exchange, found),
        now=world.now,
        request_id=exchange.request_id,
        headers={key.lower(): value for key, value in request.headers.items()},
    )
    manners = StorageManners(lenient_head=engine.settings.lenient_head, ascii_headers=engine.settings.ascii_headers)
    work = partial(answer, asked, tuple(engine.storage_keys.values()), partial(_find, found, request.path), manners)
    reply = await asyncio.to_thread(work) if _is_slow(found, name) else work()
    return await _send(request, reply)


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
    kind, spec = _part(task, path)
    if kind is None:
        return Absent.KEY
    rendered = CACHE.get(kind, spec)
    return StoredObject(
        size=len(rendered.body),
        md5=rendered.md5,
        last_modified=mark.at,
        content_type=_TYPES["png" if kind == "frame" else spec.container],
        body=lambda: rendered.body,
        expires_at=mark.at + task.plan.link_life,
    )


def _part(task: Task, path: str) -> tuple[str | None, ClipSpec]:
    """Which part of the task's result the path names: `clip`, `frame`, or None."""
    plan, spec = task.plan, clip_spec(task)
    folder = catalogue.of_family(plan.family).name_in_errors(plan.model)
    if path == f"/{folder}/{plan.name}.{plan.picture.container}":
        return "clip", spec
    if plan.picture.last_frame and path == f"/{folder}/{plan.name}{LAST_FRAME}":
        return "frame", spec
    return None, spec


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


def _is_slow(found: tuple[Task, Mark] | None, name: str) -> bool:
    if found is None:
        return False
    picture = found[0].plan.picture
    kind = "frame" if name.endswith(LAST_FRAME) else "clip"
    heavy = picture.width * picture.height * (picture.frames if kind == "clip" else 48) > _QUICK
    return heavy and not CACHE.has(kind, clip_spec(found[0]))


async def _send(request: web.Request, reply: ObjectAnswer) -> web.StreamResponse:
    """Write the answer piece by piece; a client that hangs up is not an error."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    if reply.status == 304 or request.method == "HEAD":
        response.content_length = int(reply.headers["Content-Length"]) if "Content-Length" in reply.headers else None
    try:
        await response.prepare(request)
        body = reply.payload()
        for start in range(0, len(body), _PIECE):
            await response.write(body[start : start + _PIECE])
        await response.write_eof()
    except ConnectionError:
        pass
    return response
