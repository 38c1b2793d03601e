"""The dialect of new-api gateways: one adapter for all of them, which differ by their traits alone."""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task import ids
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.values import DAY, Status, Submission, Task
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest, DialectResponse
from ark_emulator.dialects.newapi.errors import JSON_UTF8, ErrorTexts, UpstreamReply, go_json, language_of, request_id
from ark_emulator.dialects.newapi.request import (
    GatewaySubmit,
    SubmitBody,
    accepted_body,
    check_model,
    check_names,
    parse_submit,
    read_body,
)
from ark_emulator.dialects.newapi.response import REQUESTED_MODEL, UpstreamFormat, label, openai_object, record
from ark_emulator.dialects.newapi.to_ark import has_video_input, upstream_document
from ark_emulator.dialects.newapi.traits import Price, Shape, Traits, price, upstream_model

RECORD_LIFETIME: Final = 365 * DAY
"""Seconds for which a gateway keeps its record of a task. New-api never deletes it; the year is ours."""
RATIOS: Final = "ratios"
"""The extra of a submission that holds the named ratios of its price."""


@dataclass(frozen=True, slots=True)
class PollFormat:
    """One shape in which a gateway serializes a task; `name` distinguishes the cached bodies of different formats."""

    name: str
    shape: Shape
    dialect: "NewApiDialect"
    direct: bool = False

    def knows(self, task: Task, name: str) -> bool:
        """Return whether the name is the public id of a task of this gateway."""
        return self.dialect.knows(task, name)

    def task_document(self, task: TaskView) -> dict[str, Any]:
        """Return the task in this shape."""
        return self.dialect.serialize(task, self.shape)

    def encode(self, document: object) -> bytes:
        """Return JSON bytes as the gateway writes them."""
        return self.dialect.encode(document)


class NewApiDialect:
    """A gateway in front of Ark. `ark` is the dialect of the upstream; a subclass may serve another upstream.

    `gateway` is the gateway whose errors, models and prices apply, if the dialect serves only some of its models.

    A submit is processed in steps, because the hold is checked between them. `parse_submit` reads it and makes the
    gateway's own checks, `price` returns what it will cost, and `to_submission` builds the request to the upstream.
    """

    direct = False
    bare_keys = True
    shows_others = True
    """Whether it can show a task of another gateway as if it had been submitted here."""

    def __init__(self, name: str, traits: Traits, ark: ArkDialect, gateway: str | None = None) -> None:
        self.name = name
        self.gateway = gateway or name
        self.traits = traits
        self.generations = PollFormat(name, traits.poll, self)
        self.videos = PollFormat(f"{name} videos", traits.poll_videos, self)
        self._ark = ark
        self._upstream_format = UpstreamFormat(
            lambda task: {"id": task.id}, ark.task_document, ark.callback_body, not_found_format(ark.error_response)
        )
        self._errors = ErrorTexts(self.gateway, traits, ark.error_response)
        self._translated: dict[str, NewApiDialect] = {}

    def submission(self, call: DialectRequest) -> Submission:
        """Return the submission of a request. Raises Refusal if the gateway rejects it, or the upstream its shape."""
        submit = self.parse_submit(self.accept_body(read_body(call)))
        return self.to_submission(submit, call, self.price(submit))

    def accept_body(self, body: SubmitBody) -> SubmitBody:
        """Return the body of a submit as this gateway reads it. Raises Refusal if its model is not a string."""
        found = accepted_body(body, self.traits)
        check_names(found, self.traits)
        return found

    def denies_model(self, body: SubmitBody, allows: Callable[[str], bool]) -> bool:
        """Return whether a key that `allows` some models may not use that of a submit.

        Stock checks this before it checks whether a model is named at all.
        """
        return (self.as_source or bool(body.model)) and not allows(body.model)

    def in_language_of(self, accepted: str) -> "NewApiDialect":
        """Return the dialect with error messages in the language of an Accept-Language header."""
        language = language_of(accepted) if accepted and self.as_source else None
        if language is None:
            return self
        if language not in self._translated:
            self._translated[language] = found = copy(self)
            found._errors = self._errors.translated(language)
        return self._translated[language]

    @property
    def as_source(self) -> bool:
        """Return whether requests are read as new-api's source reads them."""
        return self.traits.reading == "source"

    def parse_submit(self, body: SubmitBody) -> GatewaySubmit:
        """Return the parsed submit. Raises Refusal for a missing model first, then in the order of the source."""
        model = check_model(body)
        if self.upstream_model(model) is None:
            raise Refusal("gateway.model_unavailable", model=model)
        return parse_submit(body, self.traits)

    def upstream_model(self, requested: str) -> str | None:
        """Return the upstream's model for the requested one, None if no channel serves it."""
        return upstream_model(self.gateway, requested)

    def price(self, submit: GatewaySubmit) -> Price:
        """Return the price of the submit. Raises Refusal if the model has no price."""
        resolution = submit.metadata.get("resolution")
        known = resolution.lower() if isinstance(resolution, str) else None
        found = price(self.gateway, submit.model, self._upstream(submit), known, with_video=has_video_input(submit))
        if found is None:
            raise Refusal("gateway.unpriced", model=submit.model)
        return found

    def to_submission(self, submit: GatewaySubmit, call: DialectRequest, priced: Price) -> Submission:
        """Return the submission to the upstream. Raises Refusal for invalid metadata or a shape that the upstream
        rejects.
        """
        document = upstream_document(submit, self._upstream(submit), self.traits)
        understood = self._ark.submission_from(document, call)
        extras = MappingProxyType({REQUESTED_MODEL: submit.model, RATIOS: priced.ratios})
        return replace(
            understood, dialect=self.name, named=submit.model, extras=extras, terms=self.gateway_policy(priced)
        )

    def gateway_policy(self, priced: Price) -> GatewayPolicy:
        """Return the gateway's polling and billing policy for a task."""
        traits = self.traits
        own = frozenset(traits.ends) | {Status.FAILED.value} if traits.callbacks == "own" else None
        return GatewayPolicy(
            looks_every=traits.lag,
            gives_up_after=None if traits.gives_up_minutes is None else traits.gives_up_minutes * 60,
            ends=frozenset(traits.ends),
            callback_statuses=own,
            bill=priced.bill,
            keeps=RECORD_LIFETIME,
        )

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """Return the public id: `task_` and 32 letters and digits."""
        return ids.public_task_id(dice, key, number)

    def knows(self, task: Task, name: str) -> bool:
        """Return whether the name is the public id of a task of this gateway."""
        return name == task.alias and task.submission.dialect == self.name

    def created_response(self, task: Task) -> dict[str, Any]:
        """Return the flat body of the response to a submit."""
        return {
            "id": task.alias,
            "task_id": task.alias,
            "object": "video",
            "model": task.submission.extras[REQUESTED_MODEL],
            "status": self.traits.submit_status,
            "progress": 0,
            "created_at": int(task.plan.accepted_at),
        }

    def submit_response(self, task: Task) -> DialectResponse:
        """Return the whole response to a submit."""
        headers = {"Content-Type": JSON_UTF8}
        if self.traits.ratio_header:
            headers["X-New-Api-Other-Ratios"] = go_json(task.submission.extras[RATIOS]).decode()
        return DialectResponse(200, self.encode(self.created_response(task)), headers)

    def task_document(self, task: TaskView) -> dict[str, Any]:
        """Return the task as `GET /v1/video/generations/{id}` shows it."""
        return self.generations.task_document(task)

    def serialize(self, task: TaskView, shape: Shape) -> dict[str, Any]:
        """Return the task in one of the shapes of the gateway."""
        row = _record_of(task)
        match shape:
            case "openai":
                return self.openai(task, row)
            case "flat":
                return self.record(task, row)
            case "wrapped":
                return {"code": "success", "message": "", "data": self.record(task, row)}

    def poll_formats(self, task: Task) -> Mapping[str, PollFormat]:
        """Return the paths under which the gateway shows a task, each with its format."""
        name = task.alias or task.id
        return {f"/v1/video/generations/{name}": self.generations, f"/v1/videos/{name}": self.videos}

    def record(self, task: TaskView, row: GatewayRecord) -> dict[str, Any]:
        """Return the gateway's record of the task."""
        return record(task, row, self.traits, self._upstream_format)

    def openai(self, task: TaskView, row: GatewayRecord) -> dict[str, Any]:
        """Return the task as OpenAI's video object."""
        return openai_object(task, row, self.traits)

    def status(self, task: TaskView) -> str:
        """Return the gateway's name of the status."""
        return label(self.traits, _record_of(task))[0]

    def callback_body(self, task: TaskView) -> bytes:
        """Return the body of a callback: the poll if the gateway itself calls back, else the upstream's callback."""
        if self.traits.callbacks == "own":
            return self.encode(self.task_document(task))
        return self._upstream_format.callback(task)

    def encode(self, document: object) -> bytes:
        """Return JSON bytes as Go writes them."""
        return go_json(document, escapes=self.traits.escapes)

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        """Return the gateway's response to a request that it or the upstream rejected."""
        return self._errors.error_response(refusal, request_id)

    def headers(self, request_id_upstream: str, request_headers: Mapping[str, str], status: int) -> Mapping[str, str]:
        """Return the gateway's own headers, including its request id."""
        own = request_id(request_id_upstream)
        found = {name: value.format_map({"rid": own}) for name, value in self.traits.headers.items()}
        return {**found, **cors(request_headers)} if self.traits.cors == "source" else found

    def _upstream(self, submit: GatewaySubmit) -> str:
        found = self.upstream_model(submit.model)
        if found is None:
            raise Refusal("gateway.model_unavailable", model=submit.model)
        return found


def cors(request_headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the CORS headers of new-api for a request from another origin, none for any other request."""
    origin = request_headers.get("Origin")
    if not origin or origin.partition("://")[2] == request_headers.get("Host"):
        return {}
    return {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


def not_found_format(refused: UpstreamReply) -> Callable[[TaskView], dict[str, Any]]:
    """Return a format that is the upstream's error for a task it no longer has."""

    def serialize(task: TaskView) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(refused(Refusal("task.not_found", id=task.id), task.plan.name).body)
        return document

    return serialize


def _record_of(task: TaskView) -> GatewayRecord:
    if task.row is None:
        raise ValueError("a gateway shows a task as it last saw it, so the view needs its record")
    return task.row
