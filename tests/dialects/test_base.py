"""JSON bodies within the limits of size are parsed, larger ones rejected."""

import json
import time
from typing import Any

import pytest
from ark_emulator.dialects.base import MOST_PARTS, json_bytes, parse_json

LONG = 2_700_000


@pytest.mark.parametrize("text", ["a, b: [c] {d}", '"', "\\", '\\"', '"\\', '",', "[", '":"', "\\\\[", "é,\n"])
def test_a_text_may_hold_any_characters_at_any_length(text: str) -> None:
    document = {"text": text * (LONG // len(text)), "other": [1, "[", "\\"]}
    began = time.process_time()
    assert parse_json(json.dumps(document).encode()) == document
    assert time.process_time() - began < 6.0


def test_a_document_of_as_many_parts_as_it_may_have_is_read() -> None:
    assert len(parse_json(b"[" + b",".join([b"1"] * MOST_PARTS) + b"]")) == MOST_PARTS


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"1," * MOST_PARTS + b"1]",
        b"[" + b"[]," * MOST_PARTS + b"1]",
        b"[" + b'"",' * MOST_PARTS + b"1]",
        b"[" + b'"\\"[",' * MOST_PARTS + b"1]",
        b"{" + b'"a":1,' * MOST_PARTS + b'"a":1}',
        b"[" * (2 * MOST_PARTS),
        b'"' * (4 * MOST_PARTS),
    ],
    ids=range(7),
)
def test_a_document_of_more_parts_is_refused_before_it_is_read(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(ValueError):
        parse_json(body)
    assert time.process_time() - began < 2.0


def test_the_error_says_why() -> None:
    with pytest.raises(ValueError, match="more than 150000 parts"):
        parse_json(b"[" + b"{}," * MOST_PARTS + b"1]")


@pytest.mark.parametrize("document", ["\ud800", {"\ud800": ["\ud800", 1, None]}])
def test_text_that_no_encoding_can_write_has_the_replacement_character_in_its_place(document: Any) -> None:
    shown = json.dumps(document).replace("\\ud800", "\ufffd")
    assert json.loads(json_bytes(document)) == json.loads(shown)
