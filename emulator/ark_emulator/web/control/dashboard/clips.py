"""The results of tasks for the dashboard. They are not downloads of clients: no limit counts them, no fault applies."""

from functools import partial

from ark_emulator.core.facts import catalogue
from ark_emulator.core.gateway_view.task_view import last_frame_ending
from ark_emulator.core.task.values import Status, Task
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.media.results import first_frame_of
from ark_emulator.web.control.control_body import ControlRefusal
from ark_emulator.web.http.exchange import Exchange


async def clip(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/tasks/{id}/clip`: return the clip or 3D file of a succeeded task, even if its link is dead."""
    task = await _succeeded(exchange)
    return await _object(exchange, task, f".{task.plan.picture.container}")


async def last_frame(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/tasks/{id}/last-frame`: return the last frame of a task that succeeded and requested one."""
    task = await _succeeded(exchange)
    return await _object(exchange, task, last_frame_ending(task))


async def _succeeded(exchange: Exchange) -> Task:
    task, mark = await queries.find(exchange.engine, exchange.world, exchange.name, exchange.now)
    if mark.status is not Status.SUCCEEDED:
        raise ControlRefusal(409, "no_result", f"a task that is {mark.status} has no result")
    return task


async def _object(exchange: Exchange, task: Task, ending: str) -> DialectResponse:
    plan, results = task.plan, exchange.engine.results
    folder = catalogue.of_family(plan.family).folder(plan.model, task.id)
    opening = await first_frame_of(task, partial(queries.result, exchange.engine))
    part = results.part(task, f"/{folder}/{plan.name}{ending}", opening)
    try:
        made = None if part is None else await results.get_in_thread(part)
    except OSError:
        made = None
    if part is None or made is None:
        raise ControlRefusal(404, "no_object", "the task has made no such thing")
    return DialectResponse(200, made.body, {"Cache-Control": "private, max-age=3600"}, part.content_type)
