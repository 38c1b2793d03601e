"""What installs and builds is told: every extra of the package on docs/README.md, every target in CONTRIBUTING.md."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_extra_of_the_package_is_told_and_no_other() -> None:
    page = (ROOT / "docs" / "README.md").read_text("utf-8").partition("| extra |")[2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(project["optional-dependencies"])


def test_every_target_of_the_makefile_that_is_for_people_is_told() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert len(targets) > 8
    assert [name for name in targets if name != "help" and f"`make {name}" not in page] == []


def test_what_is_told_of_targets_is_true() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    told = {name for page in pages for name in re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))}
    assert sorted(name for name in told if not re.search(rf"^{name}:", makefile, re.MULTILINE)) == []
