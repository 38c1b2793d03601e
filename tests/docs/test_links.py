"""Every link of every page leads somewhere: to a file that is there, and to a heading that the page has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "README.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^ *(`{3,}).*?^ *\1`*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"(`+).+?\1")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^()\s]+)(?: \"[^\"]*\")?\)")
ATTRIBUTE = re.compile(r"\b(?:href|src|srcset)=\"(?P<target>[^\"\s]+)\"")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.MULTILINE)


def links(text: str) -> Iterator[str]:
    """What a page links to; what stands in code is no link."""
    bare = CODE.sub("``", FENCED.sub("", text))
    for kind in (LINK, ATTRIBUTE):
        for found in kind.finditer(bare):
            yield found["target"]


def anchor(heading: str) -> str:
    """The name that a heading has in links, as GitHub makes it."""
    bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", bare).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings; a repeated heading gets a number."""
    found: dict[str, int] = {}
    names = set()
    for heading in HEADING.finditer(FENCED.sub("", text)):
        name = anchor(heading["text"])
        count = found[name] = found.get(name, -1) + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def complaint(page: Path, target: str) -> str:
    """What is wrong with a link, nothing when it leads somewhere."""
    if re.match(r"[a-z]+:", target):
        return ""
    name, _, place = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists() or not path.is_relative_to(ROOT):
        return f"{page.name}: there is no {target}"
    if place and place not in anchors(path.read_text("utf-8")):
        return f"{page.name}: {path.name} has no heading for #{place}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    told = [complaint(page, target) for target in links(page.read_text("utf-8"))]
    assert [each for each in told if each] == []


def test_every_page_is_linked_from_the_index() -> None:
    linked = {(INDEX.parent / target.partition("#")[0]).resolve() for target in links(INDEX.read_text("utf-8"))}
    assert [path.name for path in PAGES if path != INDEX and path not in linked] == []


def test_the_readme_leads_to_the_index() -> None:
    assert "docs/README.md" in set(links((ROOT / "README.md").read_text("utf-8")))


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("What it answers", "what-it-answers"),
        ("Fidelity: what is proven, what is inferred", "fidelity-what-is-proven-what-is-inferred"),
        ("GET /_emulator/clock", "get-_emulatorclock"),
        ("`exec`, and more", "exec-and-more"),
    ],
)
def test_a_heading_is_named_as_its_host_names_it(heading: str, name: str) -> None:
    assert anchor(heading) == name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a](nowhere.md)", "there is no nowhere.md"),
        ("[a](docs/cli.md#no-such-command)", "cli.md has no heading for #no-such-command"),
        ("[a](../../outside)", "there is no ../../outside"),
        ("![a](docs/images/none.png)", "there is no docs/images/none.png"),
        ('<img src="docs/images/none.png">', "there is no docs/images/none.png"),
        ("[a](docs/cli.md#exec) [b](https://example.com/x) `[c](d)`", ""),
        ("```bash\n[a](nowhere.md)\n```", ""),
    ],
)
def test_a_broken_link_is_found(text: str, told: str) -> None:
    found = [complaint(ROOT / "README.md", target) for target in links(text)]
    assert told in "".join(found)
    assert bool(told) is any(found)
