"""What may be shown of a task at one mark of its life, before any dialect gives it words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emulator.core.lifecycle import failure_of
from emulator.core.signing import Credentials, presign
from emulator.core.values import Failure, Mark, Plan, Status, Submission, Task, Usage

LAST_FRAME: Final = "_last-frame.png"


@dataclass(frozen=True, slots=True)
class View:
    """A task as it stands: `updated_at` is when its status began, or its creation while it has not ended.

    `video_url` and `last_frame_url` are set for a success only, `failure` for a failure only.
    """

    id: str
    status: Status
    created_at: int
    updated_at: int
    submission: Submission
    plan: Plan
    failure: Failure | None = None
    usage: Usage | None = None
    video_url: str | None = None
    last_frame_url: str | None = None
    shown: Mapping[str, object] | None = None


def view(task: Task, mark: Mark, credentials: Credentials, folder: str) -> View:
    """The task at that mark. `folder` is the first segment of its results' path in storage."""
    created_at = int(task.plan.accepted_at)
    done = mark.status is Status.SUCCEEDED
    picture = task.plan.picture
    return View(
        id=task.id,
        status=mark.status,
        created_at=created_at,
        updated_at=int(mark.at) if mark.status.final else created_at,
        submission=task.submission,
        plan=task.plan,
        failure=failure_of(task) if mark.status is Status.FAILED else None,
        usage=task.plan.usage if done else None,
        video_url=link(task, mark, credentials, f"/{folder}/{task.plan.name}.{picture.container}") if done else None,
        last_frame_url=link(task, mark, credentials, f"/{folder}/{task.plan.name}{LAST_FRAME}")
        if done and picture.last_frame
        else None,
        shown=task.plan.shown if done else None,
    )


def link(task: Task, mark: Mark, credentials: Credentials, path: str) -> str:
    """A signed link on the address by which the creator reached us, signed once: when the task ended (recorded)."""
    origin = task.submission.origin
    host = origin.partition("://")[2]
    return origin + presign(credentials, "GET", host, path, int(mark.at), task.plan.link_life)
