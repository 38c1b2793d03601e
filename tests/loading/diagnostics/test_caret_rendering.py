"""Diagnostics as people, machines and pull requests read them."""

import json

import pytest
from ark_emulator.loading.diagnostics.caret_rendering import FORMATS, as_json, cells, concise, full, github
from ark_emulator.loading.diagnostics.diagnostics import (
    LONGEST_LINE,
    MOST,
    Diagnostic,
    Diagnostics,
    ScenarioError,
    SourceLocation,
    did_you_mean,
    listed,
)
from ark_emulator.loading.loader import scenario_from_text
from ark_emulator.loading.validate import code_names

TYPO = Diagnostic(
    "SC101", "unknown key 'promt'", "a.yaml", SourceLocation(12, 7, 5), "      promt: x", "did you mean 'prompt'?"
)


def test_a_complaint_shows_its_line_with_a_caret_and_its_hint() -> None:
    assert full([TYPO]) == (
        "error[SC101]: unknown key 'promt'\n"
        "  --> a.yaml:12:7\n"
        "   |\n"
        "12 |       promt: x\n"
        "   |       ^^^^^\n"
        "   = help: did you mean 'prompt'?\n"
        "\n"
        "1 error in 1 file\n"
    )


def test_carets_stand_under_wide_characters() -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text('outcomes:\n  - when: {prompt: "*打斗*", promt: x}\n    then: [queued, expired]\n', "s.yaml")
    shown = full(caught.value.complaints).splitlines()
    source, caret = shown[3], shown[4]
    assert cells(caret.partition("^")[0]) == cells(source.partition("promt")[0])
    assert caret.count("^") == 5


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("打斗", 4), ("é", 1), ("e\u0301", 1), ("ｆ", 2), ("", 0)])
def test_text_has_a_width_in_cells(text: str, width: int) -> None:
    assert cells(text) == width


def test_what_steers_a_terminal_is_escaped_and_the_caret_follows() -> None:
    odd = Diagnostic(
        "SC101", "unknown key '\x1b[31m'", "a\u202e.yaml", SourceLocation(1, 5, 2), "\x1b[3: x", "no\x07\nforged"
    )
    shown = full([odd])
    assert shown.splitlines()[3:5] == ["1 | \\x1b[3: x", "  |        ^^"]
    assert all(line.isprintable() for form in (full, concise) for line in form([odd]).split("\n"))
    assert "forged" in shown.splitlines()[5]


def test_a_tab_within_a_line_does_not_move_the_caret() -> None:
    complaint = Diagnostic("SC101", "m", "a", SourceLocation(1, 4, 1), "a:\tb")
    assert full([complaint]).splitlines()[3:5] == ["1 | a: b", "  |    ^"]


def test_a_caret_is_there_even_at_the_end_of_a_line() -> None:
    assert "^" in full([Diagnostic("SC001", "m", "a", SourceLocation(1, 5), "a: [")])


def test_a_count_says_how_many_errors_in_how_many_files() -> None:
    other = Diagnostic("SC102", "m", "b.yaml", SourceLocation(1, 1))
    assert full([TYPO, TYPO, other]).endswith("\n3 errors in 2 files\n")
    assert full([]) == "no errors\n"


def test_one_line_is_enough_for_a_concise_complaint() -> None:
    assert concise([TYPO]) == "a.yaml:12:7: SC101 unknown key 'promt'; did you mean 'prompt'?\n"
    assert concise([]) == ""


def test_json_has_every_part_of_a_complaint() -> None:
    (found,) = json.loads(as_json([TYPO]))
    assert found == {
        "code": "SC101",
        "message": "unknown key 'promt'",
        "hint": "did you mean 'prompt'?",
        "file": "a.yaml",
        "line": 12,
        "column": 7,
        "end_column": 12,
        "text": "      promt: x",
    }
    assert json.loads(as_json([])) == []


def test_annotations_escape_what_would_break_them() -> None:
    odd = Diagnostic("SC001", "50% of\nit", "a,b:c.yaml", SourceLocation(2, 3, 4), "", "")
    assert github([odd]) == ("::error file=a%2Cb%3Ac.yaml,line=2,col=3,endColumn=7,title=SC001::50%25 of%0Ait\n")
    assert github([TYPO]).endswith("::unknown key 'promt'%0Adid you mean 'prompt'?\n")


def test_every_form_can_print_everything() -> None:
    for form in FORMATS.values():
        assert isinstance(form([TYPO]), str)


def test_complaints_are_sorted_by_place_and_told_once() -> None:
    complaints = Diagnostics("f", "one\ntwo\n")
    complaints.at(SourceLocation(2, 1), "SC101", "b")
    complaints.at(SourceLocation(1, 3), "SC101", "a")
    complaints.at(SourceLocation(2, 1), "SC101", "b")
    assert [(each.place.line, each.text) for each in complaints.sorted()] == [(1, "one"), (2, "two")]


def test_a_place_that_is_not_in_the_text_is_the_nearest_one_above() -> None:
    complaints = Diagnostics("f", "a: 1\n")
    complaints.places["a",] = SourceLocation(1, 4)
    complaints.about(("a", "b", 3), "SC101", "m")
    complaints.about(("c",), "SC101", "m")
    assert [each.place for each in complaints.found] == [SourceLocation(1, 4), SourceLocation(1, 1)]


def test_suggestions_ignore_case_and_are_empty_when_nothing_is_near() -> None:
    assert did_you_mean("SUCCEDED", ["succeeded", "failed"]) == "did you mean 'succeeded'?"
    assert did_you_mean("xyz", ["succeeded", "failed"]) == ""


def test_words_are_listed_for_reading() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a or b", "a, b or c"]


def test_of_ten_thousand_mistakes_on_one_line_a_hundred_are_reported_briefly() -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text("outcomes: [" + "{thenn: 1}," * 10_000 + "]", "s.yaml")
    reported = caught.value.complaints
    assert len(reported) == MOST + 1
    assert (reported[-1].code, reported[-1].place) == ("SC006", reported[-2].place)
    assert reported[-1].message == f"too many errors: the first {MOST} are shown"
    assert max(len(each.text) for each in reported) <= LONGEST_LINE
    assert all(len(form(reported)) < 1000 * len(reported) for form in FORMATS.values())


def test_a_caret_stands_under_its_place_in_a_part_of_a_long_line() -> None:
    line = "a: [" + "打, " * 500 + "{promt: x}, " + "y, " * 500 + "]"
    column = line.index("promt") + 1
    complaints = Diagnostics("f", line)
    complaints.at(SourceLocation(1, column, 5), "SC101", "m")
    source, caret = full(complaints.sorted()).splitlines()[3:5]
    assert complaints.found[0].place.column == column
    assert cells(caret.partition("^")[0]) == cells(source.partition("promt")[0])
    assert len(complaints.found[0].text) == LONGEST_LINE
    assert complaints.found[0].text[0] == complaints.found[0].text[-1] == "…"


@pytest.mark.parametrize("column", [1, 2, 100, 101, 102, 103, 399, 400, 990, 1000, 1001, 5000])
def test_any_place_of_a_long_line_is_in_the_part_that_is_shown(column: int) -> None:
    line = "".join(chr(0x4E00 + number) for number in range(1000))
    complaints = Diagnostics("f", line)
    complaints.at(SourceLocation(1, column), "SC101", "m")
    (found,) = complaints.found
    start = column - 1 - found.shift
    assert found.text[start : start + 1] == line[column - 1 : column]
    assert "^" in full([found])


def test_exactly_as_many_mistakes_as_are_reported_are_reported_without_a_remark() -> None:
    text = "outcomes:\n" + "  - {then: [queued, expired], x: 1}\n" * MOST
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(text, "s.yaml")
    assert [each.code for each in caught.value.complaints] == ["SC101"] * MOST


def test_a_mistake_that_aliases_repeat_is_reported_once() -> None:
    text = "outcomes:\n  - &x {then: [queued, expired], xyz: 1}\n" + "  - *x\n" * 5000
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(text, "s.yaml")
    assert [each.code for each in caught.value.complaints] == ["SC101", "SC006"]


def test_suggestions_are_sought_no_further_than_mistakes_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    sought = []
    monkeypatch.setattr(code_names, "did_you_mean", lambda word, _: sought.append(word) or "")
    with pytest.raises(ScenarioError):
        scenario_from_text("outcomes:\n" + "  - then: [queued, {failed: ServerOverlodaed}]\n" * 5000, "s.yaml")
    assert len(sought) == MOST + 1


def test_a_word_much_longer_than_all_known_ones_is_near_to_none() -> None:
    assert did_you_mean("succeeded" * 100_000, ["succeeded"]) == ""


def test_what_is_reported_of_a_very_long_word_is_short() -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(f"outcomes: [{{then: [queued, expired], {'x' * 900}: 1, ? {'y' * 5000} : 1}}]", "s.yaml")
    assert max(len(each.message) for each in caught.value.complaints) <= 1001
