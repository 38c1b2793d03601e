"""Overridden traits: accepted values make a working gateway, and errors name the accepted values."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.gateway_record import GatewayRecord, GatewayStatus
from ark_emulator.core.gateway_view.task_view import view
from ark_emulator.core.task.values import Mark, Status, Task
from ark_emulator.data import load
from ark_emulator.dialects import build_dialects
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.newapi.dialect import NewApiDialect
from ark_emulator.dialects.newapi.trait_checks import InvalidTrait
from ark_emulator.dialects.newapi.traits import GATEWAYS, traits, validate_overrides, validate_trait
from hypothesis import given
from hypothesis import strategies as st

T = 1_790_000_000.0
ID = "02" + "1790000000123" + "0" * 38
MODEL = "doubao-seedance-2-0-260128"
ROWS = {row["trait"]: row for row in load("gateways")["traits"]}
COLUMNS = [(gateway, name, row[gateway]) for name, row in ROWS.items() for gateway in GATEWAYS]
BODY = {"model": MODEL, "prompt": "a cat", "metadata": {"content": [{"type": "text", "text": "b"}], "frames": 9}}
words = st.sampled_from(
    ["", "queued", "SUCCESS", "id", "platform", "400", "flat", "upstream", "X-A", "{rid}", "{", "*", "a\nb", "\ud800"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def wrong(name: str, value: Any) -> str:
    """Return the error message for an invalid value of a trait."""
    with pytest.raises(InvalidTrait) as caught:
        validate_trait("newapi", name, value)
    return str(caught.value)


def used(gateway: NewApiDialect, make_task: Callable[..., Task]) -> None:
    """Exercise every operation of a gateway that depends on its traits."""
    headers = {"content-type": "application/json"}
    try:
        requested = gateway.submission(
            DialectRequest(json.dumps(BODY).encode(), "sk-test", "http://127.0.0.1:1", headers)
        )
    except Refusal as refusal:
        assert json.loads(gateway.error_response(refusal, ID).body)
        return
    task = replace(make_task(), submission=requested, alias="task_" + "a" * 32)
    for state in GatewayStatus:
        mark = Mark(Status(state) if state in list(Status) else Status.RUNNING, T + 5)
        row = GatewayRecord(state, mark, T + 5, T + 1, T + 5)
        shown = view(task, mark, lambda _, __, path: f"https://storage.example{path}", "dreamina-seedance-2-0", row)
        for shape in ("wrapped", "flat", "openai"):
            assert isinstance(json.loads(gateway.encode(gateway.serialize(shown, shape))), dict)
        assert gateway.callback_body(shown)
    for refusal in (Refusal("gateway.prompt_missing"), Refusal("http.not_an_object"), Refusal("rate.api_rpm")):
        assert 200 <= gateway.error_response(refusal, ID).status <= 599
    assert all(value.isascii() for value in gateway.headers(ID, {}, 200).values())


@pytest.mark.parametrize(("gateway", "name", "value"), COLUMNS)
def test_every_gateway_accepts_the_defaults_of_all_gateways(gateway: str, name: str, value: Any) -> None:
    for other in GATEWAYS:
        validate_trait(other, name, value)


@given(st.sampled_from(COLUMNS), st.sampled_from(GATEWAYS))
def test_an_override_with_the_value_of_another_gateway_is_applied(column: tuple[Any, ...], gateway: str) -> None:
    _, name, value = column
    try:
        found = traits(gateway, {gateway: {name: value}})
    except InvalidTrait as problem:  # the record may show fields of the channel, which need an override too
        assert "channel" in str(problem)
        found = traits(gateway, {gateway: {name: value, "channel": ROWS["channel"]["newapi"], "fields": ["status"]}})
    assert getattr(found, name) == value or name in ("channel", "fields")


@pytest.mark.parametrize("name", ROWS)
def test_every_trait_rejects_some_values(name: str) -> None:
    for nonsense in (object(), {1: 2}, float("nan"), "\ud800"):
        assert wrong(name, nonsense).startswith(f"newapi.{name}: ")


@given(st.sampled_from(list(ROWS)), anything)
def test_any_accepted_value_makes_a_working_gateway(make_task: Callable[..., Task], name: str, value: Any) -> None:
    try:
        chosen = traits("newapi", {"newapi": {name: value}})
    except InvalidTrait as problem:
        assert f"newapi.{name}" in str(problem)
    else:
        used(NewApiDialect("newapi", chosen, ArkDialect()), make_task)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("lag", "x", "'x' is not 0, or a number from 0.001 to 86400"),
        ("lag", -3, "-3 is not 0, or a number from 0.001 to 86400"),
        ("lag", True, "True is not 0, or a number from 0.001 to 86400"),
        ("lag", None, "None is not 0, or a number from 0.001 to 86400"),
        ("gives_up_minutes", -5, "-5 is not a number from 0 to 525600"),
        ("retry_after", "x", "'x' is not a whole number from 0 to 86400"),
        ("retry_after", 1.5, "1.5 is not a whole number from 0 to 86400"),
        ("poll", "foo", "'foo' is not one of wrapped, flat, openai"),
        ("poll", "wraped", "'wraped' is not one of wrapped, flat, openai; did you mean wrapped?"),
        ("quota", "foo", "'foo' is not one of settled, hold"),
        ("callbacks", "foo", "'foo' is not one of upstream, own"),
        ("range", "maybe", "'maybe' is not true or false"),
        ("range", 1, "1 is not true or false"),
        ("ends", "foo", "'foo' is not a list"),
        (
            "ends",
            ["suceeded"],
            "'suceeded' is not one of succeeded, failed, expired, cancelled; did you mean succeeded?",
        ),
        ("envelope", "foo", "'foo' is not a list"),
        ("envelope", ["message", "kind"], "'kind' is not one of message, type, code, param"),
        ("labels", {"queued": ["QUEUED", 10]}, "cancelled, expired, failed, given-up, running, succeeded, unseen must"),
        ("labels", {"queued": ["QUEUED"]}, "['QUEUED'] is not a list of 2 values"),
        ("labels", {"queued": ["QUEUED", 101]}, "101 is not a whole number from 0 to 100"),
        ("labels", {"queued": ["WAITING", 1]}, "'WAITING' is not one of NOT_START"),
        ("headers", {"X A": "b"}, "'X A': 'b' cannot be a header"),
        ("headers", {"X-A": "{day}"}, "'{day}' has braces other than {rid}"),
        ("passed_on_as", {"4000": 200}, "'4000' is not an HTTP status from 200 to 599"),
        ("passed_on_as", {"400": 20}, "20 is not a whole number from 200 to 599"),
        ("defaults", {"seed": float("inf")}, "inf cannot be written as JSON"),
        ("error_type", 5, "5 is not a text"),
        ("channel", [], "[] is not a mapping"),
        ("empty_left_out", ["resulturl"], "did you mean result_url?"),
    ],
)
def test_the_error_for_an_invalid_value_names_the_accepted_ones(name: str, value: Any, message: str) -> None:
    assert wrong(name, value).startswith(f"newapi.{name}: ")
    assert message in wrong(name, value)


def test_checks_have_the_order_gateway_trait_value() -> None:
    with pytest.raises(InvalidTrait, match=r"^no such gateway: 'foo' is not one of newapi, orcarouter"):
        validate_trait("foo", "bar", 1)
    with pytest.raises(InvalidTrait, match=r"^newapi has no such trait: 'lagg' is not one of .*; did you mean lag\?$"):
        validate_trait("newapi", "lagg", "x")
    with pytest.raises(InvalidTrait, match="newapi: 15 is not a mapping of traits"):
        build_dialects({"newapi": 15})
    with pytest.raises(InvalidTrait, match="no such gateway: 'stock'"):
        build_dialects({"stock": {}})


def test_a_record_cannot_show_a_field_that_the_channel_lacks() -> None:
    with pytest.raises(InvalidTrait, match=r"newapi\.channel lacks platform, which newapi\.fields shows"):
        validate_overrides({"newapi": {"channel": {"user_id": 1, "group": "a", "channel_id": 1, "action": "b"}}})
    validate_overrides({"newapi": {"channel": {}, "fields": ["status"]}})


def test_traits_without_overrides_are_not_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: Any) -> None:
        raise AssertionError("a trait was looked at")

    monkeypatch.setattr("ark_emulator.dialects.newapi.traits.get_type_hints", look)
    monkeypatch.setattr("ark_emulator.dialects.newapi.traits.validate_value", look)
    assert set(build_dialects()) == set(build_dialects({}))
    assert build_dialects({"newapi": {}})["newapi"].traits == traits("newapi")  # type: ignore[attr-defined]
