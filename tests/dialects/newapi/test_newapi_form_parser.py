"""Forms, their limits, and nested field names."""

import contextlib
import re
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from ark_emulator.dialects.newapi.form_parser import (
    MOST_FIELDS,
    BadForm,
    FormField,
    is_nested,
    nested_document,
    parse_form,
)
from hypothesis import given
from hypothesis import strategies as st

LINE = "\r\n"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"


def multipart(*parts: tuple[bytes, bytes], end: bool = True) -> bytes:
    """Return a form of (headers, content) parts."""
    body = b"".join(
        b"--edge\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return body + (b"--edge--\r\n" if end else b"")


def read(*parts: tuple[bytes, bytes], kind: str = "multipart/form-data; boundary=edge", **more: Any) -> tuple[Any, ...]:
    return parse_form(multipart(*parts, **more), kind)


def test_a_form_is_read_field_by_field() -> None:
    fields = read((b'name="model"', b"sora"), (b'name="prompt"', "猫".encode()))
    assert fields == (FormField("model", "sora"), FormField("prompt", "猫"))


def test_the_boundary_may_stand_in_quotes() -> None:
    assert read((b'name="a"', b"1"), kind='multipart/form-data; boundary="edge"') == (FormField("a", "1"),)


def test_a_file_becomes_a_data_uri_with_every_byte_in_it() -> None:
    content = b"\x89PNG\r\n\x1a\n\r\n--edg\r\n"
    (field,) = read((b'name="input_reference"; filename="a.png"\r\nContent-Type: image/png', content))
    assert field == FormField("input_reference", "data:image/png;base64,iVBORw0KGgoNCi0tZWRnDQo=", file=True)


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (b"", "multipart/form-data", "no multipart boundary"),
        (b"", "multipart/form-data; boundary=edge", "EOF"),
        (multipart((b'name="a"', b"1"), end=False), "multipart/form-data; boundary=edge", "EOF"),
        (b"--edge\r\nnothing\r\n--edge--", "multipart/form-data; boundary=edge", "malformed MIME header line: nothing"),
    ],
)
def test_the_error_for_an_invalid_form_says_why(body: bytes, kind: str, why: str) -> None:
    with pytest.raises(BadForm, match=why):
        parse_form(body, kind)


def test_a_url_encoded_form_is_read_too() -> None:
    fields = parse_form(b"model=sora&prompt=a+cat&seconds=", URLENCODED)
    assert fields == (FormField("model", "sora"), FormField("prompt", "a cat"), FormField("seconds", ""))


@given(pairs=st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_what_was_url_encoded_is_read_as_it_was(pairs: list[tuple[str, str]]) -> None:
    body = urlencode(pairs).encode()
    assert parse_form(body, URLENCODED) == tuple(FormField(name, value) for name, value in pairs)


@given(body=st.text("ab=&+%2Fc\\xX\n é", max_size=30))
def test_a_url_encoded_form_is_read_as_the_standard_library_reads_it_or_is_at_fault(body: str) -> None:
    try:
        found = parse_form(body.encode(), URLENCODED)
    except BadForm:
        assert re.search("%(?![0-9a-fA-F]{2})", body)
    else:
        assert found == tuple(FormField(name, value) for name, value in parse_qsl(body, keep_blank_values=True))


@pytest.mark.parametrize(
    ("body", "document"),
    [(b"a=%zz&b", "%zz"), (b"a=1&%", "%"), (b"a=%2", "%2"), (b"a=%%zz", "%%z"), (b"a=\\%4x", "%4x")],
)
def test_the_error_for_an_invalid_escape_names_it(body: bytes, document: str) -> None:
    with pytest.raises(BadForm) as caught:
        parse_form(body, URLENCODED)
    assert str(caught.value) == f'invalid URL escape "{document}"'


def test_a_form_has_a_thousand_fields_at_most() -> None:
    assert len(parse_form(b"&".join([b"a=1"] * MOST_FIELDS), URLENCODED)) == MOST_FIELDS
    with pytest.raises(BadForm, match="exceeded limit"):
        parse_form(b"&".join([b"a=1"] * (MOST_FIELDS + 1)), URLENCODED)
    part = (b'name="a"', b"1")
    assert len(read(*[part] * MOST_FIELDS)) == MOST_FIELDS
    with pytest.raises(BadForm, match="too large"):
        read(*[part] * (MOST_FIELDS + 1))


def test_the_headers_of_a_part_have_a_maximum_size() -> None:
    with pytest.raises(BadForm, match="too large"):
        read((b'name="a"\r\nX: ' + b"a" * 9_000, b"1"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=1&" * 2_000_000, URLENCODED),
        (b"a=" + b"%20" * 2_500_000, URLENCODED),
        (b"a=" + b"%zz" * 2_500_000, URLENCODED),
        (b"%" * 8_000_000, URLENCODED),
        (b"a=" + b"\\x" * 4_000_000, URLENCODED),
        (b"&".join(b"metadata[%d][]=1" % number for number in range(1_000)), URLENCODED),
        (multipart((b'name="a"', b"1")) * 150_000, MULTIPART),
        (multipart(*[(b'name="a"; ' + b"a" * 8_000, b"1")] * 900), MULTIPART),
        (multipart(*[(b"name=" + b'a="' * 2_500, b"1")] * 300), MULTIPART),
        (multipart((b'name="a"; filename="b"', b"\0" * 8_000_000)), MULTIPART),
        (b"\r\n--" * 2_000_000, "multipart/form-data; boundary=" + "-" * 4_000),
    ],
    ids=range(11),
)
def test_no_form_takes_long_to_read(body: bytes, kind: str) -> None:
    began = time.process_time()
    with contextlib.suppress(BadForm):
        nested_document([(field.name, field.value) for field in parse_form(body, kind)])
    assert time.process_time() - began < 2.0


def test_lists_and_numbers_in_names_may_be_as_long_as_a_form_allows() -> None:
    began = time.process_time()
    assert nested_document([(f"a[{number}]", number) for number in reversed(range(1_000))]) == {"a": list(range(1_000))}
    assert len(nested_document([(f"a[][b{number}]", number) for number in range(999)] + [("a[][b0]", 0)])["a"]) == 2
    assert nested_document([("a[" + "9" * 5_000 + "]", 2), ("a[7]", 1)]) == {"a": [1, 2]}
    assert time.process_time() - began < 2.0


def test_nested_names_make_a_document() -> None:
    assert nested_document([("a[b][c]", 1), ("a[b][d]", 2), ("e", 3)]) == {"a": {"b": {"c": 1, "d": 2}}, "e": 3}


def test_empty_brackets_make_a_list() -> None:
    assert nested_document([("a[]", 1), ("a[]", 2)]) == {"a": [1, 2]}


def test_numbered_brackets_make_a_list_in_their_order() -> None:
    assert nested_document([("a[1][x]", "b"), ("a[0][x]", "a"), ("a[10][x]", "c")]) == {
        "a": [{"x": "a"}, {"x": "b"}, {"x": "c"}]
    }


def test_a_list_of_objects_that_comes_row_by_row_is_put_together() -> None:
    rows = [("c[][type]", "x"), ("c[][url]", "1"), ("c[][type]", "y"), ("c[][url]", "2")]
    assert nested_document(rows) == {"c": [{"type": "x", "url": "1"}, {"type": "y", "url": "2"}]}


def test_a_list_of_objects_that_comes_column_by_column_is_put_together_by_type() -> None:
    columns = [
        ("c[][type]", "image_url"),
        ("c[][type]", "text"),
        ("c[][type]", "video_url"),
        ("c[][video_url][url]", "v"),
        ("c[][image_url][url]", "i"),
        ("c[][text]", "t"),
        ("c[][role]", "reference_image"),
        ("c[][role]", "reference_video"),
    ]
    assert nested_document(columns) == {
        "c": [
            {"type": "image_url", "image_url": {"url": "i"}, "role": "reference_image"},
            {"type": "text", "text": "t"},
            {"type": "video_url", "video_url": {"url": "v"}, "role": "reference_video"},
        ]
    }


def test_a_value_and_a_document_under_one_name_do_not_clash() -> None:
    assert nested_document([("a", "1"), ("a[b]", "2")]) == {"a": {"b": "2"}}
    assert nested_document([("a[b]", "2"), ("a", "1")]) == {"a": {"b": "2"}}


def test_names_are_nested_when_they_have_brackets_behind_a_word() -> None:
    assert [is_nested(name) for name in ("a[b]", "a[]", "a", "[b]", "a[", "a]b[")] == [True, True] + [False] * 4


def test_however_deep_a_name_is_it_is_read() -> None:
    assert isinstance(nested_document([("a" + "[b]" * 500, 1)]), dict)
