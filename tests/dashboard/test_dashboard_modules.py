"""Run the unit tests of the dashboard: `tests/dashboard/**/*.test.js` mirror its modules and need only Node."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "emulator" / "ark_emulator" / "web" / "static"
FILES = sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob("*.test.js"))
OLDEST_NODE = 18
FEWEST = 120
"""A lower limit for the number of unit tests: a loader that finds none must not pass."""


def node_version() -> int:
    """Return the major version of the installed Node, 0 without one."""
    if shutil.which("node") is None:
        return 0
    printed = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(printed.lstrip("v").partition(".")[0])


@pytest.mark.skipif(node_version() < OLDEST_NODE, reason=f"the unit tests of the dashboard need Node {OLDEST_NODE}")
def test_the_unit_tests_of_the_dashboard_pass() -> None:
    command = ["node", "--test", "--test-reporter=tap", "all.js"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {name: int(count) for name, count in re.findall(r"^# (tests|fail|skipped) (\d+)$", done.stdout, re.M)}
    assert counts["tests"] >= FEWEST
    assert (counts["fail"], counts["skipped"]) == (0, 0)


@pytest.mark.parametrize("path", FILES)
def test_every_file_of_unit_tests_mirrors_a_module(path: str) -> None:
    module = path.replace(".test.js", ".js")
    assert (STATIC / module).is_file()
    assert f'load("{module}")' in (HERE / path).read_text("utf-8")
