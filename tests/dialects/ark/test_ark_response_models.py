"""The published models of Ark's responses match what the dialect serializes, and reject anything else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import view
from ark_emulator.core.task.values import Mark, Status, Task
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.ark.response_models import ErrorEnvelope, PowerTokensRefusal, TaskCreated, TaskObject
from pydantic import ValidationError

ID = "02" + "1790000000123" + "0123456789abcdef0123456789abcdef012345"
ARK = DIALECTS["ark"]
assert isinstance(ARK, ArkDialect)


@pytest.mark.parametrize("status", list(Status))
def test_a_task_matches_its_description_at_every_status(make_task: Callable[..., Task], status: Any) -> None:
    seen = view(make_task(), Mark(status, 1_790_000_005.0), lambda _, __, path: f"https://s.example{path}", "f")
    found = TaskObject.model_validate_json(ARK.encode(ARK.task_document(seen)), strict=True)
    assert (found.status, found.content is not None) == (status.value, status is Status.SUCCEEDED)


def test_an_undescribed_field_is_rejected() -> None:
    with pytest.raises(ValidationError):
        TaskCreated.model_validate({"id": "cgt-20260921131320-bbbbb", "other": 1})


def test_an_error_matches_its_description() -> None:
    body = ARK.error_response(Refusal("server.internal"), "r").body
    assert ErrorEnvelope.model_validate_json(body, strict=True).error.code == "InternalServiceError"
    assert isinstance(PowerTokensRefusal.model_validate_json(body).root, ErrorEnvelope)
    own = DIALECTS["powertokens"].error_response(Refusal("gateway.model_unavailable", model="x"), ID).body
    described = PowerTokensRefusal.model_validate_json(own).root.error
    assert list(json.loads(own)["error"]) == list(type(described).model_fields)
