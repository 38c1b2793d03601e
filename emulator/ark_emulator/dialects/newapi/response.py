"""A gateway's record of a task as a response: wrapped, flat, or as OpenAI's video object.

Everything is computed from the task as the gateway last saw it; fields that a gateway does not show are not computed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.billing.ledger_entries import charge
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord, GatewayStatus
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.dialects.newapi.traits import Traits

STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NOT_START": "unknown",
        "SUBMITTED": "queued",
        "QUEUED": "queued",
        "IN_PROGRESS": "in_progress",
        "SUCCESS": "completed",
        "FAILURE": "failed",
    }
)
"""OpenAI's name of each status (new-api source). `unknown` is not one of OpenAI's: clients stop polling at it."""

REQUESTED_MODEL: str = "asked_model"
"""The extra of a submission that holds the model name of the request."""


@dataclass(frozen=True, slots=True)
class UpstreamFormat:
    """The upstream's serializers of a task: for a create request, a poll, a callback, and a task it no longer has."""

    created: Callable[[TaskView], dict[str, Any]]
    polled: Callable[[TaskView], dict[str, Any]]
    callback: Callable[[TaskView], bytes]
    not_found: Callable[[TaskView], dict[str, Any]]


UNRECOGNIZED: Final = ("IN_PROGRESS", 30)
"""The status that the adaptor derives from a body without a known status, such as an error of the upstream (source)."""


def label(traits: Traits, row: GatewayRecord) -> tuple[str, int]:
    """Return the gateway's status and its progress in per cent."""
    if row.status is GatewayStatus.ABSENT:
        return UNRECOGNIZED
    status, progress = traits.labels[row.status]
    return status, progress


def requested_model(task: TaskView) -> str:
    """Return the model as it was named in the request."""
    return str(task.submission.extras.get(REQUESTED_MODEL, task.submission.model))


def fail_reason(task: TaskView, row: GatewayRecord, traits: Traits) -> str:
    """Return why the task failed; empty if it did not. Of an upstream error only the message is kept."""
    if row.status is GatewayStatus.GIVEN_UP:
        return traits.timeout_reason.replace("{minutes}", f"{traits.gives_up_minutes or 0:g}")
    if task.failure is not None:
        return task.failure.message
    return traits.reasons.get(row.status, "")


def result_url(task: TaskView, row: GatewayRecord, traits: Traits) -> str:
    """Return the URL of the result; empty until there is one.

    A success without an upstream link has the gateway's own address and the path of its content proxy (source).
    """
    if row.status is GatewayStatus.SUCCEEDED:
        proxy = f"/v1/videos/{task.alias}/content"
        if traits.result_url == "content":
            return proxy if task.video_url else ""
        return task.video_url or (traits.server_address or task.submission.origin).rstrip("/") + proxy
    if label(traits, row)[0] == "FAILURE" and traits.failed_result_url == "fail_reason":
        return fail_reason(task, row, traits)
    return ""


def quota(task: TaskView, row: GatewayRecord, traits: Traits) -> int:
    """Return the charge in the record: the hold, until it is settled or refunded."""
    hold = task.submission.terms.bill.hold or 0
    if traits.quota == "hold" or row.finished_at is None:
        return hold
    return charge(task.submission, task.plan).quota or 0 if row.status is GatewayStatus.SUCCEEDED else 0


def record(task: TaskView, row: GatewayRecord, traits: Traits, upstream_format: UpstreamFormat) -> dict[str, Any]:
    """Return the record as a poll shows it, with the gateway's fields in its order."""
    status, progress = label(traits, row)
    created_at = task.created_at
    everything: dict[str, Any] = {
        "id": task.alias if traits.poll == "flat" else task.number + 1,
        "task_id": task.alias,
        "object": "video",
        "model": requested_model(task),
        **traits.channel,
        "quota": quota(task, row, traits),
        "status": status,
        "fail_reason": fail_reason(task, row, traits),
        "result_url": result_url(task, row, traits),
        "created_at": created_at,
        "submit_time": created_at,
        "start_time": int(row.started_at or 0),
        "finish_time": int(row.finished_at or 0),
        "updated_at": int(row.updated_at),
        "progress": f"{progress}%",
        "properties": {
            "input": "",
            "upstream_model_name": task.submission.model,
            "origin_model_name": requested_model(task),
        },
    }
    if "data" in traits.fields:
        everything["data"] = upstream_body(task, row, traits, upstream_format)
    return {
        name: everything[name] for name in traits.fields if everything[name] != "" or name not in traits.empty_left_out
    }


def upstream_body(
    task: TaskView, row: GatewayRecord, traits: Traits, upstream_format: UpstreamFormat
) -> dict[str, Any]:
    """Return the raw upstream body: that of the submit until the first poll of the upstream, then that of the last
    poll.
    """
    raw = _upstream_format(upstream_format, row)(task)
    body = {name: value for name, value in raw.items() if name not in traits.upstream_hidden}
    return _ordered(body, traits.upstream_order)


def _upstream_format(upstream_format: UpstreamFormat, row: GatewayRecord) -> Callable[[TaskView], dict[str, Any]]:
    if row.status is GatewayStatus.UNSEEN:
        return upstream_format.created
    return upstream_format.not_found if row.status is GatewayStatus.ABSENT else upstream_format.polled


def openai_object(task: TaskView, row: GatewayRecord, traits: Traits) -> dict[str, Any]:
    """Return OpenAI's video object. A task without an error of its own, such as one given up, shows none (source)."""
    status, progress = label(traits, row)
    error = None
    if task.failure is not None:
        error = {"message": task.failure.message, "code": task.failure.code}
    elif status == "FAILURE" and (reason := traits.reasons.get(row.status)) is not None:
        error = {"message": reason, "code": row.status.value}
    return video_object(
        id=task.alias or task.id,
        model=requested_model(task),
        status=STATUSES[status],
        progress=progress,
        created_at=task.created_at,
        completed_at=int(row.updated_at),
        seconds=str(task.plan.picture.frames // 24) if traits.openai_seconds else None,
        url=(task.video_url or "") if row.status is GatewayStatus.SUCCEEDED else "",
        error=error,
    )


def video_object(
    *,
    id: str,
    model: str,
    status: str,
    progress: int,
    created_at: int,
    completed_at: int,
    seconds: str | None,
    url: str,
    error: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return OpenAI's video object as new-api prints it: `completed_at` and `metadata.url` are always there."""
    document: dict[str, Any] = {"id": id, "task_id": id, "object": "video", "model": model, "status": status}
    document |= {"progress": progress, "created_at": created_at, "completed_at": completed_at}
    if seconds is not None:
        document["seconds"] = seconds
    if error is not None:
        document["error"] = dict(error)
    return document | {"metadata": {"url": url}}


def _ordered(body: Mapping[str, Any], order: Sequence[str] | None) -> dict[str, Any]:
    """Return the body with its keys in that order, others after them by length. Without an order all are sorted by
    name, as Go sorts maps.
    """

    def rank(name: str) -> tuple[int, int, str]:
        if order is None:
            return 0, 0, name
        return order.index(name) if name in order else len(order), len(name), name

    return {
        name: _ordered(body[name], () if order is not None else None) if isinstance(body[name], Mapping) else body[name]
        for name in sorted(body, key=rank)
    }
