"""The laws of slot queues: never more than the slots, priority first, arrival next, and no start is ever moved."""

from math import inf

from ark_emulator.core.time.slot_queue import SlotQueue, place
from hypothesis import given, settings
from hypothesis import strategies as st

Arrival = tuple[float, int, float, float, float]
arrivals = st.lists(
    st.tuples(
        st.integers(0, 40).map(float),  # when it arrives
        st.integers(0, 9),  # priority
        st.integers(0, 5).map(float),  # how long it is queued at least
        st.integers(1, 12).map(float),  # how long it runs
        st.integers(3, 60).map(float),  # how long it waits at most
    ),
    max_size=25,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def run(rows: list[Arrival], slots: int) -> dict[str, tuple[float, float]]:
    """Return starts and ends of the tasks, each decided only once its moment had come before the next arrival."""
    lane, starts, lengths = SlotQueue(slots), {}, {}

    def decide(until: float) -> None:
        while (found := lane.next_start()) is not None and found[1] <= until:
            name, at = found
            lane.start(name, at)
            lane.ends_at(name, at + lengths[name])
            starts[name] = (at, at + lengths[name])

    for number, (at, priority, ready, length, patience) in enumerate(rows):
        decide(at)
        lengths[str(number)] = length
        lane.enter(place(str(number), priority, number, at + ready, at + patience))
    decide(inf)
    return starts


@given(arrivals, st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_a_lane_never_runs_more_than_its_slots(rows: list[Arrival], slots: int) -> None:
    starts = run(rows, slots)
    for at, _ in starts.values():
        assert sum(begin <= at < end for begin, end in starts.values()) <= slots


@given(arrivals, st.integers(1, 4), st.data())
@settings(max_examples=150, deadline=None)
def test_a_later_arrival_never_moves_a_start_that_already_happened(
    rows: list[Arrival], slots: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(rows)))
    before, after = run(rows[:cut], slots), run(rows, slots)
    arrives = rows[cut][0] if cut < len(rows) else inf
    for name, (at, end) in before.items():
        if at <= arrives:
            assert after[name] == (at, end)


@given(arrivals, st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_no_task_starts_while_one_of_higher_rank_is_ready(rows: list[Arrival], slots: int) -> None:
    starts = run(rows, slots)
    for name, (at, _) in starts.items():
        rank = (-rows[int(name)][1], int(name))
        for other, (arrives, priority, ready, _, patience) in enumerate(rows):
            waits = arrives + ready <= at < arrives + patience and arrives < at
            if waits and starts.get(str(other), (inf, inf))[0] > at:
                assert rank < (-priority, other)


@given(arrivals, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_no_task_starts_before_being_ready_or_after_giving_up(rows: list[Arrival], slots: int) -> None:
    for name, (at, _) in run(rows, slots).items():
        arrives, _, ready, _, patience = rows[int(name)]
        assert arrives + ready <= at < arrives + patience


def test_a_slot_that_comes_free_goes_to_the_first_in_rank() -> None:
    rows = [(0.0, 0, 0.0, 10.0, 100.0), (1.0, 0, 0.0, 5.0, 100.0), (2.0, 9, 0.0, 5.0, 100.0)]
    assert run(rows, 1) == {"0": (0.0, 10.0), "2": (10.0, 15.0), "1": (15.0, 20.0)}


def test_a_task_that_leaves_frees_its_slot_at_once() -> None:
    lane = SlotQueue(1)
    for number in range(2):
        lane.enter(place(str(number), 0, number, 0.0, 100.0))
    lane.start("0", 0.0)
    assert lane.next_start() is None
    lane.leave("0", 7.0)
    assert lane.next_start() == ("1", 7.0)


def test_a_waiting_task_that_is_reversed_never_starts() -> None:
    lane = SlotQueue(1)
    lane.enter(place("0", 0, 0, 0.0, 100.0))
    lane.leave("0", 1.0)
    assert lane.next_start() is None
    assert len(lane) == 0


def test_a_hundred_thousand_waiting_tasks_are_placed_in_order_of_rank() -> None:
    lane, starts = SlotQueue(10), []
    for number in range(100_000):
        lane.enter(place(str(number), number % 10, number, 1.0, inf))
    while (found := lane.next_start()) is not None:
        lane.start(*found)
        lane.ends_at(found[0], found[1] + 4.0)
        starts.append(found)
    assert [int(name) for name, _ in starts] == sorted(range(100_000), key=lambda number: (-(number % 10), number))
    assert starts[-1][1] == 1.0 + 4.0 * (100_000 / 10 - 1)


def test_when_slots_become_fewer_no_task_starts_before_enough_have_ended() -> None:
    lane = SlotQueue(3)
    for number in range(5):
        lane.enter(place(f"t{number}", 0, number, 0.0, 1_000.0))
    for number in range(3):
        lane.start(f"t{number}", 0.0)
        lane.ends_at(f"t{number}", 10.0 * (number + 1))
    lane.slots = 1
    assert lane.next_start() == ("t3", 30.0)
    lane.start("t3", 30.0)
    lane.ends_at("t3", 40.0)
    assert lane.next_start() == ("t4", 40.0)
