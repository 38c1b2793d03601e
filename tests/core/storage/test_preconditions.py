"""Conditions, ranges and dates of HTTP, against a simple model where there is one."""

from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import pytest
from ark_emulator.core.storage.preconditions import (
    Condition,
    Selection,
    Validators,
    http_date,
    parse_http_date,
    select,
    weigh,
)
from hypothesis import given
from hypothesis import strategies as st

TAG = "900150983cd24fb0d6963f7d28e17f72"
CHANGED = 1_800_000_000
VALIDATORS = Validators(TAG, CHANGED + 0.75)
MOMENTS = st.integers(0, 253_402_300_799)


@given(MOMENTS)
def test_a_date_is_written_as_the_standard_library_writes_it_and_reads_back(moment: int) -> None:
    assert http_date(moment) == formatdate(moment, usegmt=True)
    assert parse_http_date(http_date(moment)) == moment == int(parsedate_to_datetime(http_date(moment)).timestamp())


@pytest.mark.parametrize(
    "text",
    ["", "now", "Mon, 32 Jan 2027 00:00:00 GMT", "Fri, 15 Jan 2027 24:00:00 GMT", "Fri, 15 Jan 2027 08:00:00 +0800"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_http_date(text) is None


MET, SAME, FAILED = Condition.MET, Condition.NOT_MODIFIED, Condition.FAILED
BEFORE, AT, AFTER = (http_date(CHANGED + shift) for shift in (-1, 0, 1))


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, MET),
        ({"if-match": f'"{TAG}"'}, MET),
        ({"if-match": TAG}, MET),
        ({"if-match": "*"}, MET),
        ({"if-match": f'"other", "{TAG}"'}, MET),
        ({"if-match": '"other"'}, FAILED),
        ({"if-match": f'W/"{TAG}"'}, FAILED),
        ({"if-match": ""}, FAILED),
        ({"if-none-match": f'"{TAG}"'}, SAME),
        ({"if-none-match": TAG}, SAME),
        ({"if-none-match": "*"}, SAME),
        ({"if-none-match": f'W/"{TAG}"'}, SAME),
        ({"if-none-match": f'"other",W/"{TAG}"'}, SAME),
        ({"if-none-match": '"other"'}, MET),
        ({"if-none-match": f'"{TAG}x"'}, MET),
        ({"if-modified-since": BEFORE}, MET),
        ({"if-modified-since": AT}, SAME),
        ({"if-modified-since": AFTER}, SAME),
        ({"if-modified-since": "yesterday"}, MET),
        ({"if-unmodified-since": BEFORE}, FAILED),
        ({"if-unmodified-since": AT}, MET),
        ({"if-unmodified-since": AFTER}, MET),
        ({"if-unmodified-since": "yesterday"}, MET),
        ({"if-match": f'"{TAG}"', "if-unmodified-since": BEFORE}, MET),
        ({"if-none-match": '"other"', "if-modified-since": AFTER}, MET),
        ({"if-match": '"other"', "if-none-match": f'"{TAG}"'}, FAILED),
        ({"if-match": f'"{TAG}"', "if-none-match": f'"{TAG}"'}, SAME),
        ({"if-unmodified-since": AFTER, "if-modified-since": AFTER}, SAME),
    ],
)
def test_conditions_come_out_as_http_says(headers: dict[str, Any], outcome: Condition) -> None:
    assert weigh(headers, VALIDATORS) is outcome


SIZES = st.integers(0, 40)
ENDS = st.integers(0, 60)


def chosen(header: str, size: int, **headers: Any) -> Selection | None:
    return select({"range": header, **headers}, size, VALIDATORS)


@given(size=SIZES, first=ENDS, last=ENDS)
def test_a_range_with_two_ends_is_the_slice_from_the_first_to_the_last(size: int, first: int, last: int) -> None:
    content = bytes(range(size))
    got = chosen(f"bytes={first}-{last}", size)
    if last < first:
        assert got == Selection(0, size, partial=False)
    elif first >= size:
        assert got is None
    else:
        assert got is not None and got.partial
        assert content[got.start : got.stop] == content[first : last + 1]
        assert got.stop <= size


@given(size=SIZES, first=ENDS)
def test_an_open_range_is_the_slice_to_the_end(size: int, first: int) -> None:
    content = bytes(range(size))
    got = chosen(f"bytes={first}-", size)
    assert (got is None) == (first >= size)
    if got is not None:
        assert got.partial
        assert content[got.start : got.stop] == content[first:]


@given(size=SIZES, length=ENDS)
def test_a_suffix_range_is_the_slice_from_the_back(size: int, length: int) -> None:
    content = bytes(range(size))
    got = chosen(f"bytes=-{length}", size)
    assert (got is None) == (length == 0 or size == 0)
    if got is not None:
        assert got.partial
        assert content[got.start : got.stop] == content[-length:]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "items=0-4",
        "bytes=0-4,6-9",
        "bytes=4",
        "bytes=0 - 4",
        "bytes=٠-٤",
    ],
)
def test_a_header_that_is_no_single_range_gets_the_whole(header: str) -> None:
    assert chosen(header, 10) == Selection(0, 10, partial=False)


def test_the_unit_of_a_range_may_be_written_in_any_case_and_padded() -> None:
    assert chosen(" Bytes= 0-4 ", 10) == Selection(0, 5, partial=True)


@given(st.text(max_size=30) | st.text("bytes=-0123456789, ", max_size=30), SIZES)
def test_whatever_the_header_the_selection_lies_within_the_object(header: str, size: int) -> None:
    got = chosen(header, size)
    assert got is None or 0 <= got.start <= got.stop <= size


@pytest.mark.parametrize(
    ("condition", "partial"),
    [
        (f'"{TAG}"', True),
        (TAG, True),
        (AT, True),
        ('"other"', False),
        (f'W/"{TAG}"', False),
        (BEFORE, False),
        (AFTER, False),
        ("*", False),
        ("", False),
    ],
)
def test_if_range_lets_a_range_through_only_when_the_object_is_the_same(condition: str, partial: bool) -> None:
    got = chosen("bytes=0-4", 10, **{"if-range": condition})
    assert got == (Selection(0, 5, partial=True) if partial else Selection(0, 10, partial=False))
