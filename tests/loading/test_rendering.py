"""Complaints as people, machines and pull requests read them."""

import json

import pytest

from emulator.loading.complaints import Complaint, Complaints, Place, ScenarioError, did_you_mean, listed
from emulator.loading.loader import scenario_from_text
from emulator.loading.rendering import FORMATS, as_json, cells, concise, full, github

TYPO = Complaint("SC101", "unknown key 'promt'", "a.yaml", Place(12, 7, 5), "      promt: x", "did you mean 'prompt'?")


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


def test_a_tab_within_a_line_does_not_move_the_caret() -> None:
    complaint = Complaint("SC101", "m", "a", Place(1, 4, 1), "a:\tb")
    assert full([complaint]).splitlines()[3:5] == ["1 | a: b", "  |    ^"]


def test_a_caret_is_there_even_at_the_end_of_a_line() -> None:
    assert "^" in full([Complaint("SC001", "m", "a", Place(1, 5), "a: [")])


def test_a_count_says_how_many_errors_in_how_many_files() -> None:
    other = Complaint("SC102", "m", "b.yaml", Place(1, 1))
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
    odd = Complaint("SC001", "50% of\nit", "a,b:c.yaml", Place(2, 3, 4), "", "")
    assert github([odd]) == ("::error file=a%2Cb%3Ac.yaml,line=2,col=3,endColumn=7,title=SC001::50%25 of%0Ait\n")
    assert github([TYPO]).endswith("::unknown key 'promt'%0Adid you mean 'prompt'?\n")


def test_every_form_can_print_everything() -> None:
    for form in FORMATS.values():
        assert isinstance(form([TYPO]), str)


def test_complaints_are_sorted_by_place_and_told_once() -> None:
    complaints = Complaints("f", "one\ntwo\n")
    complaints.at(Place(2, 1), "SC101", "b")
    complaints.at(Place(1, 3), "SC101", "a")
    complaints.at(Place(2, 1), "SC101", "b")
    assert [(each.place.line, each.text) for each in complaints.sorted()] == [(1, "one"), (2, "two")]


def test_a_place_that_is_not_in_the_text_is_the_nearest_one_above() -> None:
    complaints = Complaints("f", "a: 1\n")
    complaints.places["a",] = Place(1, 4)
    complaints.about(("a", "b", 3), "SC101", "m")
    complaints.about(("c",), "SC101", "m")
    assert [each.place for each in complaints.found] == [Place(1, 4), Place(1, 1)]


def test_suggestions_ignore_case_and_are_empty_when_nothing_is_near() -> None:
    assert did_you_mean("SUCCEDED", ["succeeded", "failed"]) == "did you mean 'succeeded'?"
    assert did_you_mean("xyz", ["succeeded", "failed"]) == ""


def test_words_are_listed_for_reading() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a or b", "a, b or c"]
