"""The documentation names every public name of the package."""

import re
from pathlib import Path

import ark_emulator
import pytest
from ark_emulator import client

ROOT = Path(__file__).parents[2]
PAGES = [path.read_text("utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]]


def is_documented(name: str) -> bool:
    """Return whether a page has the name in a line of code or in backquotes."""
    word = rf"(?<![\w.])(?:ark_emulator\.(?:client\.)?)?{re.escape(name)}\b"
    code = rf"`[^`\n]*{word}|import [^\n]*{word}|^\s*\w[^\n]* = {word}"
    return any(re.search(code, page, re.MULTILINE) for page in PAGES)


@pytest.mark.parametrize("name", ark_emulator.__all__)
def test_every_name_of_the_package_is_documented_and_exists(name: str) -> None:
    assert hasattr(ark_emulator, name)
    assert is_documented(name)


@pytest.mark.parametrize("name", ["BadAddress", "Client", "ControlError", "Unreachable"])
def test_the_client_and_its_exceptions_are_documented_and_exist(name: str) -> None:
    assert name in client.__all__
    assert is_documented(name)


def test_an_unknown_name_is_not_documented() -> None:
    assert not is_documented("Emulators")
