"""Phrases that make texts hard to read are absent from code, documentation, dashboard and scenarios."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BANNED = (
    # pronouns that hide who acts
    *("whoever", "somebody", "someone else's", "nobody called", "who asks", "whoever asks"),
    # imperatives to nobody
    *("let end", "let everybody", "let nobody", "let go of", "let be", "let happen"),
    # the passive of telling
    *("is told", "was told", "are told", "were told", "been told", "be told", "is told of", "told of"),
    *("hears of", "hear of", "heard of", "tells of", "tell of"),
    # private words for standard ones
    *("wish", "wishes", "wished"),
    # phrases that only a translator would write
    *(
        "as it has it",
        "that there is not",
        "taken back",
        "take back",
        "takes back",
        "came to nothing",
        "come to nothing",
    ),
    *("such as it is", "for good", "in good order", "comes to its end", "come what may", "by itself alone", "there be"),
    *("is no longer there", "stands still", "the way of", "on its way to", "be had", "can be had", "cannot be had"),
)
"""Phrases, matched as whole words without regard to case. The list may only grow."""

PATTERN = re.compile(rf"\b({'|'.join(re.escape(phrase) for phrase in BANNED)})\b", re.IGNORECASE)

DECLARATION = re.compile(r"let \w+ = ")
"""A variable of JavaScript."""

TEXTS = {".py", ".md", ".js", ".html", ".css", ".lua", ".yaml", ".toml"}
FOLDERS = ("emulator", "docs", "scenarios", "tests", "tools")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile")
NOT_OURS = {"vendor", "node_modules", "__pycache__", "golden", "requests", "stored"}
STORED_NAME = "documents:wishes"
"""The name of a field in the stored format, which must not change."""


def texts() -> Iterator[Path]:
    """Every file that people of this project wrote for people to read."""
    yield from (ROOT / name for name in PAGES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in TEXTS and not NOT_OURS & set(path.parts) and path != Path(__file__):
                yield path


def banned_phrases(text: str) -> list[tuple[int, str]]:
    """Line and phrase of everything in a text that is on the list."""
    return [
        (number, found.group(0).lower())
        for number, line in enumerate(text.replace(STORED_NAME, "").splitlines(), 1)
        for found in PATTERN.finditer(line)
        if not DECLARATION.match(line, found.start())
    ]


def test_no_text_has_a_banned_phrase() -> None:
    paths = list(texts())
    assert ROOT / "emulator" / "ark_emulator" / "__init__.py" in paths
    found = [
        f"{path.relative_to(ROOT)}:{number}: {phrase}"
        for path in paths
        for number, phrase in banned_phrases(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Whoever calls this", ["whoever"]),
        ("one\nthe client is told of it", ["is told"]),
        ("a wishlist", []),
        ("  let end = start + 1;", []),
        ("Return the task", []),
    ],
)
def test_a_planted_phrase_is_found(text: str, phrases: list[str]) -> None:
    assert [phrase for _, phrase in banned_phrases(text)] == phrases
