"""OpenAI's forms and its video object."""

import pytest

from emulator.dialects.openai import STATUSES, BadForm, Field, form, is_nested, tree, video

LINE = "\r\n"


def multipart(*parts, end=True):
    """A form of (headers, content) parts."""
    body = b"".join(
        b"--edge\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return body + (b"--edge--\r\n" if end else b"")


def read(*parts, kind="multipart/form-data; boundary=edge", **more):
    return form(multipart(*parts, **more), kind)


def test_a_form_is_read_field_by_field():
    fields = read((b'name="model"', b"sora"), (b'name="prompt"', "猫".encode()))
    assert fields == (Field("model", "sora"), Field("prompt", "猫"))


def test_the_boundary_may_stand_in_quotes():
    assert read((b'name="a"', b"1"), kind='multipart/form-data; boundary="edge"') == (Field("a", "1"),)


def test_a_file_becomes_a_data_uri_with_every_byte_in_it():
    content = b"\x89PNG\r\n\x1a\n\r\n--edg\r\n"
    (field,) = read((b'name="input_reference"; filename="a.png"\r\nContent-Type: image/png', content))
    assert field == Field("input_reference", "data:image/png;base64,iVBORw0KGgoNCi0tZWRnDQo=", file=True)


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (b"", "multipart/form-data", "no multipart boundary"),
        (b"", "multipart/form-data; boundary=edge", "EOF"),
        (multipart((b'name="a"', b"1"), end=False), "multipart/form-data; boundary=edge", "EOF"),
        (b"--edge\r\nnothing\r\n--edge--", "multipart/form-data; boundary=edge", "without a header"),
    ],
)
def test_a_form_that_cannot_be_read_says_why(body, kind, why):
    with pytest.raises(BadForm, match=why):
        form(body, kind)


def test_a_url_encoded_form_is_read_too():
    fields = form(b"model=sora&prompt=a+cat&seconds=", "application/x-www-form-urlencoded")
    assert fields == (Field("model", "sora"), Field("prompt", "a cat"), Field("seconds", ""))


def test_nested_names_make_a_document():
    assert tree([("a[b][c]", 1), ("a[b][d]", 2), ("e", 3)]) == {"a": {"b": {"c": 1, "d": 2}}, "e": 3}


def test_empty_brackets_make_a_list():
    assert tree([("a[]", 1), ("a[]", 2)]) == {"a": [1, 2]}


def test_numbered_brackets_make_a_list_in_their_order():
    assert tree([("a[1][x]", "b"), ("a[0][x]", "a"), ("a[10][x]", "c")]) == {"a": [{"x": "a"}, {"x": "b"}, {"x": "c"}]}


def test_a_list_of_objects_that_comes_row_by_row_is_put_together():
    rows = [("c[][type]", "x"), ("c[][url]", "1"), ("c[][type]", "y"), ("c[][url]", "2")]
    assert tree(rows) == {"c": [{"type": "x", "url": "1"}, {"type": "y", "url": "2"}]}


def test_a_list_of_objects_that_comes_column_by_column_is_put_together_by_type():
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
    assert tree(columns) == {
        "c": [
            {"type": "image_url", "image_url": {"url": "i"}, "role": "reference_image"},
            {"type": "text", "text": "t"},
            {"type": "video_url", "video_url": {"url": "v"}, "role": "reference_video"},
        ]
    }


def test_a_value_and_a_document_under_one_name_do_not_clash():
    assert tree([("a", "1"), ("a[b]", "2")]) == {"a": {"b": "2"}}
    assert tree([("a[b]", "2"), ("a", "1")]) == {"a": {"b": "2"}}


def test_names_are_nested_when_they_have_brackets_behind_a_word():
    assert [is_nested(name) for name in ("a[b]", "a[]", "a", "[b]", "a[", "a]b[")] == [True, True] + [False] * 4


def test_however_deep_a_name_is_it_is_read():
    assert isinstance(tree([("a" + "[b]" * 500, 1)]), dict)


def test_openai_knows_four_of_our_words_and_ends_polling_at_any_other():
    assert set(STATUSES.values()) == {"queued", "in_progress", "completed", "failed", "unknown"}


def test_the_video_object_has_an_error_only_when_there_is_one():
    plain = {"id": "task_a", "model": "m", "status": "queued", "progress": 10, "created_at": 1, "completed_at": 2}
    shown = video(**plain, seconds="5", url="")
    assert list(shown) == [
        *("id", "task_id", "object", "model", "status", "progress", "created_at", "completed_at", "seconds"),
        "metadata",
    ]
    assert video(**plain, seconds="5", url="", error={"message": "m", "code": "c"})["error"]["code"] == "c"
