"""How a success may differ."""

import pytest
from ark_emulator.core.task.result_variants import (
    ORDINARY,
    LinkShown,
    ResultVariant,
    UsageShown,
    link_text,
    object_path,
)

LINK = "http://127.0.0.1:7333/family/name.mp4?X-Tos-Algorithm=a&X-Tos-Expires=86400"


@pytest.mark.parametrize(
    ("usage", "reported"),
    [
        (UsageShown.PLAIN, 108_900),
        (UsageShown.STRINGS, 108_900),
        (UsageShown.ZERO, 0),
        (UsageShown.MISSING, None),
        (7, 7),
    ],
)
def test_a_success_reports_the_tokens_that_its_scenario_wants(usage: UsageShown | int, reported: int | None) -> None:
    assert ResultVariant(usage=usage).tokens(108_900) == reported


def test_an_ordinary_success_reports_the_truth() -> None:
    assert ORDINARY.tokens(5) == 5
    assert object_path(ORDINARY.video_url, "/family/name.mp4") == "/family/name.mp4"
    assert link_text(ORDINARY.video_url, LINK) == LINK


def test_a_dead_link_is_signed_for_an_object_that_is_not_there() -> None:
    assert object_path(LinkShown.DEAD, "/family/name.mp4") == "/family/name-gone.mp4"
    assert link_text(LinkShown.DEAD, LINK) == LINK


def test_a_missing_link_is_not_told_and_an_empty_one_is_empty() -> None:
    assert link_text(LinkShown.MISSING, LINK) is None
    assert link_text(LinkShown.EMPTY, LINK) == ""


def test_an_escaped_link_has_no_ampersand_left() -> None:
    assert link_text(LinkShown.ESCAPED, LINK) == LINK.replace("&", "\\u0026")


@pytest.mark.parametrize("shown", LinkShown)
def test_every_way_to_show_a_link_is_known(shown: LinkShown) -> None:
    assert object_path(shown, "/family/name.mp4").endswith(".mp4")
    assert isinstance(link_text(shown, LINK), str | None)
