"""Kling's responses: the task object of polls and callbacks, and the response to a create request."""

from collections.abc import Mapping
from hashlib import md5
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ark_emulator.core.billing.kling_units import units
from ark_emulator.core.billing.prices import FRAMES_PER_SECOND
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.kling_fields import given
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.values import Kind, Status
from ark_emulator.data import load
from ark_emulator.dialects.kling.request import is_watermarked

STATUSES: Final[Mapping[Status, str]] = MappingProxyType(
    {Status(row["status"]): row["word"] for row in load("kling")["statuses"]}
)
"""Kling's name of each status; it has neither expiry nor cancelling."""


def task_object(task: TaskView) -> dict[str, Any]:
    """Return the `data` of a poll, which is also the whole body of a callback (documented)."""
    own, external = task.submission.own, given(task.submission.own, "external_task_id")
    document: dict[str, Any] = {
        "task_id": task.id,
        "task_status": STATUSES[task.status],
        "task_status_msg": task.failure.message if task.failure is not None else "",
        "task_info": {"external_task_id": external} if external else {},
    }
    if task.status is Status.SUCCEEDED:
        document["task_result"] = {"videos": [_video(task)]}
    document["watermark_info"] = {"enabled": is_watermarked(own)}
    if (spent := deduction(task)) is not None:
        document["final_unit_deduction"] = spent
    document |= {"created_at": _milliseconds(task.plan.accepted_at), "updated_at": updated_at(task)}
    return document | dict(task.shown or {})


def created_body(task: TaskView) -> dict[str, Any]:
    """Return the response to a create request (recorded)."""
    moment = _milliseconds(task.plan.accepted_at)
    external = given(task.submission.own, "external_task_id")
    data = {
        "task_id": task.id,
        "task_status": STATUSES[Status.QUEUED],
        "task_info": {"external_task_id": external} if external else {},
        "created_at": moment,
        "updated_at": moment,
    }
    return _enveloped(task, "created", data)


def poll_body(task: TaskView) -> dict[str, Any]:
    """Return the response to a poll."""
    return _enveloped(task, task.status.value, task_object(task))


def deduction(task: TaskView) -> str | None:
    """Return the exact units of a success as text, and `0` for a failure; None before the end or without usage."""
    if task.status is not Status.SUCCEEDED:
        return "0" if task.status.final else None
    if task.usage is None:
        return None
    if task.usage.tokens != task.plan.usage.tokens:
        return str(task.usage.tokens)
    with_video = any(item.kind is Kind.VIDEO for item in task.submission.items)
    found = units(catalogue.of_family(task.plan.family), task.plan.picture, with_video_input=with_video)
    return str(task.usage.tokens) if found is None else format(found.normalize(), "f")


def clip_seconds(task: TaskView) -> str:
    """Return the seconds of the clip as Kling writes them: 121 frames are `5.041` (recorded)."""
    thousandths = task.plan.picture.frames * 1000 // FRAMES_PER_SECOND
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def updated_at(task: TaskView) -> int:
    """Return when the status began, in milliseconds."""
    return _milliseconds(task.row.mark.at if task.row is not None else task.updated_at)


def request_id(text: str) -> str:
    """Return a UUID derived from the text."""
    return str(UUID(bytes=md5(text.encode(), usedforsecurity=False).digest(), version=4))


def _video(task: TaskView) -> dict[str, str]:
    found = {"id": str(int(task.id) + 1) if task.id.isdecimal() else task.id}
    if task.video_url is not None:
        found["url"] = task.video_url
        if is_watermarked(task.submission.own):
            found["watermark_url"] = task.video_url
    return found | {"duration": clip_seconds(task)}


def _enveloped(task: TaskView, moment: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": 0, "message": "SUCCEED", "request_id": request_id(f"{task.id} {moment}"), "data": dict(data)}


def _milliseconds(moment: float) -> int:
    return int(moment * 1000)
