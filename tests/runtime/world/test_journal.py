"""What a journal holds: bounded in number and in bytes, also for what failed."""

import tracemalloc
from itertools import count

import pytest
from ark_emulator.runtime.world import journal as journals
from ark_emulator.runtime.world.journal import RETRY_WINDOW, Entry, Journal

NUMBERS = count()


def entry(real=0.0, status=429, **changed):
    """An exchange that failed, unlike any other unless told otherwise."""
    given = {
        "number": 0,
        "at": real,
        "real": real,
        "method": "POST",
        "path": "/tasks",
        "query": "",
        "status": status,
        "took": 0.0,
        "key": "sk-test",
        "dialect": "ark",
        "headers": {},
        "request": b"%d" % next(NUMBERS),
        "response": b"",
    }
    return Entry(**(given | changed))


def test_failed_exchanges_with_large_bodies_are_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(journals, "BYTES", 1_000_000)
    journal = Journal()
    tracemalloc.start()
    for number in range(1_000):
        journal.add(entry(request=b"%d" % number + b"a" * 50_000, headers={"X-Large": "b" * 4_000 + str(number)}))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2_000_000


@pytest.mark.parametrize(
    "large",
    [
        {"headers": {f"X-{'n' * 1_000}-{number}": "" for number in range(60)}},
        {"model": "m" * 60_000},
        {"notes": ("n" * 30_000, "n" * 30_000)},
    ],
    ids=["names of headers", "model", "notes"],
)
def test_everything_that_an_entry_keeps_counts(monkeypatch, large):
    monkeypatch.setattr(journals, "BYTES", 1_000_000)
    journal = Journal()
    for _ in range(1_000):
        journal.add(entry(status=200, **large))
    assert len(journal) < 1_000_000 / 1_500
    assert all(len(each.model or "") <= journals.LINE for each in journal)


def test_a_retry_is_known_though_the_first_try_has_left_the_journal(monkeypatch):
    monkeypatch.setattr(journals, "ENTRIES", 2)
    journal = Journal()
    for _ in range(4):
        journal.add(entry(request=b"the same"))
    last = journal.last(1)[0]
    assert (last.attempt, last.first, journal.attempts(last)) == (4, 1, 4)


def test_the_counts_of_tries_leave_with_the_entries(monkeypatch):
    monkeypatch.setattr(journals, "ENTRIES", 5)
    journal = Journal()
    for number in range(300):
        journal.add(entry(request=b"%d" % (number // 3)))
    assert len(journal._attempts) <= 5
    for _ in range(50):
        journal.add(entry(request=b"one that is retried for ever"))
    assert len(journal._attempts) <= 5


def test_a_failed_exchange_is_forgotten_when_no_retry_can_come_any_more():
    journal = Journal()
    for number in range(100):
        journal.add(entry(real=float(number)))
    assert len(journal._failed) <= RETRY_WINDOW + 1
    journal.add(entry(real=1_000.0, status=200))
    assert not journal._failed


@pytest.mark.parametrize(("wait", "attempt"), [(RETRY_WINDOW, 2), (RETRY_WINDOW + 0.1, 1)])
def test_a_retry_counts_within_the_window_alone(wait, attempt):
    journal = Journal()
    journal.add(entry(request=b"one"))
    journal.add(entry(real=wait, request=b"one"))
    assert journal.last(1)[0].attempt == attempt


def test_an_entry_is_found_by_its_number_for_as_long_as_it_is_there(monkeypatch):
    monkeypatch.setattr(journals, "ENTRIES", 3)
    journal = Journal()
    assert journal.numbered(1) is None
    for _ in range(5):
        journal.add(entry())
    found = [journal.numbered(number) for number in range(7)]
    assert [None if each is None else each.number for each in found] == [None, None, None, 3, 4, 5, None]
