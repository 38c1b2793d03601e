"""Stock new-api reads a submit as Go and its own source do; the friendly profile adds convenient behaviour."""

import json
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects import DIALECTS, build_dialects
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.newapi.decoding import decoder_error, form_number, parse_int
from ark_emulator.dialects.newapi.request import GatewaySubmit, accepted_body, check_names, parse_submit, read_body
from ark_emulator.dialects.newapi.to_ark import upstream_document
from ark_emulator.dialects.newapi.traits import Traits, profile, reseller_traits, traits

STOCK = traits("newapi")
FRIENDLY = traits("newapi", {"newapi": {"profile": "friendly"}})
BODY = {"model": "m", "prompt": "a cat"}
PNG = "\x89PNG\r\n\x1a\n"


def call(body: bytes | dict[str, Any], kind: str = "application/json") -> DialectRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return DialectRequest(raw, "sk-test", "http://127.0.0.1:7333", {"content-type": kind})


def submit(chosen: Traits = STOCK, **fields: Any) -> GatewaySubmit:
    return parse_submit(read_body(call({**BODY, **fields})), chosen)


def raw_submit(text: bytes, chosen: Traits = STOCK) -> GatewaySubmit:
    return parse_submit(accepted_body(read_body(call(text)), chosen), chosen)


def document(chosen: Traits = STOCK, **fields: Any) -> dict[str, Any]:
    """Return Ark's request for a submit with these fields."""
    return upstream_document(submit(chosen, **fields), "m", chosen)


def reason(**metadata: Any) -> str:
    """Return the error message for invalid metadata."""
    with pytest.raises(Refusal) as caught:
        document(metadata=metadata)
    assert caught.value.key == "gateway.metadata"
    return str(caught.value.slots["reason"])


def refusal(**fields: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        submit(**fields)
    return caught.value


def part(name: str, value: bytes | str, more: str = "", head: str = "") -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{head}\r\n'.encode() + raw + b"\r\n"


def multipart(*fields: tuple[Any, ...], chosen: Traits = STOCK) -> GatewaySubmit:
    parts = b"".join(part("model", "m") if each == "model" else part(*each) for each in ("model", *fields))
    submit = read_body(call(parts + b"--edge--", "multipart/form-data; boundary=edge"))
    check_names(submit, chosen)
    return parse_submit(submit, chosen)


def urlencoded(text: str, chosen: Traits = STOCK) -> GatewaySubmit:
    return parse_submit(read_body(call(text.encode(), "application/x-www-form-urlencoded")), chosen)


# --- the profile ----------------------------------------------------------------------------------------------------


def test_the_friendly_profile_sets_convenient_traits_and_a_trait_wins_over_it() -> None:
    assert (STOCK.lag, STOCK.files, STOCK.range) == (30, False, False)
    assert (FRIENDLY.lag, FRIENDLY.files, FRIENDLY.range, FRIENDLY.poll_after_ms) == (0, True, True, 1000)
    assert FRIENDLY.length == ["duration", "seconds", "metadata"]
    assert traits("newapi", {"newapi": {"lag": 5, "profile": "friendly"}}).lag == 5


def test_any_gateway_accepts_the_stock_profile_which_does_not_change_stock() -> None:
    assert traits("newapi", {"newapi": {"profile": "stock"}}) == STOCK
    found = traits("easyrouter", {"easyrouter": {"profile": "stock"}})
    assert {name: getattr(found, name) for name in profile("stock")} == profile("stock")
    assert found.envelope == traits("easyrouter").envelope
    assert traits("easyrouter").profile is None


def test_both_profiles_set_the_same_traits() -> None:
    assert set(profile("stock")) == set(profile("friendly"))
    assert [name for name in profile("stock") if profile("stock")[name] == profile("friendly")[name]] == []


# --- lengths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duration", [8, "8", 5.5, 8.0, True, "abc", "", None, [], {}, 10**30])
def test_a_duration_at_the_top_is_read_and_not_sent(duration: Any) -> None:
    assert "duration" not in document(duration=duration)
    assert document(duration=duration, seconds="6")["duration"] == 6


@pytest.mark.parametrize("duration", [8, "8", "+8"])
def test_a_friendly_gateway_sends_it(duration: int | str) -> None:
    assert document(FRIENDLY, duration=duration, seconds="6")["duration"] == 8


@pytest.mark.parametrize("fields", [{"duration": 3601}, {"duration": "3601"}, {"duration": -1}, {"seconds": "-3"}])
def test_a_length_out_of_bounds_is_refused(fields: dict[str, Any]) -> None:
    assert refusal(**fields).key == "gateway.seconds"


@pytest.mark.parametrize("seconds", ["abc", "8.5", " 8", "8 ", "5s", "", "٣"])
def test_seconds_that_are_no_whole_number_are_ignored(seconds: str) -> None:
    assert submit(seconds=seconds).seconds is None


@pytest.mark.parametrize("seconds", ["9" * 19, "9" * 30, "-" + "9" * 30])
def test_seconds_that_no_number_holds_are_out_of_bounds(seconds: str) -> None:
    assert refusal(seconds=seconds).key == "gateway.seconds"


def test_seconds_win_over_the_metadata() -> None:
    assert document(seconds="+08", metadata={"duration": 9})["duration"] == 8
    assert document(seconds="0", metadata={"duration": 9})["duration"] == 9


# --- types ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "got", "expected"),
    [
        *(("prompt", 5, "number", "string"), ("seconds", 5, "number", "string"), ("size", {}, "object", "string")),
        *(("image", ["a"], "array", "string"), ("images", "a", "string", "[]string")),
        *(("images", [5], "number", "string"), ("images", {}, "object", "[]string"), ("mode", True, "bool", "string")),
        *(("input_reference", {"image_url": "u"}, "object", "string"), ("Seconds", 5, "number", "string")),
    ],
)
def test_any_other_field_of_a_wrong_type_is_refused(field: str, value: Any, got: str, expected: str) -> None:
    found = refusal(**{field: value})
    assert (found.key, found.slots) == (
        "gateway.wrong_type",
        {"field": field.lower(), "got": got, "expected": expected},
    )


@pytest.mark.parametrize("metadata", ["", "{", "[1]", "5", "null", [], [1], 5, True, None])
def test_metadata_that_is_no_object_is_none(metadata: int | list[int] | str | None) -> None:
    assert submit(metadata=metadata).metadata == {}


def test_metadata_may_be_json_within_a_string() -> None:
    assert submit(metadata='{"ratio": "1:1", "model": "x"}').metadata == {"ratio": "1:1"}


@pytest.mark.parametrize("names", [("Prompt", "METADATA", "Ratio"), ("PROMPT", "Metadata", "rATIO")])
def test_names_have_any_case(names: tuple[str, str, str]) -> None:
    prompt, metadata, ratio = names
    found = parse_submit(
        read_body(call({"model": "m", prompt: "p", metadata: {ratio: "1:1", "Content": [ITEM]}})), STOCK
    )
    assert upstream_document(found, "m", STOCK) == {
        "model": "m",
        "ratio": "1:1",
        "content": [{"type": "image_url", "image_url": {"url": "u"}}, {"type": "text", "text": "p"}],
    }


ITEM = {"Type": "image_url", "IMAGE_URL": {"Url": "u"}, "Detail": "high"}


def test_the_model_alone_is_read_by_its_exact_name() -> None:
    assert read_body(call({"Model": "m"})).model == ""


def test_a_blank_image_counts_as_missing() -> None:
    assert submit(image="  ").images == ()
    assert submit(image=" u ").images == (" u ",)
    assert submit(images=["a", None]).images == ("a", "")


@pytest.mark.parametrize("reference", ["https://example.com/a.png", ""])
def test_a_reference_is_ignored_and_friendly_takes_it(reference: str) -> None:
    assert submit(input_reference=reference).images == ()
    assert submit(FRIENDLY, input_reference="u").images == ("u",)
    assert submit(FRIENDLY, input_reference={"image_url": {"url": "u"}}).images == ("u",)


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (b'{"model": "m", "prompt": "a \xff"}', "a \ufffd"),
        (rb'{"model": "m", "prompt": "\ud800 \ud83d\ude00 \\ud800"}', "\ufffd \U0001f600 \\ud800"),
        (rb'{"model": "m", "prompt": "\udc00\ud800"}', "\ufffd\ufffd"),
    ],
)
def test_what_is_no_unicode_is_replaced(text: bytes, prompt: str) -> None:
    assert raw_submit(text).prompt == prompt


def test_a_model_that_is_there_twice_is_priced_as_the_first_and_sent_as_the_second() -> None:
    found = raw_submit(b'{"model": "a", "prompt": "p", "model": "b"}')
    assert (found.model, upstream_document(found, "a", STOCK)["model"]) == ("a", "b")
    assert upstream_document(found, "mapped", STOCK)["model"] == "mapped"
    other = raw_submit(b'{"model": "a", "prompt": "p", "MODEL": "b", "metadata": {"model": "c"}}')
    assert upstream_document(other, "a", STOCK)["model"] == "b"
    assert document(metadata={"Model": "c"})["model"] == "c"


@pytest.mark.parametrize(("name", "value"), [("model", 5), ("group", 5), ("group", ["a"])])
def test_model_and_group_are_strings(name: str, value: int | list[str]) -> None:
    submit = read_body(call({**BODY, name: value}))
    with pytest.raises(Refusal) as caught:
        check_names(submit, STOCK)
    assert (caught.value.key, caught.value.slots) == ("gateway.model_type", {"field": name})
    check_names(read_body(call({**BODY, "group": "vip"})), STOCK)
    check_names(read_body(call({**BODY, "group": 5})), traits("easyrouter"))


@pytest.mark.parametrize(
    "media", ["Application/JSON", "APPLICATION/json", "Multipart/form-data; boundary=edge", "text/json"]
)
def test_the_content_type_is_compared_as_it_is_written(media: str) -> None:
    body = part("model", "m") + b"--edge--" if "ultipart" in media else json.dumps(BODY).encode()
    submit = read_body(call(body, media))
    assert accepted_body(submit, STOCK).model == ""
    assert accepted_body(submit, traits("easyrouter")).model == ("" if media == "text/json" else "m")
    assert accepted_body(read_body(call(BODY, "application/json; charset=utf-8")), STOCK).model == "m"


# --- metadata -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"ratio": 5}, "json: cannot unmarshal number into Go struct field requestPayload.ratio of type string"),
        ({"seed": True}, "json: cannot unmarshal bool into Go struct field requestPayload.seed of type string"),
        ({"seed": 1.5}, "json: cannot unmarshal number into Go struct field requestPayload.seed of type string"),
        ({"draft": 1}, "json: cannot unmarshal number into Go struct field requestPayload.draft of type string"),
        ({"draft": "yes"}, "json: cannot unmarshal string into Go struct field requestPayload.draft of type bool"),
        ({"seed": "abc"}, 'strconv.Atoi: parsing "abc": invalid syntax'),
        ({"seed": " 8"}, 'strconv.Atoi: parsing " 8": invalid syntax'),
        ({"seed": "9" * 20}, f'strconv.Atoi: parsing "{"9" * 20}": value out of range'),
        (
            {"content": "all"},
            "json: cannot unmarshal string into Go struct field requestPayload.content of type []doubao.ContentItem",
        ),
        (
            {"content": ["a"]},
            "json: cannot unmarshal string into Go struct field requestPayload.content of type doubao.ContentItem",
        ),
        (
            {"content": [{"image_url": "u"}]},
            "json: cannot unmarshal string into Go struct field ContentItem.content.image_url of type doubao.MediaURL",
        ),
        (
            {"content": [{"image_url": {"url": 5}}]},
            "json: cannot unmarshal number into Go struct field MediaURL.content.image_url.url of type string",
        ),
        ({"Seed": "x", "ratio": 5}, 'strconv.Atoi: parsing "x": invalid syntax'),
    ],
)
def test_metadata_of_a_wrong_type_is_refused_in_gos_words(metadata: dict[str, Any], message: str) -> None:
    assert reason(**metadata) == message


def test_numbers_and_words_in_texts_are_read_as_go_does() -> None:
    found = document(metadata={"seed": "+42", "frames": 57.0, "watermark": "true", "draft": False})
    assert (found["seed"], found["frames"], found["watermark"], found["draft"]) == (42, 57, True, False)


def test_nulls_and_empty_texts_are_left_out() -> None:
    found = document(metadata={"ratio": "", "seed": None, "resolution": "480p", "tools": [], "callback_url": ""})
    assert found == {"model": "m", "resolution": "480p", "content": [{"type": "text", "text": "a cat"}]}


def test_tools_keep_their_types_alone() -> None:
    assert document(metadata={"tools": [{"type": "web_search", "n": 1}, None]})["tools"] == [{"type": "web_search"}, {}]
    assert (
        reason(tools=[{"type": 5}]) == "json: cannot unmarshal number into Go struct field .tools.type of type string"
    )


def test_null_content_takes_the_images_away() -> None:
    assert document(images=["a"], metadata={"content": None})["content"] == [{"type": "text", "text": "a cat"}]
    assert len(document(images=["a"], metadata={})["content"]) == 2


# --- forms ----------------------------------------------------------------------------------------------------------


def test_flat_fields_of_a_multipart_form_are_metadata() -> None:
    found = multipart(("prompt", "p"), ("ratio", "9:16"), ("seed", "42"), ("weight", "5e-1"), ("style", "+7"))
    assert found.metadata == {"ratio": "9:16", "seed": 42, "weight": 0.5, "style": 7}


def test_metadata_of_a_form_replaces_its_flat_fields_and_friendly_merges_them() -> None:
    fields = (("prompt", "p"), ("ratio", "9:16"), ("metadata", '{"duration": 8}'))
    assert multipart(*fields).metadata == {"duration": 8}
    assert multipart(*fields, chosen=FRIENDLY).metadata == {"ratio": "9:16", "duration": 8}
    assert multipart(("prompt", "p"), ("ratio", "9:16"), ("metadata", "{}")).metadata == {}
    broken = multipart(("prompt", "p"), ("ratio", "9:16"), ("metadata", "{"))
    assert broken.metadata["ratio"] == "9:16"


def test_flat_fields_of_an_urlencoded_form_are_dropped_and_friendly_keeps_them() -> None:
    text = "model=m&prompt=p&ratio=9%3A16&metadata=%7B%22seed%22%3A1%7D"
    assert urlencoded(text).metadata == {"seed": 1}
    assert urlencoded("model=m&prompt=p&ratio=9%3A16").metadata == {}
    assert urlencoded(text, FRIENDLY).metadata == {"ratio": "9:16", "seed": 1}


def test_nested_names_are_kept_as_they_are_and_so_without_effect() -> None:
    found = multipart(("prompt", "p"), ("metadata[ratio]", "1:1"))
    assert found.metadata == {"metadata[ratio]": "1:1"}
    assert upstream_document(found, "m", STOCK).keys() == {"model", "content"}
    assert multipart(("prompt", "p"), ("metadata[ratio]", "1:1"), chosen=FRIENDLY).metadata == {"ratio": "1:1"}
    nested = traits("newapi", {"newapi": {"nested_form": True}})
    assert multipart(("prompt", "p"), ("metadata[ratio]", "1:1"), chosen=nested).metadata == {"ratio": "1:1"}


@pytest.mark.parametrize(
    ("fields", "slots"),
    [
        ((("images", "a"),), {"field": "images", "got": "string", "expected": "[]string"}),
        ((("prompt", "a"), ("prompt", "b")), {"field": "prompt", "got": "array", "expected": "string"}),
        ((("seconds", "4"), ("seconds", "5")), {"field": "seconds", "got": "array", "expected": "string"}),
    ],
)
def test_how_often_a_field_of_a_form_is_there_makes_its_type(fields: tuple[Any, ...], slots: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        multipart(*fields)
    assert (caught.value.key, caught.value.slots) == ("gateway.wrong_type", slots)
    with pytest.raises(Refusal):
        urlencoded("model=m&" + "&".join(f"{name}={value}" for name, value in fields))
    assert multipart(("prompt", "p"), *fields, chosen=FRIENDLY).model == "m"


def test_images_twice_are_a_list() -> None:
    assert multipart(("prompt", "p"), ("images", "a"), ("images", "b")).images == ("a", "b")


def test_a_second_model_of_a_form_has_the_wrong_type() -> None:
    with pytest.raises(Refusal) as caught:
        multipart(("prompt", "p"), ("model", "n"))
    message = "json: cannot unmarshal array into Go struct field ModelRequest.model of type string"
    assert (caught.value.key, caught.value.slots["reason"]) == ("gateway.form", message)
    assert multipart(("prompt", "p"), ("model", "n"), chosen=FRIENDLY).model == "n"


FILES = [
    ("input_reference", PNG.encode("latin-1"), '; filename="a.png"', "Content-Type: image/png\r\n"),
    ("input_reference", PNG.encode("latin-1"), '; filename="a"', "Content-Type: application/octet-stream\r\n"),
    ("input_reference", PNG.encode("latin-1"), '; filename="a"'),
    ("input_reference", PNG.encode("latin-1")),
    ("image", PNG.encode("latin-1"), '; filename="a.png"', "Content-Type: image/png\r\n"),
]


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_ignored_and_friendly_makes_an_image_of_it(file: tuple[Any, ...]) -> None:
    assert multipart(("prompt", "p"), file).images == ()
    (image,) = multipart(("prompt", "p"), file, chosen=FRIENDLY).images
    assert image.startswith("data:image/png;base64,")
    files = traits("newapi", {"newapi": {"files": True}})
    assert multipart(("prompt", "p"), file, chosen=files).images == (image,)


def test_a_number_that_json_cannot_hold_cannot_be_sent() -> None:
    with pytest.raises(Refusal) as caught:
        upstream_document(multipart(("prompt", "p"), ("style", "nan")), "m", STOCK)
    assert caught.value.slots["reason"] == "json: unsupported value: NaN"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"xyz", "invalid character 'x' looking for beginning of value"),
        (b"--edge\r\n", "invalid character '-' in numeric literal"),
        (b"", "unexpected end of JSON input"),
        (b"'", r"invalid character '\'' looking for beginning of value"),
    ],
)
def test_a_form_without_a_boundary_is_read_as_json(body: bytes, message: str) -> None:
    assert decoder_error(body) == message
    with pytest.raises(Refusal) as caught:
        read_body(call(body, "multipart/form-data"))
    assert (caught.value.key, caught.value.slots["reason"]) == ("gateway.form", message)


@pytest.mark.parametrize(
    ("text", "value"),
    [("8", 8), ("-0", 0), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("1e999", "1e999"), ("0x1", "0x1"), ("", "")],
)
def test_a_form_field_is_a_number_where_go_finds_one(text: str, value: float | str) -> None:
    assert form_number(text) == value


def test_a_number_of_a_great_many_digits_is_soon_refused() -> None:
    assert parse_int("0" * 1_000_000 + "7") == 7
    with pytest.raises(ValueError, match="out of range"):
        parse_int("9" * 1_000_000)


# --- the traits of a server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("overrides", "length"), [(None, None), ({"newapi": {"profile": "friendly"}}, 7)])
def test_a_server_reads_as_its_profile_says(overrides: dict[str, Any] | None, length: int | None) -> None:
    dialect = build_dialects(overrides)["newapi"] if overrides else DIALECTS["newapi"]
    body = {"model": "doubao-seedance-2-0-260128", "prompt": "p", "duration": 7}
    assert dialect.submission(call(body)).parameters.duration == length


def test_a_reseller_without_a_column_keeps_what_is_convenient() -> None:
    found = reseller_traits()
    assert (found.lag, found.range, found.files, found.reading, found.cors) == (0, True, True, "typed", "open")
    assert found.headers["Access-Control-Allow-Origin"] == "*"
