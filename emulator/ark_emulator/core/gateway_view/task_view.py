"""The values of a task at one mark of its timeline, before a dialect renders them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from ark_emulator.core.facts.catalogue import of_family
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord
from ark_emulator.core.storage.signing import Credentials, presign
from ark_emulator.core.task.lifecycle import failure_of
from ark_emulator.core.task.result_variants import UsageShown, link_text, object_path
from ark_emulator.core.task.values import Failure, Mark, Plan, Status, Submission, Task, Usage

LAST_FRAME: Final = "_last-frame.png"
"""The ending of the path of a last frame after the object's name, where it is a PNG."""

_LINKS: Final = 2_000
"""How many links are cached: signing takes longer than all the rest of rendering a task."""
Links = Callable[[Task, Mark, str], str]
"""Returns the URL of an object for its path in storage, for a task that succeeded with this mark."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task at one moment. `updated_at` is when its status began, or its creation while it has not ended.

    `video_url` and `last_frame_url` are set for a success only, `failure` for a failure only. `alias` is the id a
    gateway gave the task, `number` counts the tasks of its key from 0, and `row` is the gateway's record of it; None
    where the task is shown without a gateway.
    """

    id: str
    model: str
    status: Status
    created_at: int
    updated_at: int
    submission: Submission
    plan: Plan
    failure: Failure | None = None
    usage: Usage | None = None
    usage_as_text: bool = False
    video_url: str | None = None
    last_frame_url: str | None = None
    shown: Mapping[str, object] | None = None
    alias: str | None = None
    number: int = 0
    row: GatewayRecord | None = None


def view(task: Task, mark: Mark, links: Links, folder: str, row: GatewayRecord | None = None) -> TaskView:
    """Return the task at that mark. `folder` is the folder of its results in storage."""
    created_at = int(task.plan.accepted_at)
    done = mark.status is Status.SUCCEEDED
    picture = task.plan.picture
    return TaskView(
        id=task.id,
        model=(task.plan.result.model if done else None) or task.plan.model,
        status=mark.status,
        created_at=created_at,
        updated_at=int(mark.at) if mark.status.final else created_at,
        submission=task.submission,
        plan=task.plan,
        failure=failure_of(task) if mark.status is Status.FAILED else None,
        usage=_usage(task.plan) if done else None,
        usage_as_text=task.plan.result.usage is UsageShown.STRINGS,
        video_url=_video_link(task, mark, links, folder) if done else None,
        last_frame_url=_last_frame_link(task, mark, links, folder) if done and picture.last_frame else None,
        shown=task.plan.shown if done else None,
        alias=task.alias,
        number=task.number,
        row=row,
    )


def _usage(plan: Plan) -> Usage | None:
    tokens = plan.result.tokens(plan.usage.tokens)
    return None if tokens is None else replace(plan.usage, tokens=tokens)


def _video_link(task: Task, mark: Mark, links: Links, folder: str) -> str | None:
    plan = task.plan
    path = object_path(plan.result.video_url, f"/{folder}/{plan.name}.{plan.picture.container}")
    return link_text(plan.result.video_url, links(task, mark, path))


def _last_frame_link(task: Task, mark: Mark, links: Links, folder: str) -> str | None:
    plan = task.plan
    path = object_path(plan.result.last_frame_url, f"/{folder}/{plan.name}{last_frame_ending(task)}")
    return link_text(plan.result.last_frame_url, links(task, mark, path))


def last_frame_ending(task: Task) -> str:
    """Return the ending of the path of the task's last frame, after the object's name.

    A JPEG lies in a folder of its own and has the task's name (recorded; the name of the folder is inferred).
    """
    format_name = of_family(task.plan.family).last_frame
    return LAST_FRAME if format_name == "png" else f"/{task.id}.{format_name}"


def signed(credentials: Credentials) -> Links:
    """Return links on the origin of the create request, signed once: when the task ended (recorded)."""

    @lru_cache(maxsize=_LINKS)
    def presigned(host: str, path: str, signed_at: int, expires: int) -> str:
        return presign(credentials, "GET", host, path, signed_at, expires)

    def link(task: Task, mark: Mark, path: str) -> str:
        origin = task.submission.origin
        host = origin.partition("://")[2].partition("/")[0]
        return origin + presigned(host, path, int(mark.at), task.plan.link_life)

    return link
