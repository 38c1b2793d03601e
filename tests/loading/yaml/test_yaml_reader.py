"""YAML by the core schema of 1.2, with positions."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ark_emulator.loading.diagnostics.diagnostics import MOST, Diagnostics, SourceLocation
from ark_emulator.loading.yaml.yaml_reader import DEEPEST, LARGEST, read, resolved
from hypothesis import given
from hypothesis import strategies as st


def data_of(text: str) -> Any:
    complaints = Diagnostics("f.yaml", text)
    found = read(text, complaints)
    assert complaints.found == []
    return found


def complaint_of(text: str) -> tuple[str, int, int]:
    complaints = Diagnostics("f.yaml", text)
    read(text, complaints)
    (only,) = complaints.found
    return only.code, only.place.line, only.place.column


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *(("16:9", "16:9"), ("9:16", "9:16"), ("1:30", "1:30"), ("21:9", "21:9")),
        *(("no", "no"), ("off", "off"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("Off", "Off")),
        *(("012", 12), ("0o17", 15), ("0x1f", 31), ("+1", 1), ("-7", -7), ("1_000", "1_000")),
        *(("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("-1.5e-2", -0.015), ("1.2.3", "1.2.3")),
        *(("true", True), ("False", False), ("tRue", "tRue"), ("~", None), ("Null", None), ("nULL", "nULL")),
        *(("2026-11-21", "2026-11-21"), ("500ms", "500ms"), ("8s..12s", "8s..12s"), ("50%", "50%")),
    ],
)
def test_plain_scalars_mean_what_the_core_schema_says(text: str, meaning: object) -> None:
    assert data_of(f"key: {text}")["key"] == meaning
    assert type(resolved(text)) is type(meaning)


def test_infinities_and_nan_are_numbers() -> None:
    assert data_of("[.inf, -.Inf]") == [float("inf"), float("-inf")]
    assert str(data_of("a: .nan")["a"]) == "nan"


def test_what_stands_in_quotes_or_blocks_is_text() -> None:
    assert data_of("a: 'no'\nb: \"1\"\nc: |\n  12\nd: >-\n  null\n") == {"a": "no", "b": "1", "c": "12\n", "d": "null"}


def test_on_is_a_key_like_any_other() -> None:
    assert data_of("{on: create, off: 1, 012: x, true: y}") == {"on": "create", "off": 1, "012": "x", "true": "y"}


def test_aliases_repeat_what_they_stand_for() -> None:
    assert data_of("a: &steps [1, {b: 2}]\nc: *steps\n") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_an_anchor_may_be_defined_again_and_an_alias_stands_for_the_latest() -> None:
    assert data_of("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: *name", SourceLocation(1, 4, 5)),
        ("a: &name [*name]", SourceLocation(1, 11, 5)),
        ("a: &name {b: {c: *name}}", SourceLocation(1, 18, 5)),
        ("a: &a [x]\nb: &b [*a]\nc: &c [*b]\nd: [*c]\n", SourceLocation(2, 8, 2)),
    ],
)
def test_a_complaint_about_an_alias_is_at_the_alias_and_not_at_what_it_stands_for(
    text: str, place: SourceLocation
) -> None:
    complaints = Diagnostics("f", text)
    read(text, complaints)
    assert [(each.code, each.place) for each in complaints.found] == [("SC005", place)]


def test_values_and_keys_have_places() -> None:
    text = 'a: 1\nlist:\n  - {key: "x y", "打斗": ok}\n'
    complaints = Diagnostics("f", text)
    read(text, complaints)
    assert complaints.places["a",] == SourceLocation(1, 4, 1)
    assert complaints.keys["list",] == SourceLocation(2, 1, 4)
    assert complaints.places["list", 0] == SourceLocation(3, 5, 22)
    assert complaints.places["list", 0, "key"] == SourceLocation(3, 11, 5)
    assert complaints.keys["list", 0, "打斗"] == SourceLocation(3, 18, 4)


def test_a_value_by_alias_is_where_it_is_written() -> None:
    text = "a: &x [7]\nb: *x\n"
    complaints = Diagnostics("f", text)
    read(text, complaints)
    assert complaints.places["b", 0] == complaints.places["a", 0] == SourceLocation(1, 8, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: [1\nb: 2", ("SC001", 2, 2)),
        ("a: b: c", ("SC001", 1, 5)),
        ("a: @x", ("SC001", 1, 4)),
        ("a: 'x\n", ("SC001", 1, 4)),
        ("a: \x07", ("SC001", 1, 4)),
        ('a: "\\UFFFFFFFF"', ("SC001", 1, 1)),
        ("a:\n\tb: 1", ("SC002", 2, 1)),
        ("a:\n  - b\n  \t- c\n", ("SC002", 3, 3)),
        ("a: 1\nb: 2\na: 3\n", ("SC003", 3, 1)),
        ("x: {a: 1, a: 2}", ("SC003", 1, 11)),
        ("a: !!str 5", ("SC004", 1, 4)),
        ("a: !!python/object:os.system {}", ("SC004", 1, 4)),
        ("!x {a: 1}", ("SC004", 1, 1)),
        ("a: ! 5", ("SC004", 1, 4)),
        ("a: ! [1]", ("SC004", 1, 4)),
        ("a: &x k\n*x : 1", ("SC008", 2, 1)),
        ("a: *x", ("SC005", 1, 4)),
        ("a: &a [*a]", ("SC005", 1, 8)),
        ("", ("SC007", 1, 1)),
        ("# nothing\n", ("SC007", 2, 1)),
        ("a: 1\n---\nb: 2\n", ("SC007", 2, 1)),
        ("? [1]\n: 2", ("SC008", 1, 3)),
        ("? {a: 1}\n: 2", ("SC008", 1, 3)),
        ("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2), ("SC006", 1, DEEPEST + 2)),
        ("a: " + "x" * LARGEST, ("SC006", 1, 1)),
    ],
)
def test_what_is_refused_is_refused_at_its_place(text: str, found: tuple[str, int, int]) -> None:
    assert complaint_of(text) == found


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 50_000, "a: &x " + "[" * 200_000, "- " * 200_000])
def test_a_text_is_not_read_beyond_where_it_is_nested_too_deep(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    parse = yaml.parse

    def counted(*arguments: Any, **options: Any) -> Iterator[Any]:
        for event in parse(*arguments, **options):
            taken.append(event)
            yield event

    monkeypatch.setattr(yaml, "parse", counted)
    assert complaint_of(text)[0] == "SC006"
    assert len(taken) < 4 * DEEPEST


def test_a_long_text_that_is_no_yaml_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaders = []
    parse = yaml.parse

    def noted(text: str, Loader: Any) -> Any:
        loaders.append(Loader)
        return parse(text, Loader=Loader)

    monkeypatch.setattr(yaml, "parse", noted)
    assert complaint_of("- x\n" * 10_000 + "a: [1\nb: 2")[:2] == ("SC001", 10_001)
    assert len(loaders) == 1
    assert complaint_of("- x\n" * 10_000 + "- \x07") == ("SC001", 10_001, 3)
    assert complaint_of("- x\n" * 10_000 + "- b: @x") == ("SC001", 10_001, 6)
    assert len(loaders) == 3
    assert complaint_of("[" + "x," * 20_000) == ("SC001", 1, 40_002)


def test_no_more_tabs_are_reported_than_mistakes_of_a_text_are() -> None:
    text = "\n" + " \tx\n" * 200_000
    complaints = Diagnostics("f", text)
    assert read(text, complaints) is None
    assert [(each.place.line, each.place.column) for each in complaints.found] == [(2 + n, 2) for n in range(MOST)]
    assert complaints.sorted()[-1].code == "SC006"


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    wide = "a: &a [" + ",".join(["x"] * 300) + "]\nb: &b [" + ",".join(["*a"] * 300) + "]\nc: *b\n"
    assert complaint_of(wide)[0] == "SC005"


def test_aliases_of_aliases_of_aliases_are_refused() -> None:
    assert complaint_of("a: &a [x]\nb: &b [*a]\nc: &c [*b]\nd: [*c]\n") == ("SC005", 2, 8)


def test_all_duplicate_keys_and_tags_are_reported_at_once() -> None:
    text = "a: 1\na: 2\nb: !x 1\nc: {d: 1, d: 2}\n"
    complaints = Diagnostics("f", text)
    read(text, complaints)
    assert [(each.code, each.place.line) for each in complaints.sorted()] == [("SC003", 2), ("SC004", 3), ("SC003", 4)]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert data_of("\ufeffa: 1") == {"a": 1}


def test_characters_beyond_the_first_plane_may_be_written_as_two_escapes() -> None:
    assert data_of('"\\ud83c\\udfac clip"') == "\U0001f3ac clip"
    assert data_of('"\\ud83c"') == "\ufffd"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc 你", max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_json_is_read_as_json(value: Any) -> None:
    text = json.dumps(value, indent=2)
    complaints = Diagnostics("f", text)
    assert read(text, complaints) == value
    assert complaints.found == []


@given(st.text("a:-[]{}&*!|>'\"#\n\t ,?@0.", max_size=30))
def test_no_text_is_too_strange_to_be_judged(text: str) -> None:
    complaints = Diagnostics("f", text)
    found = read(text, complaints)
    assert found is None or complaints.places
    for complaint in complaints.sorted():
        assert complaint.place.line >= 1 and complaint.place.column >= 1
