"""Kling's dialect: submits, every status in every shape, units, errors, and the policy of its gateway."""

import json
from typing import Any

import pytest
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.error_table import ErrorRow, Refusal, rows
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord, GatewayStatus
from ark_emulator.core.gateway_view.task_view import TaskView, view
from ark_emulator.core.plan.outcome import STEERING_BY_NAME, SUCCESS, Outcome
from ark_emulator.core.plan.planning import CreationContext, accept
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE
from ark_emulator.core.task.values import Failure, Mark, Status, Submission, Task
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects import DIALECTS, build_dialects
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.kling.dialect import KlingDialect
from ark_emulator.dialects.kling.errors import error_of, kling_error_response, kling_errors
from ark_emulator.dialects.kling.response import STATUSES, created_body, poll_body, task_object

T = 1_790_000_000.0
ID = "02" + "1790000000123" + "0123456789abcdef0123456789abcdef012345"
PNG, TAIL, MP4 = "https://example.com/a.png", "https://example.com/b.png", "https://example.com/a.mp4"
KLING: Any = DIALECTS["kling"]
assert isinstance(KLING, KlingDialect)


def submission(
    model: str = "kling/kling-v3", dialect: KlingDialect = KLING, headers: None = None, **fields: Any
) -> Submission:
    body = {"model": model, "prompt": "a cat", **fields}
    kind = {"content-type": "application/json", **(headers or {})}
    return dialect.submission(DialectRequest(json.dumps(body).encode(), "sk-orca-1", "http://127.0.0.1:7333", kind))


def made(outcome: Outcome = SUCCESS, **fields: Any) -> Task:
    """Return a Kling task with that outcome."""
    found = submission(**fields)
    intent = understand(found, catalogue.of_family(found.model), found.model, NO_EVIDENCE)
    return accept(intent, outcome, CreationContext(Dice(7), "0a0b0c0d", found.key, 0, T, alias="task_b"))


def seen(state: str = "succeeded", outcome: Outcome = SUCCESS, **fields: Any) -> TaskView:
    """Return the view of a task in one of the eight states of its gateway."""
    task = made(outcome, **fields)
    mark = Mark(Status(state) if state in list(Status) else Status.QUEUED, T + 5.25 if state != "unseen" else T)
    started = None if state in ("unseen", "queued", "cancelled") else T + 1
    finished = mark.at if state in {*task.submission.terms.ends, "given-up"} else None
    row = GatewayRecord(GatewayStatus(state), mark, mark.at, started, finished)
    return view(task, mark, lambda _, __, path: f"https://s.example{path}?a=1&b=2", "kling-v3", row)


def test_every_model_of_the_page_goes_to_kling_under_its_own_name() -> None:
    for name in ("v2-master", "v2-1-master", "v2-5-turbo", "v2-6", "v3", "video-o1", "v3-omni"):
        found = submission(f"kling/kling-{name}")
        assert (found.model, found.named) == (f"kling-{name}", f"kling/kling-{name}")
        assert (found.upstream, found.dialect, found.extras["asked_model"]) == (Upstream.KLING, "kling", found.named)


@pytest.mark.parametrize("model", ["kling/kling-v9", "kling-v3", "kling/", "byteplus/dreamina-seedance-2-0-260128"])
def test_any_other_model_has_no_channel(model: str) -> None:
    with pytest.raises(Refusal) as caught:
        submission(model)
    assert caught.value.key == "gateway.model_unavailable"


@pytest.mark.parametrize("prompt", ["", " \t\n"])
def test_a_prompt_is_required(prompt: str) -> None:
    with pytest.raises(Refusal) as caught:
        submission(prompt=prompt)
    assert caught.value.key == "gateway.prompt_missing"


def test_frames_and_references_become_items_in_their_order() -> None:
    found = submission(image=PNG, metadata={"image_tail": TAIL})
    assert [(item.kind.value, item.value, item.role) for item in found.items] == [
        ("text", "a cat", None),
        ("image_url", PNG, "first_frame"),
        ("image_url", TAIL, "last_frame"),
    ]
    images = [{"image_url": PNG}, {"image_url": TAIL, "type": "end_frame"}, {"image_url": PNG, "type": "first_frame"}]
    found = submission(metadata={"image_list": images, "video_list": [{"video_url": MP4}]})
    roles = ["reference_image", "last_frame", "first_frame", "reference_video"]
    assert [item.role for item in found.items] == [None, *roles]


def test_bare_base64_becomes_a_data_uri() -> None:
    assert submission(image="iVBORw0KGgo=").items[1].value == "data:image/png;base64,iVBORw0KGgo="
    assert submission(image="data:image/png;base64,AA==").items[1].value == "data:image/png;base64,AA=="


def test_fields_become_parameters_of_the_core() -> None:
    metadata = {
        "mode": "pro",
        "aspect_ratio": "9:16",
        "duration": "12",
        "sound": "on",
        "watermark_info": {"enabled": True},
    }
    requested = submission(metadata={**metadata, "callback_url": "https://e/cb"}).parameters
    assert (requested.resolution, requested.ratio, requested.duration) == ("1080p", "9:16", 12)
    assert (requested.generate_audio, requested.watermark, requested.callback_url) == (True, True, "https://e/cb")
    plain = submission().parameters
    assert (plain.resolution, plain.ratio, plain.duration, plain.generate_audio) == ("720p", None, None, False)


def test_the_metadata_wins_over_top_level_fields() -> None:
    outside = {"duration": 7, "mode": "pro", "size": "720x1280", "image": PNG}
    own = submission(**outside).own
    assert own == {"duration": "7", "mode": "pro", "aspect_ratio": "9:16", "image": PNG}
    metadata = {"duration": "10", "mode": "std", "aspect_ratio": "1:1", "image": TAIL}
    assert submission(**outside, metadata=metadata).own == metadata
    assert "aspect_ratio" not in submission(size="1000x900").own


def test_a_form_has_text_for_numbers_and_booleans() -> None:
    fields = {"cfg_scale": "0.5", "multi_shot": "true", "duration": "5", "watermark_info": {"enabled": "False"}}
    own = submission(metadata=fields).own
    assert own == {"cfg_scale": 0.5, "multi_shot": True, "duration": "5", "watermark_info": {"enabled": False}}
    assert submission(metadata={"cfg_scale": "high"}).own == {"cfg_scale": "high"}


def test_unknown_fields_are_ignored() -> None:
    assert submission(metadata={"ratio": "7:7", "model": "kling-v9", "seed": 5}).own == {}


def test_the_gateway_calls_back_at_the_end_and_holds_a_small_sum() -> None:
    terms = submission().terms
    assert terms.callback_statuses == {"succeeded", "failed", "expired", "cancelled"}
    assert (terms.bill.hold, terms.bill.ratio) == (50_000, None)


def test_the_response_to_a_submit_matches_the_page() -> None:
    document = json.loads(KLING.submit_response(made()).body)
    assert document == {
        "id": "task_b",
        "task_id": "task_b",
        "object": "video",
        "model": "kling/kling-v3",
        "status": "queued",
        "progress": 0,
        "created_at": int(T),
    }
    assert list(document) == ["id", "task_id", "object", "model", "status", "progress", "created_at"]


LABELS = {
    "unseen": ("NOT_START", 0),
    "queued": ("SUBMITTED", 10),
    "running": ("IN_PROGRESS", 30),
    "succeeded": ("SUCCESS", 100),
    **dict.fromkeys(("failed", "expired", "cancelled", "given-up"), ("FAILURE", 100)),
    "absent": ("IN_PROGRESS", 30),
}


@pytest.mark.parametrize("state", [state.value for state in GatewayStatus])
def test_every_state_is_serialized_in_every_shape(state: str) -> None:
    task = seen(state)
    status, progress = LABELS[state]
    data = KLING.task_document(task)["data"]
    assert (data["status"], data["progress"]) == (status, f"{progress}%")
    assert ("result_url" in data) is (state == "succeeded")
    openai = KLING.serialize(task, "openai")
    assert openai["progress"] == progress and openai["created_at"] == int(T) * 1000
    assert ("seconds" in openai) is ("metadata" in openai) is (state == "succeeded")
    assert KLING.serialize(task, "flat")["status"] == status
    assert json.loads(KLING.callback_body(task))["data"]["status"] == status


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_name_at_kling(status: Status) -> None:
    assert STATUSES[status] in ("submitted", "processing", "succeed", "failed")
    assert task_object(seen(status.value))["task_status"] == STATUSES[status]


def test_a_success_of_kling_is_its_own_object() -> None:
    task = seen(
        metadata={"mode": "pro", "sound": "on", "watermark_info": {"enabled": True}, "external_task_id": "mine"}
    )
    document = poll_body(task)
    assert (document["code"], document["message"], list(document)) == (
        0,
        "SUCCEED",
        ["code", "message", "request_id", "data"],
    )
    assert document["request_id"].count("-") == 4
    data = document["data"]
    assert list(data) == [
        *("task_id", "task_status", "task_status_msg", "task_info", "task_result", "watermark_info"),
        *("final_unit_deduction", "created_at", "updated_at"),
    ]
    assert data["task_id"] == task.id and len(task.id) == 18
    assert (data["task_info"], data["watermark_info"]) == ({"external_task_id": "mine"}, {"enabled": True})
    assert data["final_unit_deduction"] == "6"
    assert (data["created_at"], data["updated_at"]) == (int(T) * 1000, int(T) * 1000 + 5250)
    (clip,) = data["task_result"]["videos"]
    assert (clip["url"], clip["watermark_url"], clip["duration"]) == (task.video_url, task.video_url, "5.041")
    assert clip["id"].isdecimal() and clip["id"] != task.id


def test_the_response_to_a_create_has_no_result() -> None:
    document = created_body(seen("unseen"))["data"]
    assert list(document) == ["task_id", "task_status", "task_info", "created_at", "updated_at"]
    assert (document["task_status"], document["created_at"]) == ("submitted", document["updated_at"])


@pytest.mark.parametrize(("steer", "document"), [("ok", "3.6"), ("no-usage", None), ("zero-usage", "0")])
def test_units_are_exact_or_those_of_the_scenario(steer: str, document: str | None) -> None:
    task = seen(outcome=STEERING_BY_NAME[steer], metadata={"duration": "6"})
    assert task_object(task).get("final_unit_deduction") == document


def test_a_failure_costs_nothing_and_a_running_task_has_no_units() -> None:
    assert task_object(seen("failed"))["final_unit_deduction"] == "0"
    assert "final_unit_deduction" not in task_object(seen("running"))


def test_openais_object_is_as_klings_adaptor_fills_it() -> None:
    document = KLING.serialize(seen(), "openai")
    assert list(document) == [
        *("id", "object", "model", "status", "progress", "created_at", "completed_at", "seconds", "metadata"),
    ]
    assert (document["id"], document["model"], document["status"], document["seconds"]) == (
        "task_b",
        "",
        "completed",
        "5.041",
    )
    assert document["metadata"]["url"].startswith("https://s.example/kling-v3/")
    failed = KLING.serialize(seen("failed", STEERING_BY_NAME["moderation"]), "openai")
    assert failed["error"] == {"message": "Failure to pass the risk control system", "code": ""}
    assert "error" not in KLING.serialize(seen("given-up"), "openai")


def test_a_failure_has_klings_message_unless_the_scenario_sets_one() -> None:
    assert KLING.task_document(seen("failed", STEERING_BY_NAME["moderation"]))["data"]["fail_reason"] == (
        "Failure to pass the risk control system"
    )
    assert KLING.task_document(seen("failed", STEERING_BY_NAME["fail"]))["data"]["fail_reason"] == "Internal error"
    stages = STEERING_BY_NAME["fail"].stages
    for code in ("Mine", "InternalServiceError"):
        own = Outcome(stages, Failure(code, "the tape is full"))
        assert KLING.task_document(seen("failed", own))["data"]["fail_reason"] == "the tape is full"


def test_the_raw_upstream_body_is_klings() -> None:
    fields = ["platform", "action", "data"]
    channel = {"platform": "45", "action": "generate"}
    dialect = build_dialects({"orcarouter": {"fields": fields, "channel": channel, "callbacks": "upstream"}})["kling"]
    document = dialect.task_document(seen())["data"]
    assert (document["platform"], document["action"]) == ("50", "textGenerate")
    assert list(document["data"]) == sorted(document["data"]) == ["code", "data", "message", "request_id"]
    assert dialect.task_document(seen("unseen"))["data"]["data"]["data"]["task_status"] == "submitted"
    assert dialect.task_document(seen(image=PNG))["data"]["action"] == "generate"
    assert submission(dialect=dialect).terms.callback_statuses is None
    body = json.loads(dialect.callback_body(seen("failed", STEERING_BY_NAME["moderation"])))
    assert (body["task_status"], body["task_status_msg"]) == ("failed", "Failure to pass the risk control system")


def test_ark_does_not_know_klings_tasks() -> None:
    task = made()
    assert KLING.knows(task, "task_b") and not KLING.knows(task, task.id)
    assert not any(
        DIALECTS[name].knows(task, found)
        for name in ("ark", "powertokens", "orcarouter", "newapi")
        for found in (task.id, "task_b")
    )


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.key)
def test_kling_has_an_error_for_every_cause(row: ErrorRow) -> None:
    found = error_of(row.key)
    assert 1000 <= found.code <= 5002
    slots = dict.fromkeys(row.slots, "x")
    reply = kling_error_response(Refusal(row.key, **slots), ID)
    body = json.loads(reply.body)
    assert list(body) == ["code", "message", "request_id"] and body["message"]
    assert (reply.status, body["code"]) == (found.status, found.code)


def test_every_row_of_the_errors_is_used_and_has_the_status_of_its_code() -> None:
    met = {error_of(row.key).cause for row in rows()}
    assert {row.cause for row in kling_errors()} == met
    statuses = {1000: 401, 1103: 403, 1202: 404, 1203: 404, 5000: 500, 5001: 503}
    statuses |= dict.fromkeys((1200, 1201, 1301), 400) | dict.fromkeys((1100, 1101, 1102, 1302, 1303), 429)
    assert {row.code: row.status for row in kling_errors()} == statuses


def test_the_gateway_passes_on_errors_of_kling_in_its_envelope() -> None:
    reply = KLING.error_response(Refusal("kling.value", parameter="duration", reason="it must be one of 5, 10"), ID)
    error = json.loads(reply.body)["error"]
    assert (reply.status, error["code"], error["type"]) == (400, "fail_to_fetch_task", "orcarouter_api_error")
    inner = json.loads(error["message"])
    assert (inner["code"], inner["message"]) == (1201, "duration is invalid: it must be one of 5, 10")
    assert KLING.error_response(Refusal("gateway.model_unavailable", model="m"), ID).status == 503
    assert KLING.error_response(Refusal("rate.account"), ID).headers["Retry-After"] == "1"


def test_the_gateways_traits_apply_except_those_of_klings_adaptor() -> None:
    chosen = build_dialects({"orcarouter": {"lag": 15}})["kling"]
    assert isinstance(chosen, KlingDialect)
    assert (chosen.traits.lag, chosen.traits.envelope) == (15, KLING.traits.envelope)
    assert chosen.traits.labels["running"] == ["IN_PROGRESS", 30]
    assert submission(dialect=chosen).terms.looks_every == 15
