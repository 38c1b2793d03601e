"""How a typed gateway reads a submit, and the order of its errors; stock is tested in test_newapi_source."""

import json
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.base import MOST_ITEMS, DialectRequest
from ark_emulator.dialects.newapi.request import (
    GatewaySubmit,
    accepted_body,
    check_model,
    check_names,
    parse_submit,
    read_body,
)
from ark_emulator.dialects.newapi.traits import Traits, traits

EASY, TOKENBAY = traits("easyrouter"), traits("tokenbay")
BODY = {"model": "m", "prompt": "a cat"}


def call(body: Any, kind: str = "application/json") -> DialectRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return DialectRequest(raw, "sk-test", "http://127.0.0.1:7333", {"content-type": kind} if kind else {})


def submit(chosen: Traits = EASY, **fields: Any) -> GatewaySubmit:
    return parse_submit(read_body(call({**BODY, **fields})), chosen)


def refusal(chosen: Traits = EASY, **fields: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        submit(chosen, **fields)
    return caught.value


def form(*fields: tuple[str, str], chosen: Traits = EASY) -> GatewaySubmit:
    parts = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    )
    return parse_submit(read_body(call((parts + "--edge--").encode(), "multipart/form-data; boundary=edge")), chosen)


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b"\xff", b'{"model": NaN}'])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read_body(call(body))
    assert caught.value.key == "http.json"


@pytest.mark.parametrize("text", [b'{"model": "m", "prompt": "a \xff"}', b'{"model": "m", "prompt": "a \\ud800"}'])
def test_json_that_is_not_unicode_is_refused_where_types_count(text: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        accepted_body(read_body(call(text)), EASY)
    assert caught.value.key == "http.json"


@pytest.mark.parametrize("body", [[], "m", 5, None])
def test_a_body_that_is_no_object_names_no_model(body: int | list[Any] | str | None) -> None:
    with pytest.raises(Refusal) as caught:
        check_model(read_body(call(body)))
    assert caught.value.key == "gateway.model_missing"


@pytest.mark.parametrize("kind", ["text/plain", "", "application/problem+json"])
def test_a_body_of_another_type_is_not_read(kind: str) -> None:
    assert accepted_body(read_body(call(BODY, kind)), EASY).model == ""


@pytest.mark.parametrize(("model", "key"), [(5, "gateway.model_type"), ("", "gateway.model_missing"), (None, None)])
def test_a_submit_names_its_model(model: int | str | None, key: str | None) -> None:
    submit = read_body(call({"model": model}))
    with pytest.raises(Refusal) as caught:
        check_names(submit, EASY)
        check_model(submit)
    assert caught.value.key == (key or "gateway.model_missing")


@pytest.mark.parametrize(
    ("field", "value", "got", "expected"),
    [
        ("prompt", 5, "number", "string"),
        ("image", ["a"], "array", "string"),
        ("images", "a", "string", "[]string"),
        ("images", [5], "number", "string"),
        ("seconds", 5, "number", "string"),
        ("duration", "5", "string", "int"),
        ("duration", 5.5, "number", "int"),
        ("duration", True, "bool", "int"),
        ("metadata", [], "array", "map[string]interface {}"),
        ("metadata", "nope", "string", "map[string]interface {}"),
        ("metadata", "[1]", "array", "map[string]interface {}"),
        ("size", {}, "object", "string"),
    ],
)
def test_the_error_for_a_wrong_type_is_that_of_the_decoder(field: str, value: Any, got: str, expected: str) -> None:
    found = refusal(**{field: value})
    assert found.key == "gateway.wrong_type"
    assert found.slots == {"field": field, "got": got, "expected": expected}


@pytest.mark.parametrize("field", ["prompt", "image", "images", "size", "duration", "seconds", "metadata", "mode"])
def test_null_means_absent(field: str) -> None:
    if field == "prompt":
        assert refusal(prompt=None).key == "gateway.prompt_missing"
    else:
        assert submit(**{field: None}) == submit()


def test_unknown_top_level_fields_are_ignored() -> None:
    assert submit(ratio="16:9", resolution=5, content=[]) == submit()


@pytest.mark.parametrize("prompt", ["", "  ", "\n\t"])
def test_a_blank_prompt_counts_as_missing(prompt: str) -> None:
    assert refusal(prompt=prompt).key == "gateway.prompt_missing"


@pytest.mark.parametrize("visual", [{"image": "a"}, {"images": ["a"]}, {"metadata": {"content": [{}]}}])
def test_a_gateway_may_accept_a_visual_input_instead_of_a_prompt(visual: dict[str, Any]) -> None:
    assert submit(TOKENBAY, prompt="", **visual).prompt == ""
    assert refusal(EASY, prompt="", **visual).key == "gateway.prompt_missing"
    assert refusal(TOKENBAY, prompt="", metadata={"content": []}).key == "gateway.prompt_missing"


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"duration": 7}, 7),
        ({"seconds": "8"}, 8),
        ({"duration": 7, "seconds": "8"}, 7),
        ({"duration": 0, "seconds": "8"}, 8),
        ({"duration": 0, "seconds": ""}, None),
        ({"duration": 7, "metadata": {"duration": 9}}, 7),
        ({"metadata": {"duration": 9}}, None),
    ],
)
def test_the_first_length_that_is_given_wins(fields: dict[str, Any], seconds: int | None) -> None:
    assert submit(**fields).seconds == seconds


def test_a_gateway_may_let_the_metadata_win() -> None:
    chosen = replace(EASY, length=("metadata", "duration"))
    assert submit(chosen, duration=7, metadata={"duration": 9}).seconds is None
    assert submit(chosen, duration=7).seconds == 7


@pytest.mark.parametrize("fields", [{"duration": -1}, {"duration": 3601}, {"seconds": "5s"}, {"seconds": "-3"}])
def test_a_length_out_of_bounds_is_refused(fields: dict[str, Any]) -> None:
    assert refusal(**fields).key == "gateway.seconds"


def test_the_model_chooses_the_length_only_at_gateways_that_document_it() -> None:
    assert submit(TOKENBAY, duration=-1).seconds == -1
    assert refusal(TOKENBAY, duration=-2).key == "gateway.seconds"


def test_several_images_win_over_one() -> None:
    assert submit(image="a").images == ("a",)
    assert submit(image="a", images=["b", "c"]).images == ("b", "c")
    assert submit(image="a", images=[]).images == ("a",)


@pytest.mark.parametrize("reference", ["u", {"image_url": "u"}, {"image_url": {"url": "u"}}])
def test_openais_reference_is_an_image(reference: dict[str, Any] | str) -> None:
    assert submit(input_reference=reference).images == ("u",)


def test_metadata_may_be_json_within_a_string_and_never_names_a_model() -> None:
    assert submit(metadata='{"ratio": "1:1", "model": "another"}').metadata == {"ratio": "1:1"}


def test_unknown_fields_of_a_form_become_metadata() -> None:
    found = form(("model", "m"), ("prompt", "p"), ("ratio", "16:9"), ("seed", "42"), ("weight", "0.5"))
    assert found.metadata == {"ratio": "16:9", "seed": 42, "weight": 0.5}
    assert (found.model, found.prompt) == ("m", "p")


def test_a_form_may_carry_nested_metadata_and_lists() -> None:
    found = form(
        *(("model", "m"), ("prompt", "p"), ("duration", "7"), ("images[]", "a"), ("images[]", "b")),
        *(("metadata[ratio]", "1:1"), ("metadata[content][][type]", "text"), ("metadata[content][][text]", "t")),
    )
    assert found.metadata == {"ratio": "1:1", "content": [{"type": "text", "text": "t"}]}
    assert (found.seconds, found.images) == (7, ("a", "b"))


def test_a_gateway_may_take_nested_names_as_they_stand() -> None:
    chosen = replace(EASY, nested_form=False)
    assert form(("model", "m"), ("prompt", "p"), ("metadata[ratio]", "1:1"), chosen=chosen).metadata == {
        "metadata[ratio]": "1:1"
    }


def test_a_form_may_carry_metadata_as_json() -> None:
    assert form(("model", "m"), ("prompt", "p"), ("metadata", '{"ratio": "1:1"}')).metadata == {"ratio": "1:1"}
    with pytest.raises(Refusal, match="metadata"):
        form(("model", "m"), ("prompt", "p"), ("metadata", "[1]"))


def test_a_repeated_field_of_images_is_a_list() -> None:
    assert form(("model", "m"), ("prompt", "p"), ("images", "a"), ("images", "b")).images == ("a", "b")


def test_a_form_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read_body(call(b"", "multipart/form-data; boundary=edge"))
    assert caught.value.key == "gateway.form"


@pytest.mark.parametrize("fields", [{"images": ["a"] * 100_000}, {"metadata": {"content": [1] * 100_000}}])
def test_a_list_that_is_far_too_long_is_read_only_until_it_is_rejected(fields: dict[str, Any]) -> None:
    found = submit(**fields)
    assert (len(found.images) or len(found.content)) == MOST_ITEMS + 1
