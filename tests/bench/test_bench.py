"""The bench measures nothing here; its parts fit together, and its table says what was measured."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.loading.loader import scenario_from_text

from tests.bench import rows
from tests.bench.load import Request, _script
from tests.bench.table import BEGIN, END, Result, number, spliced, table

SPEED = Result(
    "GET poll",
    "requests/s",
    {"bare": [1000.0, 2000.0, 4000.0], "ours": [800.0, 1800.0, 3000.0]},
    "bare",
    {"bare": [30.0, 40.0, 50.0], "ours": [60.0, 40.0, 100.0]},
)


@pytest.mark.parametrize("name", [path.stem for path in Path(__file__).parent.glob("*.py")])
def test_every_bench_can_be_imported(name: Any) -> None:
    assert importlib.import_module(f"tests.bench.{name}")


def test_the_table_shows_the_median_of_the_rounds_and_their_spread() -> None:
    assert "| GET poll | bare | 2,000 (1,000 to 4,000) requests/s |  | 40 |" in table([SPEED])


def test_servers_are_compared_round_by_round() -> None:
    assert "**0.80** (0.75 to 0.90) of bare | 60 (0.50) |" in table([SPEED])


def test_a_row_without_a_base_compares_nothing() -> None:
    assert table([Result("size", "MB", {"ours": [61.25]})]).endswith("| size | ours | 61.2 MB |  |  |\n")


@pytest.mark.parametrize(("value", "text"), [(0.123456, "0.123"), (61.25, "61.2"), (123456.7, "123,457")])
def test_a_number_has_three_digits_or_all_before_the_point(value: Any, text: Any) -> None:
    assert number(value) == text


def test_a_table_takes_the_place_between_the_markers_and_no_other() -> None:
    assert spliced(f"before\n{BEGIN}\nold\n{END}\nafter", "new\n") == f"before\n{BEGIN}\nnew\n{END}\nafter"


def test_a_page_without_markers_is_not_touched() -> None:
    with pytest.raises(ValueError, match="wants one"):
        spliced("a page", "new")


def test_the_scenario_of_200_rules_is_one() -> None:
    scenario = scenario_from_text(rows.two_hundred_rules(), "rules.yaml")
    assert len(scenario.outcomes) + len(scenario.faults) == 200


def test_rows_have_names_of_their_own() -> None:
    names = [row.name for row in rows.THROUGHPUT] + list(rows.OTHERS)
    assert len(set(names)) == len(names)


def test_a_request_goes_to_the_load_generator_with_its_body_as_it_is() -> None:
    script = _script(Request(("/a", "/b"), "POST", b'{"prompt": "a \\"cat\\""}'))
    assert 'local paths = {"/a", "/b"}' in script
    assert r'"{\"prompt\": \"a \\\"cat\\\"\"}"' in script
