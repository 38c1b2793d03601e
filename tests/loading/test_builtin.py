"""The built-in scenarios: their files, their names, and that each of them loads."""

import pytest
from ark_emulator.loading import builtin
from ark_emulator.loading.loader import load_builtin

NAMES = builtin.builtin_names()


def test_there_are_built_in_scenarios_in_more_than_one_group() -> None:
    assert {"output-moderation", "lost-reply", "link-dies-early"} <= set(NAMES)
    assert len({builtin.group_of(name) for name in NAMES}) >= 3


def test_every_group_is_a_known_one_and_names_are_unique() -> None:
    files = list(builtin.folder().rglob("*.yaml"))
    assert {file.parent.name for file in files} <= set(builtin.GROUPS)
    assert len({file.stem for file in files}) == len(files) == len(NAMES)


def test_built_in_scenarios_come_group_by_group() -> None:
    groups = [builtin.GROUPS.index(builtin.group_of(name)) for name in NAMES]
    assert groups == sorted(groups)


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_scenario_loads_and_says_what_it_is(name: str) -> None:
    scenario = load_builtin(name)
    assert scenario.name == name
    assert scenario.about.endswith(".") and scenario.source and scenario.expects
    assert scenario.outcomes or scenario.faults or scenario.keys or scenario.limits or scenario.timings


def test_an_overview_reports_group_name_and_meaning() -> None:
    rows = builtin.overview()
    assert [name for _, name, _ in rows] == list(NAMES)
    assert ("moderation", "output-moderation", load_builtin("output-moderation").about) in rows


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(KeyError, match="did you mean 'lost-reply'"):
        builtin.file_of("lost-repli")
