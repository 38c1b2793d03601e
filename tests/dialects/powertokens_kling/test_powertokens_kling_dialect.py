"""Kling at PowerTokens: endpoints, model names, public ids and the two error formats."""

import json
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import view
from ark_emulator.core.plan.outcome import SUCCESS
from ark_emulator.core.plan.planning import CreationContext, accept
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE
from ark_emulator.core.task.values import Mark, Status
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.powertokens_kling.dialect import PowerTokensKling

T = 1_790_000_000.0
ID = "02" + "1790000000123" + "0123456789abcdef0123456789abcdef012345"
PNG = "https://example.com/a.png"
KLING = DIALECTS["powertokens-kling"]
assert isinstance(KLING, PowerTokensKling)


def call(body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return DialectRequest(raw, "sk-test", "http://127.0.0.1:7333", {"content-type": "application/json"})


def submission(**fields: Any) -> Any:
    return KLING.submission(call({"model_name": "kling-v3", "prompt": "a cat", **fields}))


@pytest.fixture
def task() -> Any:
    found = submission()
    intent = understand(found, catalogue.of_family(found.model), found.model, NO_EVIDENCE)
    return accept(intent, SUCCESS, CreationContext(Dice(7), "0a0b0c0d", found.key, 0, T, alias="task_b"))


def seen(task: Any, status: Any) -> Any:
    return view(task, Mark(status, T + 5), lambda _, __, path: f"https://s.example{path}", "kling-v3")


@pytest.mark.parametrize("name", ["model", "model_name"])
def test_kling_model_names_are_accepted_in_either_field(name: Any) -> None:
    found = KLING.submission(call({name: "kling-v3", "prompt": "a cat"}))
    assert (found.model, found.dialect) == ("kling-v3", "powertokens-kling")
    assert found.terms.callback_statuses is None


def test_another_model_has_no_channel() -> None:
    with pytest.raises(Refusal) as caught:
        submission(model_name="kling/kling-v3")
    assert caught.value.key == "gateway.model_unavailable"


@pytest.mark.parametrize(("body", "key"), [(b"{", "http.json"), (b"[]", "http.not_an_object")])
def test_what_is_no_object_is_refused(body: Any, key: Any) -> None:
    with pytest.raises(Refusal) as caught:
        KLING.submission(call(body))
    assert caught.value.key == key


def test_an_endpoint_reads_the_fields_that_it_has() -> None:
    submit = KLING.read_submit(call({"model": "kling-v3", "prompt": "a cat", "image": PNG, "image_list": [PNG]}))  # type: ignore[attr-defined]
    assert KLING.parse_endpoint_submit(submit, "image2video").metadata["image"] == PNG  # type: ignore[attr-defined]
    fields = KLING.parse_endpoint_submit(submit, "text2video").metadata  # type: ignore[attr-defined]
    assert not {"image", "image_list"} & fields.keys()


def test_image2video_needs_a_picture() -> None:
    with pytest.raises(Refusal) as caught:
        KLING.parse_endpoint_submit(KLING.read_submit(call({"model": "kling-v3", "prompt": "a cat"})), "image2video")  # type: ignore[attr-defined]
    assert (caught.value.key, caught.value.slots["parameter"]) == ("kling.missing", "image")


def test_the_path_of_a_task_has_its_endpoint_and_public_id(task: Any) -> None:
    assert list(KLING.poll_formats(task)) == ["/kling/v1/videos/text2video/task_b"]  # type: ignore[attr-defined]
    pictured = replace(task, submission=submission(image=PNG))
    assert list(KLING.poll_formats(pictured)) == ["/kling/v1/videos/image2video/task_b"]  # type: ignore[attr-defined]
    assert KLING.created_response(task) == {"code": 0, "data": {"task_id": "task_b"}}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.QUEUED, "submitted"),
        (Status.RUNNING, "processing"),
        (Status.SUCCEEDED, "succeed"),
        (Status.FAILED, "failed"),
    ],
)
def test_answers_are_klings_with_the_public_id(task: Any, status: Any, word: Any) -> None:
    found = seen(task, status)
    data = KLING.serialize(found, "flat")["data"]  # type: ignore[attr-defined]
    assert (data["task_id"], data["task_status"], KLING.status(found)) == ("task_b", word, word)  # type: ignore[attr-defined]
    assert json.loads(KLING.submit_created(found).body)["data"]["task_id"] == "task_b"  # type: ignore[attr-defined]


def test_the_gateway_refuses_in_its_own_envelope_and_kling_in_its_own() -> None:
    gateway = json.loads(KLING.error_response(Refusal("gateway.model_unavailable", model="x"), ID).body)
    assert list(gateway["error"]) == ["message", "type", "code"]
    kling = json.loads(KLING.error_response(Refusal("kling.missing", parameter="image", reason=""), ID).body)
    assert "error" not in kling
    assert kling["code"] > 0
