"""The syntax of HTTP header names and values (RFC 9110)."""

import re
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def is_header_name(text: str) -> bool:
    """Return True for a valid header name."""
    return _NAME.fullmatch(text) is not None


def is_header_text(text: str) -> bool:
    """Return True for a valid header value: one line, without control characters other than the tab."""
    return _CONTROL.search(text) is None
