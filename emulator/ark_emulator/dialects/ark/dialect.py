"""The dialect of Ark itself."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.values import Item, Status, Submission, Task, TaskParameters
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects.ark.errors import ark_error_response
from ark_emulator.dialects.ark.response import task_object
from ark_emulator.dialects.base import DialectRequest, DialectResponse, ListRequest, json_bytes, read_call

if TYPE_CHECKING:
    from ark_emulator.dialects.ark.request import CreateTask

PAGE_SIZE: Final = 20
PAGES: Final = (1, 500)
"""Page numbers and page sizes go from 1 to 500 (documented)."""
_LISTED: Final = frozenset(status.value for status in Status)


@cache
def _wire() -> ModuleType:
    """Import the model of the create request on first use, because building it takes long."""
    from ark_emulator.dialects.ark import request as ark_wire

    return ark_wire


class ArkDialect:
    """Reads Ark's create request and serializes Ark's task object, under the name of a dialect."""

    direct = True
    bare_keys = False

    def __init__(self, name: str = "ark") -> None:
        self.name = name

    def submission(self, call: DialectRequest) -> Submission:
        """Return the submission of a create request. Raises Refusal if the body is not a JSON object of the right
        shape.
        """
        document = read_call(call, lambda reason: Refusal("http.json", reason=reason))
        if not isinstance(document, dict):
            raise Refusal("http.not_an_object")
        return self.submission_from(document, call)

    def submission_from(self, document: Mapping[str, Any], call: DialectRequest) -> Submission:
        """Return the submission of a create request that was parsed to `document`. Raises Refusal if its shape is
        wrong.
        """
        wire = _wire()
        body = wire.read(document)
        return Submission(
            dialect=self.name,
            key=call.key,
            model=body.model,
            items=tuple(Item(item.type, wire.payload(item), item.role) for item in body.content),
            parameters=_parameters(body),
            origin=call.origin,
            trace=call.headers.get("traceparent"),
        )

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """Return None: Ark's tasks have no other id."""
        return None

    def knows(self, task: Task, name: str) -> bool:
        """Return whether the task runs on Ark and the name is its id."""
        return name == task.id and task.submission.upstream is Upstream.ARK

    def created_response(self, task: Task) -> dict[str, Any]:
        """Return the body that answers a create request: the id, and the safety identifier if one was sent."""
        echo = task.submission.parameters.safety_identifier
        return {"id": task.id} if echo is None else {"id": task.id, "safety_identifier": echo}

    def task_document(self, task: TaskView) -> dict[str, Any]:
        """Return the task object of a poll, a list item or a callback."""
        return task_object(task)

    def encode(self, document: object) -> bytes:
        """Return JSON bytes of a document."""
        return json_bytes(document)

    def callback_body(self, task: TaskView) -> bytes:
        """Return the body of a callback, which is that of a poll (documented)."""
        return json_bytes(self.task_document(task))

    def headers(self, request_id: str, request_headers: Mapping[str, str], status: int) -> Mapping[str, str]:
        """Return the request ids of both sides and the CORS headers; a 401 has no CORS headers (recorded)."""
        found = {"X-Request-Id": request_id, "Server": "istio-envoy"}
        if (client_id := request_headers.get("X-Client-Request-Id")) is not None:
            found["X-Client-Request-Id"] = client_id
        return found | (cors(request_headers) if "Origin" in request_headers and status != 401 else {})

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        """Return Ark's response to a rejected request."""
        return ark_error_response(refusal, request_id)

    @staticmethod
    def list_request(query: Sequence[tuple[str, str]]) -> ListRequest:
        """Return the parsed query of a list request. `filter.task_ids` may be repeated or comma-separated (SDKs do
        both).
        """
        last = dict(query)
        number = _page(last, "page_num", 1)
        size = _page(last, "page_size", PAGE_SIZE)
        ids = frozenset(one for name, value in query if name == "filter.task_ids" for one in value.split(",") if one)
        status = last.get("filter.status", "")
        if status and status not in _LISTED:
            raise Refusal("http.query", parameter="filter.status", reason=f"`{status}` is not a status")
        return ListRequest(
            offset=(number - 1) * size,
            limit=size,
            statuses=frozenset({status} if status else ()),
            ids=ids,
            model=last.get("filter.model") or None,
            tier=last.get("filter.service_tier") or "default",
        )


def cors(request_headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that allow a page of another origin to read a response."""
    return {
        "access-control-allow-origin": request_headers.get("Origin", "*"),
        "access-control-allow-credentials": "true",
    }


def _parameters(body: "CreateTask") -> TaskParameters:
    return TaskParameters(
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
        subdivision_level=body.subdivision_level,
        file_format=body.file_format,
    )


def _page(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    low, high = PAGES
    if not text.isdecimal() or len(text) > 9 or not low <= int(text) <= high:
        raise Refusal("http.query", parameter=name, reason=f"it must be a whole number from {low} to {high}")
    return int(text)
