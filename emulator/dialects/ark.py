"""Ark's own dialect: the native tongue of the emulator."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from emulator.core import catalogue
from emulator.core.dice import Dice
from emulator.core.errors import Refusal
from emulator.core.values import Item, Kind, Parameters, Status, Submission, Task
from emulator.core.view import View
from emulator.dialects.ark_wire import CreateTask, payload
from emulator.dialects.base import Call, Listing, Reply, read_json, written

PAGE_SIZE: Final = 20
PAGES: Final = (1, 500)
"""Page numbers and page sizes go from 1 to 500 (documented)."""
_LISTED: Final = frozenset(status.value for status in Status)


class ArkDialect:
    """Reads Ark's create request and prints Ark's task object, under one name of the dialect."""

    def __init__(self, name: str = "ark") -> None:
        self.name = name

    def submission(self, call: Call) -> Submission:
        """What the call asks for. Raises Refusal when it is not a create request at all."""
        document = read_json(call.body, lambda reason: Refusal("http.json", reason=reason))
        if not isinstance(document, dict):
            raise Refusal("http.not_an_object")
        try:
            body = CreateTask.model_validate(document)
        except ValidationError as error:
            raise _refusal(error, document) from None
        return Submission(
            dialect=self.name,
            key=call.key,
            model=body.model,
            items=tuple(Item(item.type, payload(item), item.role) for item in body.content),
            asked=_parameters(body),
            origin=call.origin,
            trace=call.headers.get("traceparent"),
        )

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """None: Ark's tasks have no other id."""
        return None

    def accepted(self, task: Task) -> dict[str, Any]:
        """The body that answers a create request: the id, and the safety identifier if one was sent."""
        echo = task.submission.asked.safety_identifier
        return {"id": task.id} if echo is None else {"id": task.id, "safety_identifier": echo}

    def shown(self, task: View) -> dict[str, Any]:
        """The task object of a poll, a list item or a callback, keys in the order of recorded bodies."""
        document = {"id": task.id, "model": task.plan.model, "status": task.status.value}
        return {**document, **_result(task), **_times(task), **_rendered(task), **_settings(task), **(task.shown or {})}

    def refused(self, refusal: Refusal, request_id: str) -> Reply:
        """Ark's error envelope; the message ends with the request id (recorded)."""
        told = refusal.render()
        body = {
            "code": told.code,
            "message": told.with_request_id(request_id),
            "param": told.param,
            "type": told.type,
        }
        headers = {"x-error-code": "AuthN_MissOrInvalidAuthorizationHeader"} if told.status == 401 else {}
        return Reply(told.status, written({"error": body}), headers)

    @staticmethod
    def listing(query: Sequence[tuple[str, str]]) -> Listing:
        """What a list request asks for. `filter.task_ids` may be repeated or joined by commas (SDKs do both)."""
        last = dict(query)
        number = _page(last, "page_num", 1)
        size = _page(last, "page_size", PAGE_SIZE)
        ids = frozenset(one for name, value in query if name == "filter.task_ids" for one in value.split(",") if one)
        status = last.get("filter.status", "")
        if status and status not in _LISTED:
            raise Refusal("http.query", parameter="filter.status", reason=f"`{status}` is not a status")
        return Listing(
            offset=(number - 1) * size,
            limit=size,
            statuses=frozenset({status} if status else ()),
            ids=ids,
            model=last.get("filter.model") or None,
            tier=last.get("filter.service_tier") or "default",
        )


def _result(task: View) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if task.failure is not None:
        found["error"] = {"code": task.failure.code, "message": task.failure.message}
    if task.video_url is not None:
        found["content"] = {"video_url": task.video_url}
        if task.last_frame_url is not None:
            found["content"]["last_frame_url"] = task.last_frame_url
    if task.usage is not None:
        found["usage"] = {"completion_tokens": task.usage.tokens, "total_tokens": task.usage.tokens}
        if task.usage.searches is not None:
            found["usage"]["tool_usage"] = {"web_search": task.usage.searches}
    return found


def _times(task: View) -> dict[str, Any]:
    return {"created_at": task.created_at, "updated_at": task.updated_at}


def _rendered(task: View) -> dict[str, Any]:
    """What is known once the clip is there; `frames` stands in place of `duration` when it was asked for."""
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


def _settings(task: View) -> dict[str, Any]:
    """What the task was set to: the newer the model's generation, the more of it is shown (recorded)."""
    model, plan, asked = catalogue.of_family(task.plan.family), task.plan, task.submission.asked
    found: dict[str, Any] = {"service_tier": plan.tier, "execution_expires_after": plan.expires_after}
    if model.audio:
        found["generate_audio"] = plan.picture.audio
        found["draft"] = plan.draft
    if model.priority == "used":
        found["priority"] = plan.priority
    if len(model.formats) > 1:
        found["output_format"] = plan.picture.container
    if asked.tools:
        found["tools"] = [{"type": tool} for tool in asked.tools]
    if asked.safety_identifier is not None:
        found["safety_identifier"] = asked.safety_identifier
    if plan.draft_task_id is not None:
        found["draft_task_id"] = plan.draft_task_id
    return found


def _parameters(body: CreateTask) -> Parameters:
    return Parameters(
        resolution=body.resolution,
        ratio=body.ratio,
        duration=body.duration,
        frames=body.frames,
        seed=body.seed,
        camera_fixed=body.camera_fixed,
        watermark=body.watermark,
        generate_audio=body.generate_audio,
        draft=body.draft,
        return_last_frame=body.return_last_frame,
        service_tier=body.service_tier,
        priority=body.priority,
        execution_expires_after=body.execution_expires_after,
        callback_url=body.callback_url or None,
        safety_identifier=body.safety_identifier,
        tools=None if body.tools is None else tuple(tool.type for tool in body.tools),
        output_format=body.output_format,
        omni_reference_task_type=body.omni_reference_task_type,
    )


def _page(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    low, high = PAGES
    if not text.isdecimal() or not low <= int(text[:9]) <= high:
        raise Refusal("http.query", parameter=name, reason=f"it must be a whole number from {low} to {high}")
    return int(text)


def _refusal(error: ValidationError, document: Mapping[str, Any]) -> Refusal:
    """The refusal for the first thing wrong with the shape of a body."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = [part for part in first["loc"] if not isinstance(part, Kind)]
    path = _path(place)
    if first["type"] in ("missing", "union_tag_not_found") or _at(document, place) is None:
        return Refusal("missing.parameter", parameter=path)
    if first["type"] == "union_tag_invalid":
        return Refusal("content.type", index=place[1], value=_at(document, [*place, "type"]))
    expected = _EXPECTED.get(first["type"])
    if expected is None:
        return Refusal("parameter.invalid", parameter=path)
    return Refusal("parameter.wrong_type", parameter=path, expected=expected)


_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "bool_type": "a boolean",
    "list_type": "an array",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
}
"""What a field should have been, in the words of JSON, by the model's complaint."""


def _path(place: Sequence[int | str]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _at(document: Any, place: Sequence[int | str]) -> Any:
    for part in place:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document
