"""PowerTokens' second interface: `POST /v1/videos` with `media`, and one flat object with Ark's ids and statuses.

Its pages and clients tell of requests, submits and polls (documented). What they leave open is inferred: the numbers of
`progress`, and what `metadata` holds beside the link.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
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

NAME: Final = "powertokens-videos"
SUBMITTED: Final = "pending"
"""What a submit says of the task (documented)."""
_MEDIA: Final[Mapping[str, str]] = {
    "first_frame": "image_url",
    "last_frame": "image_url",
    "reference_image": "image_url",
    "reference_video": "video_url",
    "reference_audio": "audio_url",
}
"""The types of media that are documented, each with the kind of item that it is at Ark; its type is the role there."""
_OWN: Final = frozenset({"model", "prompt", "media", "image", "images", "input_reference", "content", "metadata"})
"""The fields that are read as what they are; any other goes on to Ark among the parameters."""
_TIER: Final = re.compile(r"[0-9]{3,4}p|[0-9]k", re.IGNORECASE)
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")
_PROGRESS: Final[Mapping[Status, int]] = {Status.QUEUED: 0, Status.RUNNING: 50}
_TOLD_ELSEWHERE: Final = frozenset({"id", "model", "status", "error", "content", "created_at", "updated_at"})


class PowerTokensVideos(NewApiDialect):
    """The flat interface of PowerTokens. Its tasks are Ark's own, under Ark's ids, so that nothing is seen late."""

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
        """What a submit asks for, whose fields stand at its top level. Raises Refusal for the first thing wrong."""
        submit = super().parse_submit(SubmitBody(_as_stock(_document(body))))
        if submit.metadata.get("service_tier") == "flex":
            raise powertokens.no_flex()
        return submit

    def gateway_policy(self, priced: Price) -> GatewayPolicy:
        """Only the money is the gateway's own: the task is Ark's."""
        return GatewayPolicy(bill=priced.bill)

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """None: the id is Ark's (documented)."""
        return None

    def knows(self, task: Task, name: str) -> bool:
        """True for a task of either interface, by Ark's id."""
        return name == task.id and task.submission.dialect in (self.name, powertokens.NAME)

    def created_response(self, task: Task) -> dict[str, Any]:
        """The body that answers a submit."""
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
        """The task as every route of the interface shows it."""
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
        """Ark's word for where the task stands."""
        return task.status.value

    def _result(self, task: TaskView) -> dict[str, Any]:
        found: dict[str, Any] = {} if task.video_url is None else {"video_url": task.video_url}
        if task.last_frame_url is not None:
            found["last_frame_url"] = task.last_frame_url
        told = self._ark.task_document(task)
        details = {name: value for name, value in told.items() if name not in _TOLD_ELSEWHERE}
        return {**found, "metadata": {"url": task.video_url or "", **details}}


def _moment(row: GatewayRecord | None) -> float | None:
    return None if row is None else row.mark.at


def _document(body: SubmitBody) -> dict[str, Any]:
    """The fields of a submit, whether they came as JSON or as a form; a form names each of them once."""
    return {field.name: field.value for field in body.form} if body.form else dict(body.document)


def _as_stock(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as new-api has it: prompt at the top level, media and parameters in the metadata."""
    texts, items = _media(document.get("media"))
    images = document.get("images")
    single = document.get("image") or document.get("input_reference")
    addresses = [*([single] if isinstance(single, str) else []), *(images if isinstance(images, list) else [])]
    items = [*({"type": "image_url", "image_url": {"url": url}} for url in addresses), *items]
    given = document.get("metadata")
    metadata = {**(given if isinstance(given, dict) else {}), **_parameters(document)}
    content = document.get("content")
    if isinstance(content, list):
        items = [*items, *content]
    if items:
        own = metadata.get("content")
        metadata["content"] = [*items, *(own if isinstance(own, list) else [])]
    stock: dict[str, Any] = {"model": document.get("model"), "metadata": metadata}
    prompt = document.get("prompt")
    stock["prompt"] = prompt if prompt not in (None, "") else "\n".join(texts)
    return {name: value for name, value in stock.items() if value is not None}


def _parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters under Ark's names: `seconds` is the duration there, and the tier in `size` the resolution."""
    found = {name: value for name, value in document.items() if name not in _OWN and value is not None}
    size, seconds = found.pop("size", None), found.pop("seconds", None)
    if seconds not in (None, ""):
        found["duration"] = int(seconds) if isinstance(seconds, str) and _WHOLE.fullmatch(seconds) else seconds
    if size not in (None, ""):
        found["resolution"] = size.lower() if isinstance(size, str) and _TIER.fullmatch(size) else size
    return found


def _media(media: object) -> tuple[list[str], list[dict[str, Any]]]:
    """The texts among the media, and the rest as Ark's items with their roles. Raises Refusal for any other form."""
    if media is None:
        return [], []
    if not isinstance(media, Sequence) or isinstance(media, str):
        raise _wrong("media", "it must be an array of objects with type and url or text")
    texts: list[str] = []
    items: list[dict[str, Any]] = []
    for place, each in enumerate(media):
        kind = str(each.get("type")) if isinstance(each, Mapping) else ""
        value = each.get("text" if kind == "text" else "url") if isinstance(each, Mapping) else None
        if kind != "text" and kind not in _MEDIA:
            raise _wrong(f"media[{place}].type", f"it must be one of text, {', '.join(_MEDIA)}")
        if not isinstance(value, str):
            raise _wrong(f"media[{place}].{'text' if kind == 'text' else 'url'}", "it must be a string")
        if kind == "text":
            texts.append(value)
        else:
            items.append({"type": _MEDIA[kind], _MEDIA[kind]: {"url": value}, "role": kind})
    return texts, items


def _wrong(parameter: str, reason: str) -> Refusal:
    return Refusal("parameter.invalid_because", parameter=parameter, reason=reason)
