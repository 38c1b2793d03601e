"""Boxes, and the budget of a reader."""

import struct
from io import BytesIO

import pytest
from ark_emulator.media.inspect.boxes import BudgetedReader, BudgetExceeded, child, children, content, top
from hypothesis import given
from hypothesis import strategies as st

NESTED = b"\0\0\0\x18aaaa" + b"\0\0\0\x10bbbb" + b"\0\0\0\x08cccc" + b"\0\0\0\x09dddd!"


def test_a_child_is_found_by_its_path() -> None:
    assert [bytes(kind) for kind, _ in children(memoryview(NESTED))] == [b"aaaa", b"dddd"]
    assert bytes(child(memoryview(NESTED), b"dddd")) == b"!"
    assert bytes(child(memoryview(NESTED), b"aaaa", b"bbbb")) == b"\0\0\0\x08cccc"
    assert bytes(child(memoryview(NESTED), b"aaaa", b"xxxx", b"cccc")) == b""


@pytest.mark.parametrize("length", [2, 7])
def test_a_box_shorter_than_its_header_ends_the_walk(length: int) -> None:
    raw = length.to_bytes(4, "big") + b"aaaa" + NESTED
    assert list(children(memoryview(raw))) == []
    assert list(top(BudgetedReader(BytesIO(raw)), len(raw))) == []


@given(st.binary(max_size=200))
def test_both_walks_see_the_same_boxes_and_none_twice(raw: bytes) -> None:
    try:
        within = [(bytes(kind), bytes(inner)) for kind, inner in children(memoryview(raw))]
    except struct.error:
        with pytest.raises(struct.error):
            list(top(BudgetedReader(BytesIO(raw)), len(raw)))
        return
    found = top(BudgetedReader(BytesIO(raw)), len(raw))
    assert [(kind, raw[start:stop]) for kind, start, stop in found] == within
    assert sum(8 + len(inner) for _, inner in within) <= len(raw)


@pytest.mark.parametrize("stop", [len(NESTED) + 1, 1 << 60])
def test_truncated_content_is_an_error(stop: int) -> None:
    assert bytes(content(BudgetedReader(BytesIO(NESTED)), 8, 16)) == NESTED[8:16]
    with pytest.raises(BudgetExceeded):
        content(BudgetedReader(BytesIO(NESTED)), 8, stop)


def test_a_reader_has_only_so_many_reads() -> None:
    file = BudgetedReader(BytesIO(bytes(100)), reads=3)
    assert [file.read(1) for _ in range(3)] == [b"\0"] * 3
    with pytest.raises(BudgetExceeded):
        file.read(1)


def test_a_reader_has_only_so_many_bytes() -> None:
    file = BudgetedReader(BytesIO(bytes(100)), volume=10)
    file.seek(90)
    assert file.read(6) == bytes(6)
    assert file.tell() == 96
    assert file.read(-1) == bytes(4)
    file.seek(0)
    with pytest.raises(BudgetExceeded):
        file.read(-1)
