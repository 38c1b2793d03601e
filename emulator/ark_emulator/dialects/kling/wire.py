"""Kling's wire: what a gateway's submit comes to there, and the task object of its polls and callbacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ark_emulator.core.billing.kling_units import units
from ark_emulator.core.billing.prices import FRAMES_PER_SECOND
from ark_emulator.core.facts import catalogue, kling_fields
from ark_emulator.core.facts.kling_fields import Own, given
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.values import Item, Kind, Status, TaskParameters
from ark_emulator.data import load
from ark_emulator.dialects.newapi.request import GatewaySubmit

STATUSES: Final[Mapping[Status, str]] = MappingProxyType(
    {Status(row["status"]): row["word"] for row in load("kling")["statuses"]}
)
"""Kling's words for where a task stands; it knows neither expiry nor cancelling."""
_ROLES: Final[Mapping[object, str]] = MappingProxyType({"first_frame": "first_frame", "end_frame": "last_frame"})
_FLAGS: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "false": False})


@dataclass(frozen=True, slots=True)
class KlingRequest:
    """A request to Kling: its fields as they came, the media and the prompt, and what it asks for in Ark's terms."""

    own: Own
    items: tuple[Item, ...]
    parameters: TaskParameters


def kling_request(submit: GatewaySubmit) -> KlingRequest:
    """What goes to Kling for a submit. The metadata wins over what stands outside of it (new-api source)."""
    outside = {
        "image": submit.images[0] if submit.images else None,
        "mode": submit.mode,
        "aspect_ratio": _ratio(submit.size),
        "duration": None if submit.seconds is None else str(submit.seconds),
    }
    found = {name: value for name, value in outside.items() if value} | {
        name: _read(submit.metadata[name], field.type)
        for name, field in kling_fields.fields().items()
        if submit.metadata.get(name) is not None
    }
    own: Own = MappingProxyType(found)
    return KlingRequest(own, tuple(_items(submit.prompt, own)), _asked(own))


def task_object(task: TaskView) -> dict[str, Any]:
    """The `data` of a poll, which is all that a callback says (documented)."""
    own, external = task.submission.own, given(task.submission.own, "external_task_id")
    document: dict[str, Any] = {
        "task_id": task.id,
        "task_status": STATUSES[task.status],
        "task_status_msg": task.failure.message if task.failure is not None else "",
        "task_info": {"external_task_id": external} if external else {},
    }
    if task.status is Status.SUCCEEDED:
        document["task_result"] = {"videos": [_video(task)]}
    document["watermark_info"] = {"enabled": _watermarked(own)}
    if (spent := deduction(task)) is not None:
        document["final_unit_deduction"] = spent
    document |= {"created_at": _milliseconds(task.plan.accepted_at), "updated_at": updated_at(task)}
    return document | dict(task.shown or {})


def created_body(task: TaskView) -> dict[str, Any]:
    """The answer to a create request (recorded)."""
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
    """The answer to a poll."""
    return _enveloped(task, task.status.value, task_object(task))


def deduction(task: TaskView) -> str | None:
    """The units of a success, exactly and as text; nothing for a failure, None while there is no end, or none told."""
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
    """The seconds of the clip as Kling tells them: 121 frames are `5.041` (recorded)."""
    thousandths = task.plan.picture.frames * 1000 // FRAMES_PER_SECOND
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def updated_at(task: TaskView) -> int:
    """When the status began, in milliseconds."""
    return _milliseconds(task.row.mark.at if task.row is not None else task.updated_at)


def request_id(text: str) -> str:
    """A UUID that stands for this text."""
    return str(UUID(bytes=md5(text.encode(), usedforsecurity=False).digest(), version=4))


def _video(task: TaskView) -> dict[str, str]:
    found = {"id": str(int(task.id) + 1) if task.id.isdecimal() else task.id}
    if task.video_url is not None:
        found["url"] = task.video_url
        if _watermarked(task.submission.own):
            found["watermark_url"] = task.video_url
    return found | {"duration": clip_seconds(task)}


def _enveloped(task: TaskView, moment: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": 0, "message": "SUCCEED", "request_id": request_id(f"{task.id} {moment}"), "data": dict(data)}


def _milliseconds(moment: float) -> int:
    return int(moment * 1000)


def _watermarked(own: Own) -> bool:
    found = given(own, "watermark_info")
    return found is not None and found.get("enabled") is True


def _read(value: object, type_name: str) -> object:
    """A value as it came; text stands for numbers and booleans too, because a form has nothing else."""
    if isinstance(value, dict):
        return {name: _read(each, "boolean") for name, each in value.items()}
    if not isinstance(value, str):
        return value
    if type_name == "boolean":
        return _FLAGS.get(value.lower(), value)
    if type_name == "number":
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _items(prompt: str, own: Own) -> list[Item]:
    """The prompt and the media in Ark's terms: frames and references."""
    found = [Item(Kind.TEXT, prompt)]
    for name, role in (("image", "first_frame"), ("image_tail", "last_frame")):
        if (address := given(own, name)) is not None:
            found.append(Item(Kind.IMAGE, _inline(address), role))
    for each in kling_fields.items(own, "image_list"):
        role = _ROLES.get(str(each.get("type")), "reference_image")
        found.append(Item(Kind.IMAGE, _inline(str(each.get("image_url") or "")), role))
    videos = (str(each.get("video_url") or "") for each in kling_fields.items(own, "video_list"))
    return [*found, *(Item(Kind.VIDEO, address, "reference_video") for address in videos)]


def _inline(address: str) -> str:
    """A URL as it is; bare Base64, which Kling takes, as the data URI that everybody else understands."""
    return address if ":" in address[:12] or not address else f"data:image/png;base64,{address}"


def _asked(own: Own) -> TaskParameters:
    return TaskParameters(
        resolution=kling_fields.resolution(own),
        ratio=given(own, "aspect_ratio"),
        duration=kling_fields.seconds(own),
        generate_audio=given(own, "sound") == "on",
        watermark=_watermarked(own),
        callback_url=given(own, "callback_url"),
    )


def _ratio(size: str) -> str | None:
    """The ratio that a size such as `1280x720` has, None for any other text, or one that Kling has not."""
    width, _, height = size.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(size) < 12 and int(width) and int(height)):
        return None
    named = catalogue.fraction_of(int(width), int(height))
    return named if named in (kling_fields.fields()["aspect_ratio"].values or ()) else None
