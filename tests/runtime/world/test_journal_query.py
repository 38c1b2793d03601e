"""Questions to the journal: globs that take linear time, and near misses without secrets."""

import time
from typing import Any

import pytest
from ark_emulator.runtime.world.journal import PROMPT, Journal, JournalEntry
from ark_emulator.runtime.world.journal_query import LONGEST, Match, verify, verify_order

KEY = "sk-very-secret-0123456789"


def entry(**changed: Any) -> JournalEntry:
    usual = {"method": "POST", "path": "/api/v3/x", "query": "", "status": 200, "key": KEY, "dialect": "ark"}
    given = {**usual, **changed}
    return JournalEntry(0, 0.0, 0.0, took=0.0, headers={}, request=b"", response=b"", **given)


def journal(*entries: JournalEntry) -> Journal:
    made = Journal()
    for each in entries:
        made.add(each)
    return made


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"prompt": "*red*"}, True),
        ({"prompt": "a r?d cat"}, True),
        ({"prompt": "a [r]ed cat"}, False),
        ({"path": "/api/*"}, True),
        ({"status": "2xx"}, True),
        ({"status": 200}, True),
        ({"status": "4xx"}, False),
        ({"model": "*"}, False),
        ({"model": None}, True),
    ],
)
def test_a_criterion_is_a_glob_of_stars_and_question_marks(wanted: dict[str, Any], fits: bool) -> None:
    assert Match(wanted).fits(entry(prompt="a red cat")) is fits


def test_a_criterion_is_bounded() -> None:
    assert Match({"prompt": "x" * LONGEST}).fits(entry(prompt="x" * PROMPT))
    with pytest.raises(ValueError, match="at most 4,096"):
        Match({"prompt": "x" * (LONGEST + 1)})


@pytest.mark.parametrize("piece", ["[", "*a", "?", "?*", "a?", "*?a"])
def test_the_longest_criterion_takes_little_time_for_the_longest_prompt(piece: str) -> None:
    match = Match({"prompt": (piece * LONGEST)[: LONGEST - 1] + "b"})
    began = time.thread_time()
    match.fits(entry(prompt="a" * PROMPT))
    assert time.thread_time() - began < 0.1


async def test_near_misses_hide_the_key_and_what_it_is_in() -> None:
    made = journal(entry(prompt=f"a cat for {KEY}", path=f"/w/{KEY}/api/v3/x"))
    verdict = await verify(made, Match({"prompt": "a dog", "path": "/x", "key": KEY + "x"}), exactly=1)
    assert verdict.count == 0
    assert KEY not in str(verdict.near)
    assert verdict.near[0]["differs"]["key"] == {"wanted": "sk-v…", "got": "sk-v…"}


async def test_an_order_is_followed_with_others_between() -> None:
    made = journal(entry(method="POST"), entry(method="GET"), entry(method="DELETE"))
    assert (await verify_order(made, [Match({"method": "POST"}), Match({"method": "DELETE"})])).ok
    failed = await verify_order(made, [Match({"method": "DELETE"}), Match({"method": "POST"})])
    assert (failed.ok, failed.count) == (False, 1)
