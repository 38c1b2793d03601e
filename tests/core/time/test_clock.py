"""The virtual clock: it runs, stops, jumps and changes its speed, and never goes back."""

from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.core.time.clock import END, ClockMode, VirtualClock
from hypothesis import given
from hypothesis import strategies as st

BASE = 1_790_000_000.0

waits = st.floats(0, 1e6)
speeds = st.floats(1e-6, 1e6)
acts = st.one_of(
    st.just(lambda clock, real: clock.frozen(real)),
    st.just(lambda clock, real: clock.by_polls(real)),
    st.just(lambda clock, real: clock.resumed(real)),
    speeds.map(lambda speed: lambda clock, real: clock.resumed(real, speed)),
    st.floats(-1e6, 1e6).map(lambda ahead: lambda clock, real: clock.jumped_to(clock.now(real) + ahead, real)),
)


def test_live_time_flows_at_its_speed() -> None:
    clock = VirtualClock(BASE, anchor=50.0, speed=10.0)
    assert clock.now(50.0) == BASE
    assert clock.now(53.0) == BASE + 30


def test_frozen_time_stands_until_it_is_reported() -> None:
    clock = VirtualClock(BASE, 0.0, mode=ClockMode.FROZEN)
    assert clock.now(1e9) == BASE
    assert clock.jumped_to(BASE + 5, 1e9).now(2e9) == BASE + 5


def test_a_frozen_clock_resumes_from_where_it_stood() -> None:
    clock = VirtualClock(BASE, 0.0).frozen(100.0).resumed(1000.0)
    assert clock.now(1007.0) == BASE + 107


def test_a_clock_that_resumes_keeps_its_speed_unless_given_another() -> None:
    frozen = VirtualClock(BASE, 0.0, speed=4.0).frozen(0.0)
    assert frozen.resumed(0.0).now(1.0) == BASE + 4
    assert frozen.resumed(0.0, 2.0).now(1.0) == BASE + 2


def test_a_jump_on_a_live_clock_lets_it_flow_on() -> None:
    clock = VirtualClock(BASE, 0.0, speed=2.0).jumped_to(BASE + 3600, 10.0)
    assert clock.now(11.0) == BASE + 3602


def test_a_jump_back_does_nothing() -> None:
    assert VirtualClock(BASE, 0.0).jumped_to(BASE - 5, 10.0).now(10.0) == BASE + 10


@pytest.mark.parametrize("mode", [ClockMode.FROZEN, ClockMode.POLLS])
def test_time_that_stands_never_gets_anywhere_alone(mode: ClockMode) -> None:
    clock = VirtualClock(BASE, 0.0, mode=mode)
    assert not clock.flows
    assert clock.real_wait(BASE + 1, 0.0) is None


def test_the_real_wait_is_shorter_the_faster_the_clock() -> None:
    assert VirtualClock(BASE, 0.0, speed=100.0).real_wait(BASE + 60, 0.1) == pytest.approx(0.5)
    assert VirtualClock(BASE, 0.0).real_wait(BASE - 60, 0.0) == 0.0


@given(speed=speeds, ahead=st.floats(0, 1e6), real=waits)
def test_after_the_real_wait_the_moment_has_come(speed: float, ahead: float, real: float) -> None:
    clock = VirtualClock(BASE, 0.0, speed)
    wait = clock.real_wait(clock.now(real) + ahead, real)
    if clock.now(real) + ahead > END:
        assert wait is None
        return
    slack = 1e-6 + 1e-9 * speed * (real + wait)
    assert clock.now(real + wait) >= clock.now(real) + ahead - slack


@given(speed=speeds, steps=st.lists(st.tuples(waits, acts), max_size=8))
def test_time_never_goes_back_whatever_is_done_to_the_clock(
    speed: float, steps: list[tuple[float, Callable[..., Any]]]
) -> None:
    clock, real, last = VirtualClock(BASE, 0.0, speed), 0.0, BASE
    for wait, act in steps:
        real += wait
        assert clock.now(real) >= last
        last = clock.now(real)
        clock = act(clock, real)
        assert clock.now(real) >= last
        last = clock.now(real)


@given(speed=speeds, real=waits)
def test_stopping_and_starting_at_one_instant_changes_nothing(speed: float, real: float) -> None:
    clock = VirtualClock(BASE, 0.0, speed)
    assert clock.frozen(real).resumed(real).now(real + 1) == pytest.approx(clock.now(real + 1), rel=1e-12)


def test_a_source_of_real_time_that_steps_back_does_not_take_the_clock_with_it() -> None:
    assert VirtualClock(BASE, anchor=100.0).now(99.0) == BASE


def test_every_clock_stops_at_the_end_of_time() -> None:
    assert VirtualClock(BASE, 0.0, speed=1e6).now(1e9) == END
    assert VirtualClock(BASE, 0.0).jumped_to(2 * END, 1.0).now(1e9) == END
    assert VirtualClock(BASE, 0.0).real_wait(END + 1, 1.0) is None
