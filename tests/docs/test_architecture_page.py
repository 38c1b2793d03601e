"""docs/architecture.md against the code: its paths are there, its rings are those that are enforced.

`python tests/docs/test_architecture_page.py` writes the table of rings anew.
"""

import importlib.util
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
FRAME = re.compile(r"(<!-- rings -->\n).*?(<!-- end -->\n)", re.DOTALL)
PATH = re.compile(r"`((?:emulator|tests|scenarios|fixtures|docs)/[\w./-]*)`|\b(docs/\w+\.md)\b")
SCRIPT = re.compile(r"`python (tests/\S+\.py)`")
RENEW = "run: python tests/docs/test_architecture_page.py"


def rings() -> Mapping[str, set[str]]:
    """The table that tests/shape/test_rings.py enforces."""
    spec = importlib.util.spec_from_file_location("rings", ROOT / "tests" / "shape" / "test_rings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Mapping[str, set[str]] = module.RINGS
    return found


def table() -> Iterator[str]:
    """The rings as a table."""
    yield from ("", "| part of the package | may import |", "|---|---|")
    for ring, below in rings().items():
        name = "the package itself" if ring == "__init__" else f"`{ring}`"
        told = [f"`{each}`" for each in rings() if each in below and each != "__init__"]
        yield f"| {name} | {', '.join(told) or 'nothing of ours'} |"
    yield ""


def renewed(page: str) -> str:
    """The page with the table as it should be."""
    return FRAME.sub(lambda found: found[1] + "\n".join(table()) + "\n" + found[2], page)


def test_the_rings_are_those_that_are_enforced() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), RENEW
    assert page.count("nothing of ours |") >= 4


def paths() -> list[str]:
    page = PAGE.read_text("utf-8")
    named = {named or bare for named, bare in PATH.findall(page)}
    return sorted(named | set(SCRIPT.findall(page)))


@pytest.mark.parametrize("path", paths())
def test_every_path_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_page_names_many_paths() -> None:
    assert len(paths()) > 60


def test_every_table_of_data_has_its_place_on_the_page() -> None:
    told_elsewhere = {"demo", "doors", "kling", "media_limits", "storage_errors"}
    tables = {path.stem for path in (ROOT / "emulator" / "ark_emulator" / "data").glob("*.json")} - told_elsewhere
    page = PAGE.read_text("utf-8")
    assert sorted(name for name in tables if f"emulator/ark_emulator/data/{name}.json`" not in page) == []


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
