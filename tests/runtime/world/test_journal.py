"""What a journal holds: bounded in number and in bytes, also for what failed."""

import tracemalloc
from itertools import count
from typing import Any

import pytest
from ark_emulator.runtime.world import journal as journals
from ark_emulator.runtime.world.journal import RETRY_WINDOW, Journal, JournalEntry, JournalMemory, entry_document

from tests.support.caller import Serve

NUMBERS = count()


def entry(real: float = 0.0, status: int = 429, **changed: Any) -> JournalEntry:
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
    return JournalEntry(**(given | changed))


def test_failed_exchanges_with_large_bodies_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_everything_that_an_entry_keeps_counts(monkeypatch: pytest.MonkeyPatch, large: dict[str, Any]) -> None:
    monkeypatch.setattr(journals, "BYTES", 1_000_000)
    journal = Journal()
    for _ in range(1_000):
        journal.add(entry(status=200, **large))
    assert len(journal) < 1_000_000 / 1_500
    assert all(len(each.model or "") <= journals.LINE for each in journal)


def test_a_retry_is_known_though_the_first_try_has_left_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "ENTRIES", 2)
    journal = Journal()
    for _ in range(4):
        journal.add(entry(request=b"the same"))
    last = journal.newest(1)[0]
    assert (last.attempt, last.first, journal.attempts(last)) == (4, 1, 4)


def test_the_counts_of_tries_leave_with_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "ENTRIES", 5)
    journal = Journal()
    for number in range(300):
        journal.add(entry(request=b"%d" % (number // 3)))
    assert len(journal._attempts) <= 5
    for _ in range(50):
        journal.add(entry(request=b"one that is retried for ever"))
    assert len(journal._attempts) <= 5


def test_a_failed_exchange_is_forgotten_when_no_retry_can_come_any_more() -> None:
    journal = Journal()
    for number in range(100):
        journal.add(entry(real=float(number)))
    assert len(journal._failed) <= RETRY_WINDOW + 1
    journal.add(entry(real=1_000.0, status=200))
    assert not journal._failed


@pytest.mark.parametrize(("wait", "attempt"), [(RETRY_WINDOW, 2), (RETRY_WINDOW + 0.1, 1)])
def test_a_retry_counts_within_the_window_alone(wait: float, attempt: int) -> None:
    journal = Journal()
    journal.add(entry(request=b"one"))
    journal.add(entry(real=wait, request=b"one"))
    assert journal.newest(1)[0].attempt == attempt


def test_an_entry_is_found_by_its_number_for_as_long_as_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "ENTRIES", 3)
    journal = Journal()
    assert journal.numbered(1) is None
    for _ in range(5):
        journal.add(entry())
    found = [journal.numbered(number) for number in range(7)]
    assert [None if each is None else each.number for each in found] == [None, None, None, 3, 4, 5, None]


def test_the_journals_of_a_server_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "SHARED_BYTES", 1_000_000)
    memory = JournalMemory()
    busy, quiet = Journal(memory=memory), Journal(memory=memory)
    quiet.add(entry(status=200, request=b"a" * 50_000))
    for _ in range(100):
        busy.add(entry(status=200, request=b"a" * 50_000))
    assert memory.held <= 1_000_000
    assert len(quiet) == 1
    assert 10 < len(busy) < 20
    busy.clear()
    assert memory.held == quiet.newest(1)[0].size


def test_a_journal_keeps_its_newest_entry_without_bodies_though_others_take_all_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journals, "SHARED_BYTES", 1_000)
    memory = JournalMemory()
    first, second = Journal(memory=memory), Journal(memory=memory)
    first.add(entry(status=200, request=b"a" * 2_000))
    for _ in range(3):
        second.add(entry(status=200, headers={"X-Large": "b" * 4_000}, response=b"a" * 2_000))
    (newest,) = second
    assert (len(first), newest.number, newest.request, newest.response, newest.headers) == (1, 3, b"", b"", {})
    assert memory.held == first.newest(1)[0].size + newest.size < 2_000 + 2_000


def test_the_journal_of_a_world_that_is_over_gives_its_memory_back() -> None:
    memory = JournalMemory()
    journal = Journal(memory=memory)
    journal.add(entry(status=200))
    journal.leave()
    journal.add(entry(status=200))
    assert memory.held == 0


async def test_the_worlds_of_one_server_share_the_memory_of_their_journals(serve: Serve) -> None:
    ark = await serve(isolate=True)
    for key in ("sk-one", "sk-two"):
        await ark.create(key=key)
    worlds = list(ark.running.engine.worlds)
    assert len(worlds) == 3
    memory = worlds[0].journal.memory
    assert all(world.journal.memory is memory for world in worlds)
    assert memory.held == sum(each.size for world in worlds for each in world.journal)
    assert (await ark.call("DELETE", "/_emulator/worlds/sk-two", None)).status < 300
    assert memory.held == sum(each.size for world in ark.running.engine.worlds for each in world.journal)


def test_a_key_that_crosses_a_bound_of_the_journal_is_not_shown_by_its_beginning() -> None:
    key = "sk-very-secret-0123456789"

    def crossing(size: int) -> str:
        return "a" * (size - 15) + key + "b" * 10_000

    journal = Journal()
    line, body = crossing(journals.LINE), crossing(journals.BODY).encode()
    journal.add(
        entry(key=key, path=f"/{line}", query=line, model=line, request=body, response=body, headers={"X-Note": line})
    )
    (kept,) = journal
    assert len(kept.request) == len(kept.response) == journals.BODY
    assert "sk-very-sec" not in repr(entry_document(kept, journal))
