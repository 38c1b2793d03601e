"""The Agent Plan: Ark's API, the plan's model names, and the recorded error for all other models."""

import json

import pytest
from ark_emulator.core.facts.agent_plan_models import offer
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.base import DialectRequest

PLAN = DIALECTS["agent-plan"]


def submission(model: str) -> Submission:
    body = {"model": model, "content": [{"type": "text", "text": "a cat"}]}
    return PLAN.submission(DialectRequest(json.dumps(body).encode(), "sk-test", "http://127.0.0.1:7333", {}))


@pytest.mark.parametrize(
    ("requested", "run"),
    [
        ("doubao-seedance-2.0", "doubao-seedance-2-0-260128"),
        ("doubao-seedance-2.0-fast", "doubao-seedance-2-0-fast-260128"),
        ("doubao-seedance-2.0-mini", "doubao-seedance-2-0-mini-260615"),
        ("doubao-seedance-1.5-pro", "doubao-seedance-1-5-pro-251215"),
        ("doubao-seedance-2-0-260128", "doubao-seedance-2-0-260128"),
        ("doubao-seedance-2-0-mini", "doubao-seedance-2-0-mini-260615"),
    ],
)
def test_a_dotted_name_and_a_dated_one_are_mapped_to_what_the_plan_runs(requested: str, run: str) -> None:
    found = submission(requested)
    assert (found.model, found.named) == (run, requested)


@pytest.mark.parametrize(
    "model",
    [
        *("doubao-seedance-2-5-260628", "doubao-seedance-2.5", "dreamina-seedance-2-0-260128", "seedance-2.0", "auto"),
        *(
            "doubao-seedance-1-0-pro-250528",
            "doubao-seed-2.1-pro",
            "doubao-seedream-5.0-lite",
            "ep-1",
            "Doubao-Seedance-2.0",
        ),
    ],
)
def test_a_model_that_the_plan_does_not_have_is_refused_in_the_recorded_words(model: str) -> None:
    with pytest.raises(Refusal) as caught:
        submission(model)
    document = caught.value.render()
    assert (document.status, document.code, document.param, document.type) == (404, "UnsupportedModel", "", "")
    assert document.message == (
        "The requested model does not support the agent plan feature. Please refer to the documentation at "
        "https://www.volcengine.com/docs/82379/2366394 to select a compatible model."
    )


def test_1_5_pro_stops_on_the_plan_before_it_does_elsewhere() -> None:
    found = offer("doubao-seedance-1.5-pro")
    assert found is not None and found.stopped_from is not None
    assert not found.stopped(found.stopped_from - 1) and found.stopped(found.stopped_from)
    assert found.stopped_from == 1789970400
    assert offer(found.replacement) is not None
    assert not offer("doubao-seedance-2.0").stopped(4e9)
