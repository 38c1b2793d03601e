"""The dialect of Kling behind a new-api gateway: the gateway's routes and records, with Kling as the upstream.

Submits are read by Kling's fields and sent to Kling, whose rules check them. Traits of Kling's adaptor in `kling.json`
override those of the gateway.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.facts import kling_fields
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord, GatewayStatus
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.values import Submission
from ark_emulator.data import load
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.kling import request, response
from ark_emulator.dialects.kling.errors import kling_error_response, kling_failure
from ark_emulator.dialects.newapi.dialect import RATIOS, NewApiDialect, not_found_format
from ark_emulator.dialects.newapi.errors import ErrorTexts
from ark_emulator.dialects.newapi.request import GatewaySubmit
from ark_emulator.dialects.newapi.response import REQUESTED_MODEL, STATUSES, UpstreamFormat, fail_reason, label
from ark_emulator.dialects.newapi.traits import Price, Shape, Traits, price

PLATFORM: Final = "50"
"""Kling's number among the channels of new-api (source)."""


class KlingDialect(NewApiDialect):
    """A gateway's dialect for the models that it delegates to Kling."""

    def __init__(self, name: str, gateway: str, traits: Traits, ark: ArkDialect) -> None:
        super().__init__(name, replace(traits, **_own_traits()), ark)
        self._gateway = gateway
        self._errors = ErrorTexts(gateway, self.traits, kling_error_response)
        self._upstream_format = UpstreamFormat(
            response.created_body, response.poll_body, self._callback, not_found_format(kling_error_response)
        )

    def upstream_model(self, requested: str) -> str | None:
        """Return Kling's name of the model, None if no channel serves it."""
        return _names().get(requested)

    def price(self, submit: GatewaySubmit) -> Price:
        """Return the price of the submit: the gateway's hold, and units counted as tokens on settlement."""
        found = price(self._gateway, submit.model, self._upstream(submit), None, with_video=False)
        if found is None:
            raise Refusal("gateway.unpriced", model=submit.model)
        return found

    def to_submission(self, submit: GatewaySubmit, call: DialectRequest, priced: Price) -> Submission:
        """Return the submission to Kling, whose own rules check its fields."""
        converted = request.kling_request(submit)
        return Submission(
            dialect=self.name,
            key=call.key,
            model=self._upstream(submit),
            items=converted.items,
            parameters=converted.parameters,
            origin=call.origin,
            trace=call.headers.get("traceparent"),
            extras=MappingProxyType({REQUESTED_MODEL: submit.model, RATIOS: priced.ratios}),
            terms=self.gateway_policy(priced),
            named=submit.model,
            upstream=Upstream.KLING,
            own=converted.own,
        )

    def serialize(self, task: TaskView, shape: Shape) -> dict[str, Any]:
        """Return the task in one of the shapes of the gateway, a failure with Kling's message."""
        return super().serialize(with_kling_failure(task), shape)

    def callback_body(self, task: TaskView) -> bytes:
        """Return the body of a callback: the poll if the gateway itself calls back, else Kling's task object alone."""
        return super().callback_body(with_kling_failure(task))

    def record(self, task: TaskView, row: GatewayRecord) -> dict[str, Any]:
        """Return the gateway's record of the task, with Kling's platform and action as the channel."""
        found = super().record(task, row)
        own = {"platform": PLATFORM, "action": kling_fields.action(task.submission.own)}
        return found | {name: value for name, value in own.items() if name in found}

    def openai(self, task: TaskView, row: GatewayRecord) -> dict[str, Any]:
        """Return OpenAI's video object as Kling's adaptor fills it (source).

        It has no model and no `task_id`, its times are in milliseconds, and it has no `metadata` before a success.
        """
        status, progress = label(self.traits, row)
        moment = int(task.plan.accepted_at * 1000)
        written_at = moment if row.status is GatewayStatus.UNSEEN else response.updated_at(task)
        document: dict[str, Any] = {"id": task.alias, "object": "video", "model": "", "status": STATUSES[status]}
        document |= {"progress": progress, "created_at": moment, "completed_at": written_at}
        if row.status is GatewayStatus.SUCCEEDED:
            document["seconds"] = response.clip_seconds(task)
            document["metadata"] = {"url": task.video_url or ""}
        if status == "FAILURE" and row.status is not GatewayStatus.GIVEN_UP:
            document["error"] = {"message": fail_reason(task, row, self.traits), "code": ""}
        return document

    def _callback(self, task: TaskView) -> bytes:
        return self.encode(response.task_object(task))


def with_kling_failure(task: TaskView) -> TaskView:
    """Return the task, its failure with Kling's message."""
    return task if task.failure is None else replace(task, failure=kling_failure(task.failure))


def _own_traits() -> dict[str, Any]:
    return {row["trait"]: row["value"] for row in load("kling")["traits"]}


def kling_names() -> frozenset[str]:
    """Return Kling's own names of its models."""
    return frozenset(_names().values())


@cache
def _names() -> Mapping[str, str]:
    return MappingProxyType({row["asked"]: row["upstream"] for row in load("kling")["names"]})
