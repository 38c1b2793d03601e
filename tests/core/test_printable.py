"""Untrusted text, as terminals and logs show it."""

import unicodedata

import pytest
from ark_emulator.core.printable import on_one_line, printable
from hypothesis import given
from hypothesis import strategies as st

STEERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_steers_a_terminal_or_begins_a_line(text: str) -> None:
    assert not [each for each in on_one_line(text) if unicodedata.category(each) in STEERS]
    assert len(printable(text).splitlines()) <= text.count("\n") + 1
    assert not [each for each in printable(text) if unicodedata.category(each) in STEERS and each not in "\n\t"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;PWNED\x07", r"\x1b]0;PWNED\x07"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("\u2028\ufeff\U000e0041", r"\u2028\ufeff\U000e0041"),
        ("\ud800", r"\ud800"),
        ("一只猫，好\u3000的 é", "一只猫，好\u3000的 é"),
        ("plain \\x1b", "plain \\x1b"),
    ],
)
def test_what_steers_is_shown_as_an_escape_and_what_is_read_stays(text: str, shown: str) -> None:
    assert on_one_line(text) == shown


def test_a_block_keeps_its_lines_and_tabs() -> None:
    assert printable("a\n\tb\r\n\x1b") == "a\n\tb\\r\n\\x1b"
