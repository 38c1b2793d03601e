"""Large bodies are read in steps, none of which takes long."""

import base64
import json
import os
import time
from typing import Any

import pytest
from ark_emulator.dialects import large_bodies
from ark_emulator.dialects.base import MOST_TEXT, BodyTooComplex, run_steps
from ark_emulator.dialects.large_bodies import parse_document
from ark_emulator.dialects.newapi.form_parser import BadForm, parse_form_steps

MEGABYTE = 1 << 20
PICTURE = base64.b64encode(os.urandom(MEGABYTE) * 9).decode()
LINK = f"data:image/png;base64,{PICTURE}"
MULTIPART = "multipart/form-data; boundary=b"
URLENCODED = "application/x-www-form-urlencoded"
PART = b'--b\r\nContent-Disposition: form-data; name="a"'


def read(text: Any) -> Any:
    return run_steps(parse_document(text.encode()))


def longest_step(steps: Any) -> Any:
    """Return the processor time of the longest step, the least of three runs for the noise of a machine."""

    def once() -> Any:
        work, longest = steps(), 0.0
        while True:
            began = time.thread_time()
            try:
                next(work)
            except (StopIteration, ValueError):
                return max(longest, time.thread_time() - began)
            longest = max(longest, time.thread_time() - began)

    return min(once() for _ in range(3))


@pytest.mark.parametrize("value", [LINK, PICTURE, PICTURE.replace("+", "-").replace("/", "_")])
def test_base64_may_take_more_than_other_text(value: Any) -> None:
    assert read(json.dumps({"a": [value, "b"], "c": value})) == {"a": [value, "b"], "c": value}


@pytest.mark.parametrize("escape", [("/", "\\/"), ("+", "\\u002B"), ("+", "\\u002b")])
def test_base64_is_read_through_the_escapes_of_other_encoders(escape: Any) -> None:
    assert read(json.dumps({"a": LINK, "b": "c/+\\/"}).replace(LINK, LINK.replace(*escape))) == {
        "a": LINK,
        "b": "c/+\\/",
    }


def test_ends_of_lines_in_base64_are_left_out() -> None:
    lines = "\\r\\n".join(PICTURE[at : at + 76] for at in range(0, len(PICTURE), 76))
    assert read(f'{{"a": "{lines}", "b": "x\\ny"}}') == {"a": PICTURE, "b": "x\ny"}


@pytest.mark.parametrize("piece", ["a b", "\u732b", "\\n", "\\u00e9", "a,", '\\"', "\\\\/"])
def test_other_text_is_bounded(piece: Any) -> None:
    text = piece * (MOST_TEXT // len(piece.encode()) + 1)
    with pytest.raises(BodyTooComplex, match="more than 8 MiB"):
        read(f'{{"a": "{text}"}}')


@pytest.mark.parametrize("text", ["1" * 9_000_000, " " * 9_000_000 + "{}", "x" * 9_000_000, '"' + "x" * 9_000_000, ""])
def test_what_is_no_document_is_refused(text: Any) -> None:
    with pytest.raises(ValueError):
        read(text)


STALLING = {
    "base64": lambda: parse_document(b'{"a": "' + b"A" * (60 * MEGABYTE) + b'"}'),
    "slashes": lambda: parse_document(b'{"a": "' + b"\\/" * (30 * MEGABYTE) + b'"}'),
    "escapes": lambda: parse_document(b'{"a": "' + b"\\n" * (30 * MEGABYTE) + b'"}'),
    "no unicode": lambda: parse_document(b'{"a": "' + b"\xff" * (60 * MEGABYTE) + b'"}'),
    "letters": lambda: parse_document(b'{"a": "' + "\u732b".encode() * (20 * MEGABYTE) + b'"}'),
    "spaces": lambda: parse_document(b" " * (60 * MEGABYTE)),
    "quotes": lambda: parse_document(b'"' * (60 * MEGABYTE)),
    "keys": lambda: parse_document(b"{" + b",".join(b'"%d":1' % each for each in range(70_000)) + b"}"),
    "percent": lambda: parse_form_steps(b"a=" + b"%F0" * (20 * MEGABYTE), URLENCODED),
    "pairs": lambda: parse_form_steps(b"a=1&" * (15 * MEGABYTE), URLENCODED),
    "file": lambda: parse_form_steps(PART + b'; filename="a"\r\n\r\n' + bytes(60 * MEGABYTE) + b"\r\n--b--", MULTIPART),
    "field": lambda: parse_form_steps(PART + b"\r\n\r\n" + b"\xff" * (60 * MEGABYTE) + b"\r\n--b--", MULTIPART),
    "edges": lambda: parse_form_steps(PART + b"\r\n\r\n" + b"\r\n--a" * (12 * MEGABYTE) + b"\r\n--b--", MULTIPART),
    "no edge": lambda: parse_form_steps(b"--b" + b"x" * (60 * MEGABYTE), MULTIPART),
}


@pytest.mark.parametrize("attack", STALLING)
def test_no_step_takes_long_whatever_the_body_is(attack: Any) -> None:
    assert longest_step(STALLING[attack]) < 0.1


def test_a_file_in_a_form_is_base64_of_the_whole() -> None:
    content = os.urandom(3 * MEGABYTE + 1)
    body = PART + b'; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + content + b"\r\n--b--"
    (field,) = run_steps(parse_form_steps(body, MULTIPART))
    assert field.value == f"data:image/png;base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize("shift", range(6))
def test_text_of_a_form_is_the_same_wherever_its_pieces_end(shift: Any) -> None:
    text = "x" * shift + "\u732b%+ \U0001f600" * (large_bodies.STEP // 8)
    quoted = "x" * shift + "%E7%8C%AB%25%2B+%f0%9f%98%80" * (large_bodies.STEP // 8)
    (field,) = run_steps(parse_form_steps(b"a=" + quoted.encode(), URLENCODED))
    assert field.value == text
    (field,) = run_steps(parse_form_steps(PART + b"\r\n\r\n" + text.encode() + b"\r\n--b--", MULTIPART))
    assert field.value == text


@pytest.mark.parametrize("text", [b"x", "\u732b".encode()])
def test_the_texts_of_a_form_are_bounded_together_and_inline_media_is_not(text: Any) -> None:
    half = text * (5_000_000 // len(text.decode()))
    for body, media in (
        (PART + b"\r\n\r\n" + half + b"\r\n" + PART + b"\r\n\r\n" + half + b"\r\n--b--", MULTIPART),
        (b"a=" + half + b"&b=" + half, URLENCODED),
        (b"a=data:" + b"x" * 9_000_000 + text.decode().replace("x", "\u732b").encode(), URLENCODED),
    ):
        with pytest.raises(BadForm, match="too large"):
            run_steps(parse_form_steps(body, media))
    (field,) = run_steps(parse_form_steps(b"a=data:" + b"x" * 9_000_000, URLENCODED))
    assert len(field.value) == 9_000_005
