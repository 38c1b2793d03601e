"""The pictures of the documentation: small, there, described, and those that the tool takes."""

import re
import struct
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = sorted((ROOT / "docs" / "images").glob("*.png"))
PAGES = {path: path.read_text("utf-8") for path in (ROOT / "README.md", ROOT / "docs" / "dashboard.md")}
LARGEST = 300_000


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small_and_shown_on_a_page(picture: Path) -> None:
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < LARGEST
    assert struct.unpack(">II", content[16:24]) == (1440, 900)
    assert any(f"images/{picture.name}" in text for text in PAGES.values())


def test_every_picture_that_is_shown_is_there_and_described() -> None:
    for page, text in PAGES.items():
        shown = re.findall(r'(?:src|srcset)="([^"]+\.png)"', text)
        assert shown, page
        assert [each for each in shown if not (page.parent / each).is_file()] == []
        for tag in re.findall(r"<img [^>]*>", text):
            assert len(re.search(r'alt="([^"]*)"', tag)[1]) > 40, tag


def test_the_tool_takes_these_pictures() -> None:
    tool = (ROOT / "tools" / "screenshots.py").read_text("utf-8")
    for picture in PICTURES:
        name = re.sub(r"-(?:light|dark)$", "", picture.stem)
        assert f'("{name}",' in tool
