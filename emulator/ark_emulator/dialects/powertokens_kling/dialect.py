"""The dialect of Kling at PowerTokens: `/kling/v1/videos`, with the gateway's keys, ids and holds (documented)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.values import Submission, Task
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest, DialectResponse, read_call
from ark_emulator.dialects.kling import response
from ark_emulator.dialects.kling.dialect import KlingDialect, kling_names, with_kling_failure
from ark_emulator.dialects.kling.errors import kling_error_response
from ark_emulator.dialects.newapi.dialect import PollFormat
from ark_emulator.dialects.newapi.request import GatewaySubmit, SubmitBody, check_model
from ark_emulator.dialects.newapi.traits import Price, Shape, Traits
from ark_emulator.dialects.powertokens import dialect as powertokens

NAME: Final = "powertokens-kling"
ENDPOINTS: Final = ("text2video", "image2video")
"""Kling's endpoints that are served here."""
_IMAGES: Final = ("image", "image_tail")
_LISTS: Final = ("image_list", "video_list")


class PowerTokensKling(KlingDialect):
    """Kling's requests and responses. A task has the gateway's public id in place of Kling's."""

    shows_others = False

    def __init__(self, traits: Traits, ark: ArkDialect) -> None:
        own = replace(traits, lag=0.0, envelope=("message", "type", "code"), callbacks="upstream", range=True)
        super().__init__(NAME, powertokens.NAME, own, ark)

    def upstream_model(self, requested: str) -> str | None:
        """Return the model if it is one of Kling's own names, else None."""
        return requested if requested in kling_names() else None

    def poll_formats(self, task: Task) -> Mapping[str, PollFormat]:
        """Return the one path under which the gateway shows a task, which depends on its endpoint."""
        endpoint = ENDPOINTS[any(task.submission.own.get(name) for name in _IMAGES)]
        return {f"/kling/v1/videos/{endpoint}/{task.alias}": self.generations}

    def read_submit(self, call: DialectRequest) -> SubmitBody:
        """Return the body of a submit, its model under the name that the gateway checks. Raises Refusal."""
        document = read_call(call, lambda reason: Refusal("http.json", reason=reason))
        if not isinstance(document, dict):
            raise Refusal("http.not_an_object")
        named = document.get("model_name") or document.get("model")
        return SubmitBody({**document, "model": named})

    def parse_endpoint_submit(self, body: SubmitBody, endpoint: str) -> GatewaySubmit:
        """Return the submit to an endpoint. Raises Refusal for an unknown model or a missing picture."""
        model = check_model(body)
        if self.upstream_model(model) is None:
            raise Refusal("gateway.model_unavailable", model=model)
        fields = {name: value for name, value in body.document.items() if name not in _LISTS}
        if endpoint == "text2video":
            fields = {name: value for name, value in fields.items() if name not in _IMAGES}
        elif not any(fields.get(name) for name in _IMAGES):
            raise Refusal("kling.missing", parameter="image", reason="")
        prompt = fields.pop("prompt", None)
        return GatewaySubmit(model, prompt if isinstance(prompt, str) else "", (), None, fields)

    def submission(self, call: DialectRequest) -> Submission:
        """Return the submission of a request, with the endpoint that its fields imply."""
        body = self.read_submit(call)
        endpoint = ENDPOINTS[any(body.document.get(name) for name in _IMAGES)]
        submit = self.parse_endpoint_submit(body, endpoint)
        return self.to_submission(submit, call, self.price(submit))

    def gateway_policy(self, priced: Price) -> GatewayPolicy:
        """Return a policy with the bill alone: nothing else is the gateway's own."""
        return GatewayPolicy(bill=priced.bill)

    def serialize(self, task: TaskView, shape: Shape) -> dict[str, Any]:
        """Return Kling's response to a poll."""
        return _renamed(response.poll_body(with_kling_failure(task)), task.alias)

    def submit_created(self, task: TaskView) -> DialectResponse:
        """Return Kling's response to a submit."""
        return DialectResponse(200, self.encode(_renamed(response.created_body(task), task.alias)))

    def created_response(self, task: Task) -> dict[str, Any]:
        """Return a response with the id alone, for callers that have no view of the task."""
        return {"code": 0, "data": {"task_id": task.alias}}

    def status(self, task: TaskView) -> str:
        """Return Kling's name of the status."""
        return response.STATUSES[task.status]

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        """Return the gateway's envelope for keys, models and balances, and Kling's body for all other errors."""
        if refusal.key.startswith(("auth.", "gateway.", "http.", "server.")):
            return super().error_response(refusal, request_id)
        return kling_error_response(refusal, request_id)


def _renamed(document: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    return {**document, "data": {**document["data"], "task_id": name}}
