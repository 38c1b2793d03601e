"""docs/README.md lists every extra of the package, CONTRIBUTING.md every target of the Makefile."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_lists_exactly_the_extras_of_the_package() -> None:
    page = (ROOT / "docs" / "README.md").read_text("utf-8").partition("| extra |")[2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(project["optional-dependencies"])


def test_the_page_lists_every_target_of_the_makefile_for_people() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert len(targets) > 8
    assert [name for name in targets if name != "help" and f"`make {name}" not in page] == []


def test_the_documented_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    told = {name for page in pages for name in re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))}
    assert sorted(name for name in told if not re.search(rf"^{name}:", makefile, re.MULTILINE)) == []
