"""docs/clients.md: what it shows in Go, Java and JavaScript stands, line by line, in programs that tests/sdk runs.

Blocks in bash and Python are executed with those of every other page.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "clients.md"
SDK = ROOT / "tests" / "sdk"
SOURCES = {"go": ["go/main.go"], "java": ["java/Clips.java"], "js": ["node/openai.mjs", "node/agent.mjs"]}
BLOCK = re.compile(r"^```(?P<language>go|java|js)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
ADDRESS = "127.0.0.1:7333"
"""A line that names it sets what the programs are told when they are called."""
BLOCKS = [(found["language"], found["text"]) for found in BLOCK.finditer(PAGE.read_text("utf-8"))]


def lines(text: str) -> list[str]:
    """The lines that say something, without their indentation."""
    return [stripped for line in text.splitlines() if (stripped := line.strip())]


def stands_in(snippet: list[str], program: list[str]) -> bool:
    """Whether the lines of a snippet stand in a program, in the same order; what is between may be left out."""
    rest = iter(program)
    return all(line in rest for line in snippet)


@pytest.mark.parametrize(("language", "text"), BLOCKS)
def test_what_the_page_shows_stands_in_a_program_that_is_run(language: str, text: str) -> None:
    shown = [line for line in lines(text) if ADDRESS not in line]
    programs = [lines((SDK / name).read_text("utf-8")) for name in SOURCES[language]]
    assert any(stands_in(shown, program) for program in programs), text


def test_every_program_has_its_place_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert {language for language, _ in BLOCKS} == set(SOURCES)
    assert all(f"(../tests/sdk/{name})" in page for names in SOURCES.values() for name in names)


def test_a_line_that_no_program_has_is_noticed() -> None:
    assert stands_in(["a", "c"], ["a", "b", "c"])
    assert not stands_in(["c", "a"], ["a", "b", "c"])
    assert not stands_in(["a", "d"], ["a", "b", "c"])
