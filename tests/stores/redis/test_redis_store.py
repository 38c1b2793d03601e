"""The behaviour specific to Redis: expiring locks, a server that restarts, and keys of other programs."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.stores.redis import redis_connection
from ark_emulator.stores.redis import redis_store as module
from ark_emulator.stores.redis.redis_store import RedisStore
from ark_emulator.stores.store import KEPT, LockLost, StoreUnavailable, UnusableStore

from tests.support.redis_server import RedisServer, running

_numbers = itertools.count()


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Awaitable[RedisStore]]]:
    """Opens stores, and closes them at the end."""
    found = []

    async def make(url: str, me: str = "one") -> RedisStore:
        store = RedisStore(url, process_id=me)
        await store.open()
        found.append(store)
        return store

    yield make
    for store in found:
        await store.close()


@pytest.fixture
def url(redis_server: RedisServer) -> str:
    """Return the address of an empty store."""
    return f"{redis_server.url}/0?prefix=test-{next(_numbers)}"


@pytest.fixture
async def pair(opened: Callable[..., Awaitable[RedisStore]], url: str) -> tuple[RedisStore, RedisStore]:
    """Two processes' stores at one address."""
    return await opened(url, "one"), await opened(url, "two")


async def put(store: RedisStore, space: str, known: int = 0, **records: Any) -> int:
    await store.acquire(space, known)
    return await store.commit(space, {name: record.encode() for name, record in records.items()}, release=True)


async def expire_lock(store: RedisStore, space: str) -> None:
    """Expire the write lock of a space."""
    await store._connection.ask("DEL", store._key("pen", space))


async def test_a_pen_that_ran_out_commits_nothing(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    await expire_lock(one, "w")
    await put(two, "w", a="two")
    with pytest.raises(LockLost):
        await one.commit("w", {"a": b"one"})
    assert (await one.load("w")).records == {"a": b"two"}


async def test_an_expired_lock_is_lost_even_if_no_other_process_acquired_it(
    pair: tuple[RedisStore, RedisStore],
) -> None:
    one, _ = pair
    await one.acquire("w", 0)
    await expire_lock(one, "w")
    with pytest.raises(LockLost):
        await one.commit("w", {"a": b"one"})
    assert await put(one, "w", a="again") == 1


async def test_a_pen_runs_out_and_every_commit_lengthens_it(pair: tuple[RedisStore, RedisStore]) -> None:
    one, _ = pair
    key = one._key("pen", "w")
    await one.acquire("w", 0)
    assert 0 < await one._connection.ask("PTTL", key) <= module.LOCK_MS
    await one._connection.ask("PEXPIRE", key, 500)
    await one.commit("w", {"a": b"1"})
    assert await one._connection.ask("PTTL", key) > 500
    await one.commit("w", {"a": b"2"}, release=True)
    assert await one._connection.ask("EXISTS", key) == 0


async def test_a_late_release_does_not_release_the_lock_of_another_process(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    await expire_lock(one, "w")
    await two.acquire("w", 0)
    await one.release("w")
    assert await two.commit("w", {"a": b"two"}, release=True) == 1


async def test_a_server_that_lost_commits_does_not_take_the_next(pair: tuple[RedisStore, RedisStore]) -> None:
    one, _ = pair
    await put(one, "w", a="1")
    await one.acquire("w", 1)
    await one._connection.ask("HSET", one._key("head", "w"), "version", 0)
    with pytest.raises(LockLost):
        await one.commit("w", {"a": b"2"})


async def test_many_writers_of_two_processes_count_without_losing_one(pair: tuple[RedisStore, RedisStore]) -> None:
    async def count(store: RedisStore) -> None:
        known, value = 0, 0
        for _ in range(10):
            commits = await store.acquire("w", known)
            value = int(commits[-1].puts["n"]) if commits else value
            known, value = await store.commit("w", {"n": b"%d" % (value + 1)}, release=True), value + 1

    await asyncio.gather(*(count(store) for store in pair for _ in range(5)))
    found = await pair[0].load("w")
    assert (found.version, found.records) == (100, {"n": b"100"})


async def test_a_lock_that_was_granted_to_a_cancelled_task_is_free(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    late = [asyncio.create_task(store.acquire("w", 0)) for store in (one, two)]
    await one._connection.ask("PING")
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    await one.commit("w", {"a": b"1"}, release=True)
    assert await put(two, "w", a="2") == 2
    assert await put(one, "w", a="3") == 3


async def test_an_acquire_cancelled_in_flight_leaves_the_lock_free(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    taking = asyncio.create_task(one.acquire("w", 0))
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    await one._connection.ask("PING")
    assert await two._connection.ask("EXISTS", two._key("pen", "w")) == 0


async def test_a_commit_cancelled_in_flight_is_complete_and_releases_the_lock(
    pair: tuple[RedisStore, RedisStore],
) -> None:
    one, two = pair
    await one.acquire("w", 0)
    committing = asyncio.create_task(one.commit("w", {"a": b"1", "b": b"2"}))
    await asyncio.sleep(0)
    committing.cancel()
    await asyncio.gather(committing, return_exceptions=True)
    await put(two, "w", c="3")
    assert set((await two.load("w")).records) == {"a", "b", "c"}


async def test_a_large_space_is_loaded_whole_and_in_pages(
    pair: tuple[RedisStore, RedisStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    await one.acquire("w", 0)
    for start in range(0, 20_000, 5_000):
        await one.commit("w", {f"task-{number}": b"%d" % number * 100 for number in range(start, start + 5_000)})
    await one.release("w")
    asked, ask = [], two._connection.ask

    async def counting(*words: bytes | int | str) -> list[Any]:
        asked.append(words[0])
        return await ask(*words)

    monkeypatch.setattr(two._connection, "ask", counting)
    found = await two.load("w")
    assert (found.version, len(found.records)) == (4, 20_000)
    assert found.records["task-19999"] == b"19999" * 100
    assert 20_000 / module.PAGE_RECORDS <= asked.count("HSCAN") <= 30


async def test_what_is_written_while_a_large_space_is_loaded_is_all_or_nothing(
    pair: tuple[RedisStore, RedisStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    await one.acquire("w", 0)
    await one.commit("w", {f"task-{number}": b"old" for number in range(5_000)}, release=True)
    ask, written = two._connection.ask, iter(("other", None))

    async def disturbed(*words: bytes | int | str) -> list[Any]:
        answer = await ask(*words)
        if words[0] == "HSCAN" and next(written, None):
            await one.acquire("w", 1)
            await one.commit(
                "w", {f"task-{number}": b"new" for number in range(4_999)} | {"task-4999": None}, release=True
            )
        return answer

    monkeypatch.setattr(two._connection, "ask", disturbed)
    found = await two.load("w")
    assert found.version == 2
    assert found.records == {f"task-{number}": b"new" for number in range(4_999)}


async def test_a_commit_too_large_for_the_log_is_loaded_by_others(
    pair: tuple[RedisStore, RedisStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    monkeypatch.setattr(module, "LOGGED", 10_000)
    await put(one, "w", a="1")
    await put(one, "w", 1, a="x" * 20_000)
    assert await two.commits_since({"w": 1}) == {"w": None}
    await put(one, "w", 2, a="2")
    assert [commit.version for commit in (await two.commits_since({"w": 2}))["w"]] == [3]


async def test_the_log_keeps_what_the_newest_commits_were(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    await one.acquire("w", 0)
    for number in range(KEPT + 2):
        await one.commit("w", {"n": b"%d" % number})
    assert (await two.commits_since({"w": 1}))["w"] is None
    await two.load("w")
    assert len((await two.commits_since({"w": 2}))["w"]) == KEPT


async def test_a_space_that_was_emptied_by_another_client_must_be_loaded_again(
    opened: Callable[..., Awaitable[RedisStore]], url: str
) -> None:
    one, two = await opened(url, "one"), await opened(url, "two")
    await put(one, "w", a="1")
    await two.load("w")
    for key in await one._connection.ask("KEYS", "*" + url.partition("=")[2] + ":1*"):
        await one._connection.ask("DEL", key)
    assert await put(one, "w", 0, b="1") == 1
    assert await two.commits_since({"w": 1}) == {"w": None}
    assert (await two.load("w")).records == {"b": b"1"}
    assert await two.commits_since({"w": 1}) == {"w": ()}


async def test_a_dropped_space_is_forgotten_after_a_while(
    pair: tuple[RedisStore, RedisStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    monkeypatch.setattr(module, "DROPPED_MS", 0)
    await put(one, "w", a="1")
    await one.drop("w")
    await put(one, "v", a="1")
    await one.drop("v")
    assert (await two.load("w")).version == 0
    assert (await two.changed(0))[1] == ["v"]


async def test_a_space_dropped_and_written_again_stays(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    await put(one, "w", a="1")
    await one.drop("w")
    await put(one, "w", 2, b="2")
    assert await one._connection.ask("PTTL", one._key("head", "w")) == -1
    assert await one._connection.ask("PTTL", one._key("log", "w")) == -1
    assert [commit.clears for commit in (await two.commits_since({"w": 0}))["w"]] == [True, False]


async def test_heartbeats_are_counted_for_a_while(pair: tuple[RedisStore, RedisStore]) -> None:
    one, two = pair
    await one.heartbeat()
    await two.heartbeat()
    assert await one.live_processes() == {"one", "two"}
    await one._connection.ask("ZADD", one._key("living"), 1, "two")
    assert await one.live_processes() == {"one"}


async def test_a_store_that_was_closed_is_not_counted_as_living(
    opened: Callable[..., Awaitable[RedisStore]], url: str
) -> None:
    one, two = await opened(url, "one"), RedisStore(url, process_id="two")
    await two.open()
    await two.heartbeat()
    await two.acquire("w", 0)
    await two.close()
    assert await one.live_processes() == frozenset()
    assert await put(one, "w", a="1") == 1


async def test_scripts_that_the_server_forgot_are_taught_again(pair: tuple[RedisStore, RedisStore]) -> None:
    one, _ = pair
    await one._connection.ask("SCRIPT", "FLUSH")
    assert await put(one, "w", a="1") == 1


async def test_the_server_s_clock_on_the_same_machine_is_ours(pair: tuple[RedisStore, RedisStore]) -> None:
    assert abs(pair[0].offset) < 0.1


async def test_the_offset_is_what_the_server_s_clock_is_ahead(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 100)
    store = RedisStore(url, process_id="one")
    await store.open()
    await store.close()
    assert 99 < store.offset < 101


async def test_all_kinds_of_addresses_are_understood(
    opened: Callable[..., Awaitable[RedisStore]], redis_server: RedisServer
) -> None:
    prefix = f"prefix=test-{next(_numbers)}"
    over_socket, over_port = f"{redis_server.unix}?{prefix}", f"{redis_server.url}?{prefix}"
    await put(await opened(over_socket), "w", a="1")
    assert (await (await opened(over_port)).load("w")).records == {"a": b"1"}
    assert (await (await opened(f"{redis_server.url}/1?{prefix}")).load("w")).records == {}


async def test_a_lost_server_is_reported_and_used_again_when_it_is_back(
    mortal_redis: RedisServer, opened: Callable[..., Awaitable[RedisStore]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "RETRY_PAUSE", 0.0)
    one = await opened(mortal_redis.url)
    await put(one, "w", a="1")
    await one.acquire("w", 1)
    mortal_redis.kill()
    for call in (
        one.commit("w", {"a": b"2"}),
        one.commits_since({"w": 1}),
        one.load("w"),
        one.acquire("w", 1),
        one.changed(0),
    ):
        with pytest.raises(StoreUnavailable, match=str(mortal_redis.port)):
            await call
    mortal_redis.start()
    assert await one.commits_since({"w": 1}) == {"w": None}
    assert (await one.load("w")).version == 0
    assert await put(one, "w", a="3") == 1


async def test_after_a_server_came_back_everything_counts_as_changed(
    mortal_redis: RedisServer, opened: Callable[..., Awaitable[RedisStore]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "RETRY_PAUSE", 0.0)
    one = await opened(mortal_redis.url)
    await put(one, "w", a="1")
    mark, _ = await one.changed(0)
    assert (await one.changed(mark))[1] == []
    mortal_redis.command("SAVE")
    mortal_redis.kill()
    with pytest.raises(StoreUnavailable):
        await one.heartbeat()
    mortal_redis.start()
    await one.heartbeat()
    assert await one.commits_since({"w": 1}) == {"w": None}
    assert (await one.changed(mark))[1] == ["w"]
    assert (await one.load("w")).records == {"a": b"1"}


async def test_a_server_that_is_away_is_not_stormed(
    mortal_redis: RedisServer, opened: Callable[..., Awaitable[RedisStore]]
) -> None:
    one = await opened(mortal_redis.url)
    mortal_redis.kill()
    tried, connect = [], one._connection._connect

    async def counting() -> Any:
        tried.append(1)
        return await connect()

    one._connection._connect = counting
    answers = await asyncio.gather(*(one.load("w") for _ in range(100)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    with pytest.raises(StoreUnavailable):
        await one.load("w")
    assert len(tried) <= 2


async def test_a_server_without_responses_is_disconnected(
    mortal_redis: RedisServer, opened: Callable[..., Awaitable[RedisStore]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "RESPONSE_TIMEOUT", 0.2)
    monkeypatch.setattr(redis_connection, "RETRY_PAUSE", 0.0)
    monkeypatch.setattr(redis_connection, "CONNECT_TIMEOUT", 0.2)
    one = await opened(mortal_redis.url)
    mortal_redis.freeze()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await one.load("w")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await one.load("w")
    mortal_redis.thaw()
    monkeypatch.setattr(redis_connection, "CONNECT_TIMEOUT", 1.0)
    assert (await one.load("w")).version == 0


@pytest.mark.parametrize(
    ("trouble", "cure"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
        (("SET", "{ark-emulator:1}:changed:", "something else"), ("DEL", "{ark-emulator:1}:changed:")),
    ],
    ids=["full", "a replica of another", "meddled with"],
)
async def test_a_server_that_does_not_write_is_gone_until_it_does(
    mortal_redis: RedisServer,
    opened: Callable[..., Awaitable[RedisStore]],
    trouble: tuple[str, str, str, str],
    cure: tuple[str, str, str, str],
) -> None:
    one = await opened(mortal_redis.url)
    mortal_redis.command(*trouble)
    with pytest.raises(StoreUnavailable):
        await put(one, "w", a="1")
    mortal_redis.command(*cure)
    assert await put(one, "v", a="2") == 1


async def test_a_commit_whose_response_was_lost_is_recognised_as_its_own(
    pair: tuple[RedisStore, RedisStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    await one.acquire("w", 0)
    real = one._connection.ask

    async def lost(*words: bytes | int | str) -> None:
        await real(*words)
        raise StoreUnavailable("on the way back")

    monkeypatch.setattr(one._connection, "ask", lost)
    with pytest.raises(StoreUnavailable):
        await one.commit("w", {"a": b"1"})
    monkeypatch.setattr(one._connection, "ask", real)
    (commit,) = await one.acquire("w", 0)
    assert (commit.by, commit.puts) == ("one", {"a": b"1"})


async def test_an_address_without_a_server_is_unavailable(redis_server: RedisServer) -> None:
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1 cannot be reached"):
        await RedisStore("redis://name:secret@127.0.0.1:1", process_id="one").open()


async def test_what_does_not_speak_redis_is_unfit() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UnusableStore, match="does not speak as Redis does"):
            await RedisStore(f"redis://127.0.0.1:{port}", process_id="one").open()


async def test_a_password_is_required_and_never_shown(tmp_path: Path) -> None:
    for server in running(tmp_path, "--requirepass", "open sesame"):
        with pytest.raises(UnusableStore, match="does not let us in"):
            await RedisStore(server.url, process_id="one").open()
        with pytest.raises(UnusableStore) as refused:
            await RedisStore(server.url.replace("//", "//:wrong-word@"), process_id="one").open()
        assert "wrong-word" not in str(refused.value)
        store = RedisStore(server.url.replace("//", "//:open%20sesame@"), process_id="one")
        await store.open()
        assert store.name == server.url
        await store.close()


async def test_keys_of_a_newer_format_are_left_alone(opened: Callable[..., Awaitable[RedisStore]], url: str) -> None:
    one = await opened(url)
    await one._connection.ask("SET", one._marker, module.FORMAT + 1)
    with pytest.raises(UnusableStore, match=f"newer Ark Emulator \\(format {module.FORMAT + 1}"):
        await RedisStore(url, process_id="two").open()


@pytest.mark.parametrize("foreign", [("SET", "hello"), ("RPUSH", "1")])
async def test_keys_of_other_programs_are_not_changed(
    opened: Callable[..., Awaitable[RedisStore]], url: str, foreign: tuple[str, str]
) -> None:
    one = await opened(url)
    await one._connection.ask("DEL", one._marker)
    await one._connection.ask(foreign[0], one._marker, foreign[1])
    with pytest.raises(UnusableStore):
        await RedisStore(url, process_id="two").open()


@pytest.mark.parametrize(
    "address", ["redis://h/0?prefix=a b", "redis://h/0?prefix=", "redis://h?unheard=1", "http://h", "redis://h:port"]
)
async def test_an_address_that_makes_no_sense_is_unfit(address: str) -> None:
    with pytest.raises(UnusableStore):
        await RedisStore(address, process_id="one").open()


@pytest.mark.parametrize("space", ["", "sk-{x}:*?", "a key \u00e9 \U0001f3ac", "\udcff"])
async def test_spaces_and_records_may_have_any_name(pair: tuple[RedisStore, RedisStore], space: str) -> None:
    one, two = pair
    await put(one, space, **{space: "1", "gone": "x"})
    await one.acquire(space, 1)
    await one.commit(space, {"gone": None}, [b"\n", b""], release=True)
    _, commit = (await two.commits_since({space: 0}))[space]
    assert (commit.puts, commit.events, commit.by) == ({"gone": None}, (b"\n", b""), "one")
    assert (await two.load(space)).records == {space: b"1"}
    assert (await two.changed(0))[1] == [space]
