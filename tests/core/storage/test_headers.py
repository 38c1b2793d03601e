"""The syntax of header names and values."""

import pytest
from ark_emulator.core.storage.headers import is_header_name, is_header_text


@pytest.mark.parametrize(
    ("text", "fits"), [("X-Served-By", True), ("", False), ("é", False), ("a b", False), ("a:", False)]
)
def test_a_header_is_called_by_a_token(text: str, fits: bool) -> None:
    assert is_header_name(text) is fits


@pytest.mark.parametrize(("text", "fits"), [("", True), ("a\tb é", True), ("a\r\nb", False), ("\x00", False)])
def test_a_header_says_one_line(text: str, fits: bool) -> None:
    assert is_header_text(text) is fits
