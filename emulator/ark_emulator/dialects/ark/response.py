"""Ark's task object, with its keys in the order of the recorded bodies."""

from typing import Any, Final

from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.models import SUBDIVISION_LEVELS
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.values import Mode, Status


def task_object(task: TaskView) -> dict[str, Any]:
    """Return the task object of a poll, a list item or a callback."""
    layout = _LAYOUTS.get(catalogue.of_family(task.plan.family).generation, _LAYOUT)
    document = {"id": task.id, "model": task.model, "status": task.status.value, **_failure(task)}
    for part in layout:
        document |= part(task)
    return document | dict(task.shown or {})


def _failure(task: TaskView) -> dict[str, Any]:
    return {"error": {"code": task.failure.code, "message": task.failure.message}} if task.failure is not None else {}


def _content(task: TaskView) -> dict[str, Any]:
    """Return the links to the result; the result of a 3D model is a file."""
    if task.video_url is None:
        return {}
    if task.plan.mode is Mode.SOLID:
        return {"content": {"file_url": task.video_url}}
    links = {"video_url": task.video_url, "last_frame_url": task.last_frame_url}
    return {"content": {name: link for name, link in links.items() if link is not None}}


def _usage(task: TaskView) -> dict[str, Any]:
    if task.usage is None:
        return {}
    tokens = str(task.usage.tokens) if task.usage_as_text else task.usage.tokens
    found: dict[str, Any] = {"completion_tokens": tokens, "total_tokens": tokens}
    if task.usage.searches is not None:
        found["tool_usage"] = {"web_search": task.usage.searches}
    return {"usage": found}


def _times(task: TaskView) -> dict[str, Any]:
    return {"created_at": task.created_at, "updated_at": task.updated_at}


def _rendered(task: TaskView) -> dict[str, Any]:
    """Return what is known of a finished clip; `frames` replaces `duration` if the request set it."""
    if task.status is not Status.SUCCEEDED:
        return {}
    picture = task.plan.picture
    length = {"frames": picture.frames} if picture.by_frames else {"duration": picture.frames // 24}
    return {
        "seed": task.plan.seed,
        "resolution": picture.resolution,
        "ratio": picture.ratio,
        **length,
        "framespersecond": 24,
    }


def _settings(task: TaskView) -> dict[str, Any]:
    """Return the settings of the task: newer generations of models show more of them (recorded)."""
    model, plan, parameters = catalogue.of_family(task.plan.family), task.plan, task.submission.parameters
    found: dict[str, Any] = {"service_tier": plan.tier, "execution_expires_after": plan.expires_after}
    if model.audio:
        found["generate_audio"] = plan.picture.audio
        found["draft"] = plan.draft
    if plan.draft_task_id is not None:
        found["draft_task_id"] = plan.draft_task_id
    if "priority" in model.echoes:
        found["priority"] = plan.priority
    if "output_format" in model.echoes:
        found["output_format"] = plan.picture.container
    if parameters.tools:
        found["tools"] = [{"type": tool} for tool in parameters.tools]
    if parameters.safety_identifier is not None:
        found["safety_identifier"] = parameters.safety_identifier
    return found


def _solid(task: TaskView) -> dict[str, Any]:
    """Return the subdivision level of a 3D file, if the model has such levels, and its format."""
    if task.status is not Status.SUCCEEDED:
        return {}
    level, container = task.plan.picture.resolution, task.plan.picture.container
    return {**({"subdivisionlevel": level} if level in SUBDIVISION_LEVELS else {}), "fileformat": container}


_LAYOUT: Final = (_content, _usage, _times, _rendered, _settings)
_LAYOUTS: Final = {
    "2.5": (_usage, _times, _rendered, _settings, _content),
    "3d": (_times, _content, _solid, _usage),
}
"""The order of the parts of a success, for generations that differ (recorded for 2.5, documented for 3D)."""
