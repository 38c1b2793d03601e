"""What every store of records must do: one suite, run on each of them."""

import asyncio

import pytest

from emulator.stores.records import PenLost
from tests.stores.dictstore import Common, DictStore


async def test_a_commit_is_news_to_others_until_they_know_it():
    common = Common()
    one, two = DictStore(common, "one"), DictStore(common, "two")
    await one.take("w", 0)
    assert await one.commit("w", {"a": b"1"}, [b"told"], gives=True) == 1
    (commit,) = (await two.news({"w": 0}))["w"]
    assert (commit.version, commit.by, commit.puts, commit.told) == (1, "one", {"a": b"1"}, (b"told",))
    assert (await two.news({"w": 1}))["w"] == ()


async def test_the_pen_excludes_and_can_be_lost():
    common = Common()
    one, two = DictStore(common, "one"), DictStore(common, "two")
    await one.take("w", 0)
    waiting = asyncio.create_task(two.take("w", 0))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    common.take_away("w")
    assert await waiting == ()
    with pytest.raises(PenLost):
        await one.commit("w", {"a": b"1"})
    assert await two.commit("w", {}, gives=True) == 1


async def test_whoever_was_left_behind_hears_of_a_drop():
    common = Common()
    one, two = DictStore(common, "one"), DictStore(common, "two")
    for number in range(3):
        await one.take("w", number)
        await one.commit("w", {"a": b"1"}, gives=True)
    await one.drop("w")
    (commit,) = (await two.news({"w": 1}))["w"]
    assert (commit.version, commit.clears, commit.puts) == (4, True, {})
