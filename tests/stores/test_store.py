"""What every store of records must do: one suite, run on each of them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from ark_emulator.stores.redis.redis_store import RedisStore
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from ark_emulator.stores.store import KEPT, Commit, LockLost, Store

from tests.support.dict_store import Common, DictStore

PATIENT = 60.0
"""Real seconds after which a test that waits for another process's write lock gives up."""
_numbers = itertools.count()


class Place:
    """Where a store is kept. Each process opens it by itself; `make` makes the store of a process of that name."""

    def __init__(self, make: Callable[..., Any], shared: bool = True) -> None:
        self.shared = shared
        self._make = make
        self._open = []

    async def open(self, me: str = "one") -> Store:
        store = self._make(me)
        await store.open()
        self._open.append(store)
        return store

    async def close(self, store: None = None) -> None:
        for each in [store] if store else list(self._open):
            self._open.remove(each)
            await each.close()


def in_dictionaries(request: Any) -> Place:
    common = Common()
    return Place(lambda me: DictStore(common, me))


def in_dictionaries_alone(request: Any) -> Place:
    common = Common()
    return Place(lambda me: DictStore(common, me, shared=False), shared=False)


def in_a_file(request: Any) -> Place:
    path = request.getfixturevalue("tmp_path") / "ark.db"
    return Place(lambda me: SqliteStore(path, process_id=me, alone=False))


def in_a_file_alone(request: Any) -> Place:
    path = request.getfixturevalue("tmp_path") / "ark.db"
    return Place(lambda me: SqliteStore(path, process_id=me, alone=True), shared=False)


def in_redis(request: Any) -> Place:
    module = pytest.importorskip("ark_emulator.stores.redis.redis_store", exc_type=ImportError)
    url = f"{request.getfixturevalue('redis_server').url}/0?prefix=records-{next(_numbers)}"
    return Place(lambda me: module.RedisStore(url, process_id=me))


SHARED = {"dict": in_dictionaries, "sqlite-shared": in_a_file, "redis": in_redis}
"""Stores that several processes can share, by the functions that make a place for one."""
PLACES = {**SHARED, "dict-alone": in_dictionaries_alone, "sqlite": in_a_file_alone}
"""Every store."""


@pytest.fixture(params=PLACES)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """An empty place of every kind."""
    made = PLACES[request.param](request)
    yield made
    await made.close()


@pytest.fixture
async def store(place: Place) -> RedisStore | SqliteStore | DictStore:
    """The store of one process."""
    return await place.open()


@pytest.fixture(params=SHARED)
async def common(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """An empty place that can be shared, of every kind."""
    made = SHARED[request.param](request)
    yield made
    await made.close()


@pytest.fixture
async def pair(common: Place) -> tuple[Any, ...]:
    """The stores of two processes."""
    return await common.open("one"), await common.open("two")


async def put(store: DictStore, space: str, puts: dict[str, Any], told: tuple[Any, ...] = (), **how: Any) -> int:
    """Write one commit: acquire the lock, commit, and release it."""
    async with asyncio.timeout(PATIENT):
        await store.acquire(space, 0)
        return await store.commit(space, puts, told, release=True, **how)


async def records(store: DictStore, space: str) -> dict[str, Any]:
    return dict((await store.load(space)).records)


def as_rows(commits: Sequence[Commit] | None) -> list[Any]:
    """The commits, as plain values."""
    assert commits is not None
    return [(each.version, each.by, dict(each.puts), list(each.events), each.clears) for each in commits]


async def test_a_space_that_was_never_written_to_is_empty(store: RedisStore | SqliteStore | DictStore) -> None:
    contents = await store.load("w")
    assert (contents.version, dict(contents.records)) == (0, {})


async def test_what_was_committed_can_be_loaded(store: RedisStore | SqliteStore | DictStore) -> None:
    assert await put(store, "w", {"a": b"1", "b": b"2"}) == 1
    assert await put(store, "w", {"b": b"3", "c": b""}) == 2
    contents = await store.load("w")
    assert (contents.version, dict(contents.records)) == (2, {"a": b"1", "b": b"3", "c": b""})


async def test_none_removes_a_record_and_is_no_harm_where_there_is_none(
    store: RedisStore | SqliteStore | DictStore,
) -> None:
    await put(store, "w", {"a": b"1", "b": b"2"})
    await put(store, "w", {"a": None, "z": None})
    assert await records(store, "w") == {"b": b"2"}


async def test_a_commit_that_clears_leaves_only_what_it_puts(store: RedisStore | SqliteStore | DictStore) -> None:
    await put(store, "w", {"a": b"1", "b": b"2"})
    await put(store, "w", {"b": b"3", "c": b"4"}, clears=True)
    assert await records(store, "w") == {"b": b"3", "c": b"4"}


async def test_a_commit_of_nothing_counts(store: RedisStore | SqliteStore | DictStore) -> None:
    assert await put(store, "w", {}) == 1
    assert await put(store, "w", {}, [b"something happened"]) == 2
    contents = await store.load("w")
    assert (contents.version, dict(contents.records)) == (2, {})


async def test_spaces_know_nothing_of_each_other(store: RedisStore | SqliteStore | DictStore) -> None:
    await put(store, "w", {"a": b"1"})
    await put(store, "", {"a": b"2"})
    assert await put(store, "v", {"b": b"3"}) == 1
    await put(store, "v", {}, clears=True)
    assert (await records(store, "w"), await records(store, ""), await records(store, "v")) == (
        {"a": b"1"},
        {"a": b"2"},
        {},
    )


async def test_everything_is_there_when_it_is_opened_again(place: Place) -> None:
    first = await place.open("one")
    await put(first, "w", {"a": b"1"})
    await put(first, "w", {"b": b"2"})
    await place.close(first)
    contents = await (await place.open("two")).load("w")
    assert (contents.version, dict(contents.records)) == (2, {"a": b"1", "b": b"2"})


async def test_a_dropped_space_is_empty_and_can_be_written_to_again(
    store: RedisStore | SqliteStore | DictStore,
) -> None:
    await put(store, "w", {"a": b"1"})
    await put(store, "v", {"a": b"1"})
    await store.drop("w")
    assert await records(store, "w") == {}
    await put(store, "w", {"b": b"2"})
    assert await records(store, "w") == {"b": b"2"}
    assert await records(store, "v") == {"a": b"1"}


async def test_a_space_that_is_not_there_can_be_dropped(store: RedisStore | SqliteStore | DictStore) -> None:
    await store.drop("w")
    assert await records(store, "w") == {}


async def test_any_bytes_and_any_names_come_back(store: RedisStore | SqliteStore | DictStore) -> None:
    every = bytes(range(256))
    puts = {"": every, "a\x00b": b"\x00", "猫 {}*": b"\xff" * 3, "\udcff": b"\r\n", "born:cgt-1": b"{}"}
    await put(store, "k/ä\udce4 {x}", puts)
    assert await records(store, "k/ä\udce4 {x}") == puts
    await put(store, "k/ä\udce4 {x}", {"\udcff": None})
    assert "\udcff" not in await records(store, "k/ä\udce4 {x}")


async def test_a_record_of_a_million_bytes_comes_back(store: RedisStore | SqliteStore | DictStore) -> None:
    large = bytes(range(256)) * 4_096
    await put(store, "w", {"a": large, "b": large[1:]})
    assert await records(store, "w") == {"a": large, "b": large[1:]}


async def test_many_records_come_back(store: RedisStore | SqliteStore | DictStore) -> None:
    puts = {f"n{number}": b"%d" % number for number in range(5_000)}
    await put(store, "w", puts)
    assert await records(store, "w") == puts


async def test_no_commit_is_lost_when_many_come_at_once(store: RedisStore | SqliteStore | DictStore) -> None:
    async def write(name: str) -> list[int]:
        return [await put(store, "w", {f"{name}-{number}": b"x", "last": name.encode()}) for number in range(10)]

    versions = await asyncio.gather(*(write(f"w{number}") for number in range(8)))
    assert sorted(itertools.chain(*versions)) == list(range(1, 81))
    contents = await store.load("w")
    assert (contents.version, len(contents.records)) == (80, 81)


async def test_what_has_changed_is_known_by_a_mark(store: RedisStore | SqliteStore | DictStore) -> None:
    assert (await store.changed(0))[1] == []
    await put(store, "w", {"a": b"1"})
    await put(store, "v", {"a": b"1"})
    mark, spaces = await store.changed(0)
    assert sorted(spaces) == ["v", "w"]
    assert await store.changed(mark) == (mark, [])
    await put(store, "w", {})
    later, spaces = await store.changed(mark)
    assert (later > mark, list(spaces)) == (True, ["w"])
    await store.drop("v")
    assert (await store.changed(later))[1] == ["v"]


async def test_a_process_that_says_so_lives(store: RedisStore | SqliteStore | DictStore) -> None:
    await store.heartbeat()
    assert await store.live_processes() == {"one"}


async def test_a_store_that_is_not_shared_has_no_remote_commits_and_a_free_lock() -> None:
    place = Place(lambda me: DictStore(Common(), me, shared=False))
    store = await place.open()
    assert await store.acquire("w", 0) == await store.acquire("w", 0) == ()


# What follows takes two processes.


async def test_other_processes_see_commits_in_order(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {"a": b"1", "\udcff": b"\x00\xff"}, [b"x", b"", b"\x00"])
    await put(two, "w", {"a": None}, clears=True)
    await put(one, "w", {})
    expected = [
        (1, "one", {"a": b"1", "\udcff": b"\x00\xff"}, [b"x", b"", b"\x00"], False),
        (2, "two", {"a": None}, [], True),
        (3, "one", {}, [], False),
    ]
    for known in range(4):
        for store in pair:
            assert as_rows((await store.commits_since({"w": known}))["w"]) == expected[known:]


async def test_commits_of_several_spaces_are_read_in_one_call(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {"a": b"1"})
    await put(one, "v", {"b": b"2"})
    commits = await two.commits_since({"w": 0, "v": 1, "u": 0})
    assert as_rows(commits["w"]) == [(1, "one", {"a": b"1"}, [], False)]
    assert (list(commits["v"]), list(commits["u"])) == ([], [])
    assert await two.commits_since({}) == {}


async def test_acquire_returns_the_missed_commits(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {"a": b"1"})
    await put(one, "w", {"a": b"2"})
    assert [each[0] for each in as_rows(await two.acquire("w", 1))] == [2]
    assert await two.commit("w", {"a": b"3"}, release=True) == 3


async def test_a_process_that_is_too_far_behind_must_load_the_space(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {"a": b"0"})
    async with asyncio.timeout(PATIENT):
        await one.acquire("w", 1)
        for number in range(KEPT + 200):
            version = await one.commit("w", {"a": b"%d" % number})
        await one.release("w")
    assert (await two.commits_since({"w": 0}))["w"] is None
    assert len(as_rows((await two.commits_since({"w": version - KEPT}))["w"])) == KEPT
    assert await two.acquire("w", 1) is None
    contents = await two.load("w")
    assert (contents.version, contents.records["a"]) == (version, b"%d" % number)


async def test_the_write_lock_is_exclusive_until_it_is_released(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    waiting = asyncio.create_task(two.acquire("w", 0))
    assert await one.commit("w", {"a": b"1"}) == 1
    assert await one.commit("w", {"b": b"2"}) == 2
    assert not waiting.done()
    await one.release("w")
    async with asyncio.timeout(PATIENT):
        assert [each[0] for each in as_rows(await waiting)] == [1, 2]
    assert await two.commit("w", {}, release=True) == 3


async def test_a_commit_can_give_the_pen_back(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    await one.commit("w", {"a": b"1"}, release=True)
    async with asyncio.timeout(PATIENT):
        assert [each[0] for each in as_rows(await two.acquire("w", 0))] == [1]
    await two.release("w")


async def test_only_who_has_the_pen_can_give_it_back(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    await two.release("w")
    await one.release("v")
    assert await one.commit("w", {}) == 1


async def test_without_the_pen_nothing_is_committed(pair: tuple[Any, ...]) -> None:
    one, two = pair
    for attempt in (one.commit("w", {"a": b"1"}), two.commit("w", {"a": b"1"}, release=True)):
        with pytest.raises(LockLost):
            await attempt
    await one.acquire("w", 0)
    await one.release("w")
    with pytest.raises(LockLost):
        await one.commit("w", {"a": b"1"})
    contents = await two.load("w")
    assert (contents.version, dict(contents.records)) == (0, {})
    assert (await two.changed(0))[1] == []


async def test_a_cancelled_acquire_leaves_the_lock_free(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    for _ in range(3):
        waiting = asyncio.create_task(two.acquire("w", 0))
        await asyncio.sleep(0.005)  # real time: so that it waits in earnest
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await one.release("w")
    assert await put(one, "w", {}) == 1
    assert await put(two, "w", {}) == 2
    assert await put(one, "w", {}) == 3


async def test_a_task_that_holds_a_lock_cannot_acquire_another_one(pair: tuple[Any, ...]) -> None:
    one, _ = pair
    await one.acquire("w", 0)
    for space in ("w", "v"):
        with pytest.raises(RuntimeError):
            await one.acquire(space, 0)
    await one.release("w")
    assert await put(one, "v", {}) == 1


async def test_counting_with_the_pen_in_hand_misses_nothing(common: Place) -> None:
    async def count(store: DictStore, space: str) -> None:
        known, value = 0, 0
        for _ in range(15):
            for commit in await store.acquire(space, known):
                value = int(commit.puts["n"])
            known = await store.commit(space, {"n": b"%d" % (value + 1)}, release=True)
            value += 1

    stores = [await common.open(f"p{number}") for number in range(3)]
    async with asyncio.timeout(PATIENT):
        await asyncio.gather(*(count(store, space) for store in stores for space in ("v", "w")))
    assert await records(stores[0], "w") == await records(stores[1], "v") == {"n": b"45"}


async def test_a_process_that_closes_gives_its_pen_back(common: Place) -> None:
    one, two = await common.open("one"), await common.open("two")
    await one.acquire("w", 0)
    await common.close(one)
    assert await put(two, "w", {}) == 1


async def test_other_processes_see_a_drop_as_a_commit_that_clears(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {"a": b"1"})
    await put(one, "w", {"b": b"2"})
    await one.drop("w")
    for known in (1, 2):
        (commit,) = (await two.commits_since({"w": known}))["w"]
        assert (commit.version, commit.by, dict(commit.puts), commit.clears) == (3, "one", {}, True)
    assert list((await two.commits_since({"w": 3}))["w"]) == []


async def test_other_processes_see_commits_after_a_drop(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {"a": b"1"})
    await two.drop("w")
    await put(one, "w", {"b": b"2"})
    first, second = (await two.commits_since({"w": 1}))["w"]
    assert (first.clears, dict(second.puts), second.version - first.version) == (True, {"b": b"2"}, 1)


async def test_with_the_pen_in_hand_a_space_can_be_dropped(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(two, "w", {"a": b"1"})
    await one.acquire("w", 0)
    await one.drop("w")
    assert await put(two, "w", {"b": b"2"}) == 3
    assert await records(one, "w") == {"b": b"2"}


async def test_a_drop_waits_for_the_write_lock(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    dropping = asyncio.create_task(two.drop("w"))
    await one.commit("w", {"a": b"1"})
    assert not dropping.done()
    await one.release("w")
    async with asyncio.timeout(PATIENT):
        await dropping
    assert await records(one, "w") == {}


async def test_what_others_changed_is_known_by_the_mark(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await put(one, "w", {})
    mark, _ = await two.changed(0)
    await put(one, "v", {})
    assert (await two.changed(mark))[1] == ["v"]


async def test_those_who_beat_live(pair: tuple[Any, ...]) -> None:
    one, two = pair
    await one.heartbeat()
    assert await two.live_processes() == {"one"}
    await two.heartbeat()
    assert await one.live_processes() == await two.live_processes() == {"one", "two"}
