"""The limits of a key: the tables of the two account types, single numbers, and the window of a minute."""

import pytest
from ark_emulator.core.facts.account_limits import NO_LIMITS, QUEUED, Limits, Window
from ark_emulator.core.facts.catalogue import catalogue, of_family


@pytest.mark.parametrize(
    ("account", "family", "resolution", "creates", "concurrent"),
    [
        ("enterprise", "seedance-2-0", "720p", 600, 10),
        ("individual", "seedance-2-0", "720p", 180, 3),
        ("enterprise", "seedance-2-0", "4k", 15, 1),
        ("individual", "seedance-2-0", "4k", 15, 1),
        ("enterprise", "seedance-2-5", "1080p", 600, 10),
        ("individual", "seedance-2-0-mini", "480p", 180, 3),
        ("enterprise", "seedance-1-5-pro", "720p", 600, 10),
        ("individual", "seedance-1-0-pro", "1080p", 600, 10),
        ("enterprise", "seedance-1-0-lite-t2v", "720p", 300, 5),
    ],
)
def test_the_official_tables_limit_creates_and_concurrency(
    account: str, family: str, resolution: str, creates: int, concurrent: int
) -> None:
    allowance = Limits(account=account).allowance(of_family(family), resolution)
    assert (allowance.creates_per_minute, allowance.concurrent, allowance.queued) == (creates, concurrent, QUEUED)


def test_every_model_has_an_allowance_at_every_resolution_for_both_accounts() -> None:
    for model in catalogue():
        for resolution in model.resolutions or ("",):
            for account in ("enterprise", "individual"):
                assert Limits(account=account).allowance(model, resolution).concurrent


def test_numbers_of_ones_own_win_over_the_table() -> None:
    allowance = Limits("enterprise", creates_per_minute=2, queued=0).allowance(of_family("seedance-2-0"), "720p")
    assert (allowance.creates_per_minute, allowance.concurrent, allowance.queued) == (2, 10, 0)


def test_without_a_choice_nothing_is_limited() -> None:
    assert not NO_LIMITS.on
    allowance = NO_LIMITS.allowance(of_family("seedance-2-0"), "720p")
    assert (allowance.creates_per_minute, allowance.concurrent, allowance.queued) == (None, None, None)


def test_a_window_is_full_for_a_minute_after_the_first_of_its_creates() -> None:
    window = Window()
    for moment in (100.0, 130.0):
        assert not window.full(2, moment)
        window.moments.append(moment)
    assert window.full(2, 159.9)
    assert window.retry_after(150.0) == 10.0
    assert not window.full(2, 160.0)
