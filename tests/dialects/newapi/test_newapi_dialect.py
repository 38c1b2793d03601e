"""The dialect of gateways: responses to submits, records in every shape and state, policies and callbacks."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord, GatewayStatus
from ark_emulator.core.gateway_view.task_view import TaskView, view
from ark_emulator.core.task.gateway_policy import Bill
from ark_emulator.core.task.values import Mark, Status, Submission, Task
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects import DIALECTS, build_dialects
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.newapi.dialect import NewApiDialect
from ark_emulator.dialects.newapi.request import SubmitBody
from ark_emulator.dialects.newapi.response import STATUSES
from ark_emulator.dialects.newapi.trait_checks import InvalidTrait
from ark_emulator.dialects.newapi.traits import GATEWAYS

T = 1_790_000_000.0
MODELS = {
    "newapi": "doubao-seedance-2-0-260128",
    "orcarouter": "byteplus/dreamina-seedance-2-0-260128",
    "easyrouter": "dreamina-seedance-2-0",
    "tokenbay": "seedance-2.0",
}


def submission(gateway: str, **fields: Any) -> Submission:
    body = {"model": MODELS[gateway], "prompt": "a cat", **fields}
    call = DialectRequest(
        json.dumps(body).encode(), "sk-test", "http://127.0.0.1:7333", {"content-type": "application/json"}
    )
    return DIALECTS[gateway].submission(call)


@pytest.fixture
def seen(make_task: Callable[..., Task]) -> Callable[..., TaskView]:
    """Return a function that creates the view of a gateway's task in one of the eight states."""

    def make(gateway: str, state: str = "succeeded", **fields: Any) -> TaskView:
        task = replace(make_task(), submission=submission(gateway, **fields), alias="task_" + "a" * 32)
        mark = Mark(Status(state) if state in list(Status) else Status.RUNNING, T + 5)
        started = None if state in ("unseen", "queued", "cancelled") else T + 1
        finished = T + 5 if state in {*task.submission.terms.ends, "given-up"} else None
        row = GatewayRecord(GatewayStatus(state), mark, T + 5, started, finished)
        return view(
            task, mark, lambda _, __, path: f"https://storage.example{path}?a=1&b=2", "dreamina-seedance-2-0", row
        )

    return make


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_submit_carries_the_upstreams_model_and_remembers_its_own(gateway: str) -> None:
    found = submission(gateway)
    assert found.model in ("dreamina-seedance-2-0-260128", "doubao-seedance-2-0-260128")
    assert found.extras["asked_model"] == MODELS[gateway]
    assert (found.dialect, found.prompt) == (gateway, "a cat")


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_model_that_no_channel_serves_is_refused(gateway: str) -> None:
    for model in ("sora-2", "kling/kling-v3", "byteplus/seedance-1-5-pro"):
        with pytest.raises(Refusal) as caught:
            submission(gateway, model=model)
        assert caught.value.key == "gateway.model_unavailable"


def test_stock_serves_every_model_of_every_gateway() -> None:
    assert submission("newapi", model="seedance-2.0-fast").model == "dreamina-seedance-2-0-fast-260128"
    assert submission("newapi", model="seedance-1-5-pro").model == "seedance-1-5-pro"
    assert submission("newapi", model="ep-20260101-abcde").model == "ep-20260101-abcde"


def test_a_model_without_a_price_is_rejected() -> None:
    with pytest.raises(Refusal) as caught:
        submission("newapi", model="doubao-seed3d-1-0-250928")
    assert caught.value.key == "gateway.unpriced"


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_the_response_to_a_submit_is_flat_and_has_the_requested_model(
    gateway: str, make_task: Callable[..., Task]
) -> None:
    dialect = DIALECTS[gateway]
    assert isinstance(dialect, NewApiDialect)
    task = replace(make_task(), submission=submission(gateway), alias="task_b")
    reply = dialect.submit_response(task)
    assert list(json.loads(reply.body)) == ["id", "task_id", "object", "model", "status", "progress", "created_at"]
    assert json.loads(reply.body)["model"] == MODELS[gateway]
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"


def test_stock_sends_the_ratios_of_a_price_with_the_response(make_task: Callable[..., Task]) -> None:
    content = [{"type": "video_url", "video_url": {"url": "https://e/a.mp4"}, "role": "reference_video"}]
    task = replace(make_task(), submission=submission("newapi", metadata={"content": content}), alias="task_b")
    result = json.loads(DIALECTS["newapi"].submit_response(task).headers["X-New-Api-Other-Ratios"])  # type: ignore[attr-defined]
    assert result == {"video_input": pytest.approx(28 / 46)}
    assert task.submission.terms.bill.hold == int(3.5 / 2 * 500_000 * 28 / 46)


def test_a_public_id_is_task_and_32_letters_and_digits() -> None:
    found = DIALECTS["newapi"].alias(Dice(7), "sk-test", 3)
    assert found is not None
    assert found.startswith("task_") and len(found) == 37 and found[5:].isalnum()


@pytest.mark.parametrize(("gateway", "state"), list(product(GATEWAYS, GatewayStatus)))
def test_every_gateway_serializes_every_state_in_every_shape(
    gateway: str, state: GatewayStatus, seen: Callable[..., TaskView]
) -> None:
    dialect = DIALECTS[gateway]
    assert isinstance(dialect, NewApiDialect)
    for shape in ("wrapped", "flat", "openai"):
        document = json.loads(dialect.encode(dialect.serialize(seen(gateway, state), shape)))
        inner = document.get("data", document) if shape == "wrapped" else document
        assert inner["status"] in (STATUSES.values() if shape == "openai" else STATUSES)


STATES = [
    ("newapi", "unseen", "NOT_START", "0%", "unknown", 0),
    ("newapi", "queued", "QUEUED", "10%", "queued", 10),
    ("newapi", "running", "IN_PROGRESS", "50%", "in_progress", 50),
    ("newapi", "succeeded", "SUCCESS", "100%", "completed", 100),
    ("newapi", "failed", "FAILURE", "100%", "failed", 100),
    ("newapi", "expired", "IN_PROGRESS", "30%", "in_progress", 30),
    ("newapi", "cancelled", "IN_PROGRESS", "30%", "in_progress", 30),
    ("newapi", "given-up", "FAILURE", "100%", "failed", 100),
    ("orcarouter", "queued", "SUBMITTED", "10%", "queued", 10),
    ("orcarouter", "expired", "FAILURE", "100%", "failed", 100),
    ("easyrouter", "queued", "QUEUED", "10%", "queued", 10),
    ("easyrouter", "cancelled", "FAILURE", "100%", "failed", 100),
    ("tokenbay", "running", "IN_PROGRESS", "50%", "in_progress", 50),
]


@pytest.mark.parametrize(("gateway", "state", "status", "progress", "openai", "number"), STATES)
def test_a_state_has_the_gateways_word_and_openais(
    gateway: str, state: str, status: str, progress: str, openai: str, number: int, seen: Callable[..., TaskView]
) -> None:
    dialect = DIALECTS[gateway]
    assert isinstance(dialect, NewApiDialect)
    flat, object_ = (dialect.serialize(seen(gateway, state), shape) for shape in ("flat", "openai"))
    assert (flat["status"], flat["progress"]) == (status, progress)
    assert (object_["status"], object_["progress"]) == (openai, number)


def test_a_failure_of_stock_has_its_reason_for_a_result(seen: Callable[..., TaskView]) -> None:
    given_up = DIALECTS["newapi"].task_document(seen("newapi", "given-up"))["data"]
    assert given_up["fail_reason"] == given_up["result_url"] == "任务超时（1440分钟）"
    assert "result_url" not in DIALECTS["easyrouter"].task_document(seen("easyrouter", "given-up"))["data"]


def test_of_an_upstream_error_only_the_message_is_kept(seen: Callable[..., TaskView]) -> None:
    view_ = seen("newapi", "failed")
    result = DIALECTS["newapi"].task_document(view_)["data"]
    assert view_.failure is not None
    assert result["fail_reason"] == view_.failure.message
    assert result["data"]["error"]["code"] == view_.failure.code
    openai = DIALECTS["newapi"].serialize(view_, "openai")  # type: ignore[attr-defined]
    assert openai["error"] == {"message": view_.failure.message, "code": view_.failure.code}


def test_a_task_given_up_shows_no_error_to_openais_clients(seen: Callable[..., TaskView]) -> None:
    assert "error" not in DIALECTS["newapi"].serialize(seen("newapi", "given-up"), "openai")  # type: ignore[attr-defined]


def test_the_quota_is_the_hold_until_it_is_settled_or_given_back(seen: Callable[..., TaskView]) -> None:
    quotas = {
        state: DIALECTS["easyrouter"].task_document(seen("easyrouter", state))["data"]["quota"]
        for state in GatewayStatus
    }
    assert quotas["running"] == quotas["unseen"] == 818_125
    assert quotas["succeeded"] == 356_375
    assert quotas["failed"] == quotas["given-up"] == quotas["expired"] == 0
    assert DIALECTS["newapi"].task_document(seen("newapi", "expired"))["data"]["quota"] == 875_000


def test_a_gateway_may_keep_showing_the_hold(seen: Callable[..., TaskView]) -> None:
    old = build_dialects({"easyrouter": {"quota": "hold"}})["easyrouter"]
    assert old.task_document(seen("easyrouter"))["data"]["quota"] == 818_125


def test_before_the_first_look_the_raw_body_is_that_of_the_submit(seen: Callable[..., TaskView]) -> None:
    unseen = seen("newapi", "unseen")
    assert DIALECTS["newapi"].task_document(unseen)["data"]["data"] == {"id": unseen.id}


def test_raw_bodies_are_sorted_as_go_sorts_them(seen: Callable[..., TaskView]) -> None:
    raw = DIALECTS["newapi"].task_document(seen("newapi"))["data"]["data"]
    assert list(raw) == sorted(raw)
    assert list(raw["usage"]) == ["completion_tokens", "total_tokens"]


def test_orcarouter_does_not_show_its_channels(seen: Callable[..., TaskView]) -> None:
    assert set(DIALECTS["orcarouter"].task_document(seen("orcarouter"))["data"]) == {
        *("task_id", "status", "progress", "result_url", "submit_time", "start_time", "finish_time", "fail_reason")
    }


def test_links_are_written_as_go_writes_them(seen: Callable[..., TaskView]) -> None:
    body = DIALECTS["newapi"].encode(DIALECTS["newapi"].task_document(seen("newapi")))
    assert b"&" not in body and b"?a=1\\u0026b=2" in body
    assert json.loads(body)["data"]["result_url"].endswith("?a=1&b=2")


def test_openais_object_has_whole_progress_and_seconds_as_text(seen: Callable[..., TaskView]) -> None:
    result = DIALECTS["easyrouter"].serialize(seen("easyrouter"), "openai")  # type: ignore[attr-defined]
    assert (result["object"], result["progress"], result["seconds"]) == ("video", 100, "5")
    assert result["metadata"]["url"].startswith("https://storage.example/")
    stock = DIALECTS["newapi"].serialize(seen("newapi"), "openai")  # type: ignore[attr-defined]
    assert list(stock) == [name for name in result if name != "seconds"]
    assert DIALECTS["newapi"].serialize(seen("newapi", "running"), "openai")["metadata"] == {"url": ""}  # type: ignore[attr-defined]


def test_terms_follow_the_traits() -> None:
    terms = submission("newapi").terms
    assert (terms.looks_every, terms.gives_up_after, terms.callback_statuses) == (30, 86_400, None)
    assert {submission(gateway).terms.looks_every for gateway in GATEWAYS if gateway != "newapi"} == {0}
    assert terms.ends == {"succeeded", "failed"}
    assert submission("orcarouter").terms.callback_statuses == {"succeeded", "failed", "expired", "cancelled"}
    assert submission("easyrouter").terms.bill == Bill(hold=818_125, ratio="1309/400")
    lagging = build_dialects({"newapi": {"lag": 15, "gives_up_minutes": None}})["newapi"]
    assert isinstance(lagging, NewApiDialect)
    submit = lagging.parse_submit(SubmitBody({"model": MODELS["newapi"], "prompt": "a cat"}))
    assert lagging.gateway_policy(lagging.price(submit)).looks_every == 15
    assert lagging.gateway_policy(lagging.price(submit)).gives_up_after is None


def test_the_sender_of_a_callback_determines_its_body(seen: Callable[..., TaskView]) -> None:
    assert "data" in json.loads(DIALECTS["orcarouter"].callback_body(seen("orcarouter")))
    assert json.loads(DIALECTS["easyrouter"].callback_body(seen("easyrouter")))["id"].startswith("cgt-")


def test_a_dialect_knows_its_own_tasks_by_its_own_ids(make_task: Callable[..., Task]) -> None:
    task = replace(make_task(), submission=submission("easyrouter"), alias="task_b")
    assert DIALECTS["easyrouter"].knows(task, "task_b")
    assert not DIALECTS["easyrouter"].knows(task, task.id)
    assert not DIALECTS["newapi"].knows(task, "task_b")
    assert DIALECTS["ark"].knows(task, task.id)
    assert not DIALECTS["ark"].knows(task, "task_b")


def test_every_response_has_the_gateways_request_id() -> None:
    upstream = "02" + "1790000000123" + "0" * 38
    headers = DIALECTS["newapi"].headers(upstream, {}, 200)
    assert set(headers) == {"X-Oneapi-Request-Id", "X-New-Api-Version"}
    assert set(DIALECTS["orcarouter"].headers(upstream, {}, 200)) == {
        "X-Oneapi-Request-Id",
        "Access-Control-Allow-Origin",
    }


@pytest.mark.parametrize("milliseconds", ["000", "001", "099", "100", "999"])
def test_a_request_id_always_has_39_characters(milliseconds: str) -> None:
    upstream = f"021790000000{milliseconds}" + "0" * 38
    assert len(DIALECTS["newapi"].headers(upstream, {}, 200)["X-Oneapi-Request-Id"]) == 39


def test_stock_sends_cors_headers_only_to_other_origins() -> None:
    upstream, host = "02" + "1790000000123" + "0" * 38, {"Host": "127.0.0.1:7333"}
    other = DIALECTS["newapi"].headers(upstream, {**host, "Origin": "https://app.example"}, 200)
    assert (other["Access-Control-Allow-Origin"], other["Access-Control-Allow-Credentials"]) == ("*", "true")
    own = DIALECTS["newapi"].headers(upstream, {**host, "Origin": "http://127.0.0.1:7333"}, 200)
    assert not [name for name in own if name.startswith("Access-Control")]


def test_a_gateway_cannot_show_a_task_it_has_no_record_of(seen: Callable[..., TaskView]) -> None:
    with pytest.raises(ValueError, match="record"):
        DIALECTS["newapi"].task_document(replace(seen("newapi"), row=None))


def test_a_trait_or_a_gateway_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidTrait, match="no such trait: 'lagg'"):
        build_dialects({"newapi": {"lagg": 15}})
    with pytest.raises(InvalidTrait, match="no such gateway: 'stock'"):
        build_dialects({"stock": {"lag": 15}})
