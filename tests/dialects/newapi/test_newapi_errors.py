"""Error responses of every gateway, for every cause."""

import json
import time
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal, examples, rows
from ark_emulator.data import load
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.newapi.errors import go_json, language_of, mask_addresses, request_id, texts, upstream_causes
from ark_emulator.dialects.newapi.traits import GATEWAYS

ID = "02" + "1790000000123" + "0123456789abcdef0123456789abcdef012345"
RID = request_id(ID)


def document(gateway: str, cause: str, **slots: Any) -> tuple[int, dict[Any, Any]]:
    reply = DIALECTS[gateway].error_response(Refusal(cause, **{**examples(), **slots}), ID)
    return reply.status, json.loads(reply.body)


def is_passed_on(cause: str) -> bool:
    return any(cause == each or (each.endswith("*") and cause.startswith(each[:-1])) for each in upstream_causes())


def test_every_cause_has_a_gateway_error_or_is_passed_on() -> None:
    both_or_none = [row.key for row in rows() if (row.key in texts("newapi")) == is_passed_on(row.key)]
    assert both_or_none == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_renders_every_refusal(dialect: str) -> None:
    for row in rows():
        if (dialect, row.key) == ("newapi", "http.encoding"):
            continue  # the response has no body
        status, body = document(dialect, row.key)
        assert 200 <= status < 600
        assert body.get("error", {}).get("message") or body.get("message")
        assert "{" not in json.dumps(body.get("error", {}).get("type", "")) + str(body.get("code"))


@pytest.mark.parametrize("row", load("gateways")["errors"], ids=lambda row: f"{row['gateway']}-{row['cause']}")
def test_every_row_is_of_a_gateway_and_a_cause_that_exist(row: dict[str, Any]) -> None:
    assert row["gateway"] in GATEWAYS
    assert row["cause"] in {each.key for each in rows()} | {"upstream", "upstream.busy"}
    assert row["envelope"] in {each["envelope"] for each in load("gateways")["envelopes"]}


def test_stock_uses_openais_envelope_for_keys_and_models() -> None:
    status, body = document("newapi", "auth.unknown")
    assert (status, list(body["error"])) == (401, ["code", "message", "type"])
    assert body["error"] == {"code": "", "message": f"Invalid token (request id: {RID})", "type": "new_api_error"}
    status, body = document("newapi", "gateway.model_unavailable", model="m")
    assert (status, body["error"]["code"]) == (503, "model_not_found")
    assert body["error"]["message"] == (
        f"No available channel for model m under group default (distributor) (request id: {RID})"
    )


def test_stock_uses_the_flat_envelope_after_the_body() -> None:
    assert document("newapi", "gateway.prompt_missing") == (
        400,
        {"code": "invalid_request", "message": "prompt is required", "data": None},
    )
    assert document("newapi", "task.not_found") == (
        400,
        {"code": "task_not_exist", "message": "task_not_exist", "data": None},
    )
    short = document("newapi", "gateway.balance_short", balance="0.010000", hold="1.750000")
    assert short == (
        403,
        {
            "code": "insufficient_user_quota",
            "message": "预扣费额度失败, 用户剩余额度: ＄0.010000, 需要预扣费额度: ＄1.750000",
            "data": None,
        },
    )


def test_what_the_upstream_refuses_is_passed_on_as_its_raw_body_with_its_status() -> None:
    status, body = document("newapi", "parameter.not_valid", parameter="duration", model="m", mode="t2v")
    inner = json.loads(body["message"])["error"]
    assert (status, body["code"], inner["code"], inner["param"]) == (
        *(400, "fail_to_fetch_task", "InvalidParameter", "duration"),
    )
    assert inner["message"].endswith(f"Request id: {ID}")
    assert document("newapi", "server.internal")[0] == 500


def test_the_error_of_a_busy_upstream_is_chinese() -> None:
    assert document("newapi", "rate.account") == (
        429,
        {"code": "fail_to_fetch_task", "message": "当前分组上游负载已饱和，请稍后再试", "data": None},
    )


def test_orcarouter_has_one_envelope_with_four_keys() -> None:
    status, body = document("orcarouter", "gateway.prompt_missing")
    assert (status, list(body["error"])) == (400, ["message", "type", "code", "param"])
    assert body["error"] == {
        "message": "prompt is required",
        "type": "orcarouter_api_error",
        "code": "invalid_request",
        "param": None,
    }
    assert document("orcarouter", "gateway.balance_empty")[0] == 402
    assert document("orcarouter", "gateway.model_unavailable")[1]["error"]["code"] == "model_not_found"


def test_orcarouter_sends_retry_after() -> None:
    reply = DIALECTS["orcarouter"].error_response(Refusal("rate.account"), ID)
    assert reply.headers["Retry-After"] == "1"
    assert json.loads(reply.body)["error"]["type"] == "rate_limit_error"
    assert "Retry-After" not in DIALECTS["newapi"].error_response(Refusal("rate.account"), ID).headers


@pytest.mark.parametrize(
    ("cause", "status", "message"),
    [
        ("gateway.model_unavailable", 400, "model not allowed"),
        ("gateway.prompt_missing", 400, "prompt is required"),
        ("gateway.model_denied", 403, "model not allowed"),
        ("gateway.balance_empty", 402, "insufficient user quota"),
        ("gateway.balance_short", 402, "insufficient user quota"),
    ],
)
def test_easyrouter_errors_match_its_page(cause: str, status: int, message: str) -> None:
    found, body = document("easyrouter", cause)
    assert (found, body["error"]["message"], list(body["error"])) == (status, message, ["message", "type", "code"])


@pytest.mark.parametrize(
    "cause", ["gateway.prompt_missing", "gateway.model_unavailable", "task.not_found", "gateway.balance_short"]
)
def test_tokenbay_uses_status_200_for_business_errors(cause: str) -> None:
    status, body = document("tokenbay", cause)
    assert (status, list(body), list(body["error"])) == (200, ["error"], ["message", "type", "code"])


def test_tokenbay_uses_status_200_for_bad_requests_but_not_for_keys_and_upstream_errors() -> None:
    assert document("tokenbay", "parameter.not_valid")[0] == 200
    assert [document("tokenbay", cause)[0] for cause in ("auth.missing", "rate.account", "server.internal")] == [
        *(401, 429, 500)
    ]


def test_powertokens_passes_on_errors_of_ark() -> None:
    assert document("powertokens", "parameter.not_valid") == document("ark", "parameter.not_valid")
    status, body = document("powertokens", "auth.missing")
    assert (status, list(body["error"])) == (401, ["message", "type", "code"])


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        ("no address in here: api.example.com", "no address in here: api.example.com"),
        ("see https://example.com/a/b?k=v", "see https://***.com/***/***?k=***"),
        ("Post from 10.0.0.1:443", "Post from ***.***.***.***:443"),
        ("dial tcp: lookup api.openai.com", "dial tcp: lookup ***.***.com"),
        ("http://localhost:8080/", "http://***/"),
    ],
)
def test_addresses_in_messages_are_masked(message: str, hidden: str) -> None:
    assert mask_addresses(message) == hidden


def test_json_is_escaped_as_go_does_it() -> None:
    assert go_json({"a": "<&>\u2028"}) == b'{"a":"\\u003c\\u0026\\u003e\\u2028"}'
    assert go_json({"a": "<&>"}, escapes=False) == b'{"a":"<&>"}'
    assert json.loads(go_json({"a": "https://x/?b=1&c=2"})) == {"a": "https://x/?b=1&c=2"}


def test_a_request_id_is_a_time_the_build_and_eight_letters() -> None:
    assert RID.startswith("20260921141320123")
    assert "8268d9d6" in RID
    assert len(RID.partition("8268d9d6")[2]) == 8
    assert request_id(ID[:-1] + "6") == RID
    assert request_id("02" + "1790000000000" + "f" * 38) != RID


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("text", ["a-", "a.", "1.", "http://", "https://a/?&"])
def test_no_value_makes_an_error_slow_to_render(gateway: str, text: str) -> None:
    began = time.process_time()
    document(gateway, "content.type", value="http://" + text * 1_000_000)
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("zh;q=0.9", "zh-CN"),
        ("en,zh", None),
        ("", None),
    ],
)
def test_the_first_language_of_the_header_counts(accepted: Any, language: Any) -> None:
    assert language_of(accepted) == language


def test_stock_translates_messages_that_have_a_translation_and_no_other_gateway_does() -> None:
    stock, refusal = DIALECTS["newapi"], Refusal("auth.unknown")
    english = json.loads(stock.error_response(refusal, ID).body)["error"]["message"]
    chinese = json.loads(stock.in_language_of("zh-CN").error_response(refusal, ID).body)["error"]["message"]  # type: ignore[attr-defined]
    assert english != chinese
    assert stock.in_language_of("zh-CN") is stock.in_language_of("zh")  # type: ignore[attr-defined]
    assert stock.in_language_of("en") is stock  # type: ignore[attr-defined]
    assert DIALECTS["orcarouter"].in_language_of("zh-CN") is DIALECTS["orcarouter"]  # type: ignore[attr-defined]
