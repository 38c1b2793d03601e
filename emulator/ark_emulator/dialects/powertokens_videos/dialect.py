"""The dialect of PowerTokens' flat interface: `POST /v1/videos`, and one flat object with Ark's ids and statuses.

Its pages and clients show requests, submits and polls (documented). The numbers of `progress` and the content of
`metadata` besides the link are inferred.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.gateway_view.gateway_record import GatewayRecord
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.values import Status, Task
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.newapi.dialect import NewApiDialect
from ark_emulator.dialects.newapi.request import GatewaySubmit, SubmitBody
from ark_emulator.dialects.newapi.response import requested_model
from ark_emulator.dialects.newapi.traits import Price, Shape, Traits
from ark_emulator.dialects.powertokens import dialect as powertokens
from ark_emulator.dialects.powertokens_videos.request import stock_document, submit_fields

NAME: Final = "powertokens-videos"
SUBMITTED: Final = "pending"
"""The status in the response to a submit (documented)."""
_PROGRESS: Final[Mapping[Status, int]] = {Status.QUEUED: 0, Status.RUNNING: 50}
_TOP_LEVEL: Final = frozenset({"id", "model", "status", "error", "content", "created_at", "updated_at"})


class PowerTokensVideos(NewApiDialect):
    """The flat interface of PowerTokens. Its tasks are Ark's own, under Ark's ids, so no state is shown late."""

    shows_others = False

    def __init__(self, traits: Traits, ark: ArkDialect) -> None:
        own = replace(
            traits,
            lag=0.0,
            poll="flat",
            poll_videos="flat",
            prompt="or-visual",
            text_items="kept",
            roles="given",
            defaults={"duration": 5},
            length=("metadata",),
            callbacks="upstream",
            range=True,
            envelope=("message", "type", "code"),
            ratio_header=False,
        )
        super().__init__(NAME, own, ark, powertokens.NAME)

    def parse_submit(self, body: SubmitBody) -> GatewaySubmit:
        """Return the submit, whose fields are at the top level of its body. Raises Refusal for the first error."""
        submit = super().parse_submit(SubmitBody(stock_document(submit_fields(body))))
        if submit.metadata.get("service_tier") == "flex":
            raise powertokens.no_flex()
        return submit

    def gateway_policy(self, priced: Price) -> GatewayPolicy:
        """Return a policy with the bill alone: the task is Ark's."""
        return GatewayPolicy(bill=priced.bill)

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """Return None: the id is Ark's (documented)."""
        return None

    def knows(self, task: Task, name: str) -> bool:
        """Return whether the name is Ark's id of a task of either interface."""
        return name == task.id and task.submission.dialect in (self.name, powertokens.NAME)

    def created_response(self, task: Task) -> dict[str, Any]:
        """Return the body that answers a submit."""
        return {
            "id": task.id,
            "task_id": task.id,
            "object": "video",
            "model": task.submission.named or task.submission.model,
            "status": SUBMITTED,
            "progress": 0,
            "created_at": int(task.plan.accepted_at),
        }

    def serialize(self, task: TaskView, shape: Shape) -> dict[str, Any]:
        """Return the task as every route of the interface shows it."""
        document: dict[str, Any] = {
            "id": task.id,
            "task_id": task.id,
            "object": "video",
            "model": requested_model(task),
            "status": task.status.value,
            "progress": _PROGRESS.get(task.status, 100),
            "created_at": task.created_at,
            "updated_at": int(_moment(task.row) or task.updated_at),
        }
        if task.status in (Status.SUCCEEDED, Status.FAILED):
            document["completed_at"] = document["updated_at"]
        if task.status is Status.SUCCEEDED:
            document |= self._result(task)
        if task.failure is not None:
            document["error"] = {"code": task.failure.code, "message": task.failure.message}
        return document

    def status(self, task: TaskView) -> str:
        """Return Ark's name of the status."""
        return task.status.value

    def _result(self, task: TaskView) -> dict[str, Any]:
        found: dict[str, Any] = {} if task.video_url is None else {"video_url": task.video_url}
        if task.last_frame_url is not None:
            found["last_frame_url"] = task.last_frame_url
        document = self._ark.task_document(task)
        details = {name: value for name, value in document.items() if name not in _TOP_LEVEL}
        return {**found, "metadata": {"url": task.video_url or "", **details}}


def _moment(row: GatewayRecord | None) -> float | None:
    return None if row is None else row.mark.at
