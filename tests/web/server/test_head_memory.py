"""The limit on the heads of all connections together."""

from typing import Any

import pytest
from ark_emulator.web.server import http_limits
from ark_emulator.web.server.head_memory import HeadMemory


class Holder:
    """A connection that frees its heads on request, unless it is busy."""

    def __init__(self, memory: Any, *, busy: Any = False) -> None:
        self.memory, self.busy, self.asked = memory, busy, 0

    def free_heads(self) -> None:
        self.asked += 1
        if not self.busy:
            self.memory.hold(self, 0)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(http_limits, "HEADS_BYTES", 1_000)
    monkeypatch.setattr(http_limits, "SMALL_HEADS", 100)
    return HeadMemory()


def test_small_heads_are_not_counted(memory: Any) -> None:
    assert all(memory.hold(Holder(memory), 100) for _ in range(50))
    assert memory.held == 0


def test_what_a_connection_holds_is_replaced_and_released(memory: Any) -> None:
    one, two = Holder(memory), Holder(memory)
    for holder, size, held in ((one, 500, 500), (two, 300, 800), (one, 200, 500), (two, 50, 200)):
        assert memory.hold(holder, size)
        assert memory.held == held
    memory.release(one)
    memory.release(two)
    assert memory.held == 0


def test_the_connections_that_hold_heads_for_longest_free_theirs_first(memory: Any) -> None:
    first, busy, third, fourth = Holder(memory), Holder(memory, busy=True), Holder(memory), Holder(memory)
    for each in (busy, first, third):
        memory.hold(each, 300)
    assert memory.hold(fourth, 300)
    assert [each.asked for each in (busy, first, third, fourth)] == [1, 1, 0, 0]
    assert memory.held == 900


def test_a_connection_that_does_not_fit_is_refused_but_one_that_holds_less_than_before_is_not(memory: Any) -> None:
    busy, late = Holder(memory, busy=True), Holder(memory)
    assert memory.hold(busy, 900)
    assert not memory.hold(late, 300)
    assert memory.hold(late, 200)
    assert not memory.hold(late, 250)
    assert memory.hold(late, 0)
    assert memory.held == 900
