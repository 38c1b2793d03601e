"""PowerTokens: Ark's API with its own list of models, without flex, and with holds."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.gateway_policy import Bill
from ark_emulator.core.task.values import Submission, Task
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.base import DialectRequest

MODEL = "dreamina-seedance-2-0-260128"
POWERTOKENS = DIALECTS["powertokens"]


def submission(**fields: Any) -> Submission:
    body = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}], **fields}
    return POWERTOKENS.submission(DialectRequest(json.dumps(body).encode(), "sk-test", "http://127.0.0.1:7333", {}))


def refused(**fields: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        submission(**fields)
    return caught.value


@pytest.mark.parametrize(
    "model",
    [
        *("seedance-1-5-pro-251215", "seedance-1-0-pro-250528", "seedance-1-0-pro-fast-251015"),
        *(MODEL, "dreamina-seedance-2-0-fast-260128", "ep-20260101000000-abcde"),
    ],
)
def test_documented_models_and_endpoints_are_accepted(model: str) -> None:
    assert submission(model=model).model == model


@pytest.mark.parametrize("model", ["doubao-seedance-2-0-260128", "dreamina-seedance-2-0", "sora-2"])
def test_any_other_model_has_no_channel(model: str) -> None:
    assert refused(model=model).key == "gateway.model_unavailable"


def test_flex_is_rejected_and_an_explicit_default_accepted() -> None:
    assert refused(model="seedance-1-5-pro-251215", service_tier="flex").slots["parameter"] == "service_tier"
    assert submission(service_tier="default").parameters.service_tier == "default"


def test_a_task_has_a_hold_and_ark_sends_its_callbacks() -> None:
    terms = submission().terms
    assert terms.bill == Bill(hold=875_000)
    assert terms.callback_statuses is None and terms.gives_up_after is None


def test_an_endpoint_costs_what_its_model_turns_out_to_cost() -> None:
    assert submission(model="ep-20260101000000-abcde").terms.bill == Bill(hold=0)


def test_its_tasks_have_no_other_id_than_arks(make_task: Callable[..., Task]) -> None:
    task = make_task()
    assert POWERTOKENS.created_response(task) == {"id": task.id}
    assert POWERTOKENS.knows(task, task.id)
