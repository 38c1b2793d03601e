"""docs/clients.md: its programs are whole, and tests/sdk runs them. Those in bash and Python run as on any page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "clients.md"
SDK = ROOT / "tests" / "sdk"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:7333/"
RUN = {"go": "test_programs.py", "java": "test_programs.py", "js": "test_node.py"}
"""The tests that run the programs of a language."""
WHOLE = {"go": "package main\n", "java": "import ", "js": "import ", "python": "import ", "bash": ""}
"""How a whole program begins."""


def blocks() -> list[tuple[str, str]]:
    """Language and text of every program on the page."""
    return BLOCK.findall(PAGE.read_text("utf-8"))


def test_every_program_is_whole_and_names_the_address() -> None:
    assert [(language, text) for language, text in blocks() if not text.startswith(WHOLE[language])] == []
    assert [text for _, text in blocks() if ADDRESS not in text] == []


def test_every_language_is_run() -> None:
    assert {language for language, _ in blocks()} == {*RUN, "bash", "python"}
    for language, name in RUN.items():
        assert f'on_the_page("{language}")' in (SDK / name).read_text("utf-8")


def test_every_program_of_the_tests_has_its_place_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    programs = sorted(path for kind in ("go", "java", "mjs") for path in SDK.glob(f"*/*.{kind}"))
    assert len(programs) == 5
    assert [path.name for path in programs if f"(../tests/sdk/{path.relative_to(SDK).as_posix()})" not in page] == []
