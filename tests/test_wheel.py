"""What is shipped: the wheel holds the package, its tables and its scenarios, and runs without the checkout."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_every_module_table_scenario_and_page(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    modules = {
        path.relative_to(ROOT / "emulator").as_posix() for path in (ROOT / "emulator" / "ark_emulator").rglob("*.py")
    }
    tables = {
        path.relative_to(ROOT / "emulator").as_posix()
        for path in (ROOT / "emulator" / "ark_emulator" / "data").glob("*.json")
    }
    shipped = {path.relative_to(ROOT / "scenarios").as_posix() for path in (ROOT / "scenarios").rglob("*.yaml")}
    assert modules <= names
    assert tables <= names
    assert {f"ark_emulator/_scenarios/{name}" for name in shipped} <= names
    pages = {
        path.relative_to(ROOT / "emulator").as_posix()
        for path in (ROOT / "emulator" / "ark_emulator" / "web" / "static").rglob("*.*")
    }
    assert pages <= names
    assert {"ark_emulator/web/static/index.html", "ark_emulator/web/static/vendor/VENDOR.md"} <= pages
    assert "ark_emulator/py.typed" in names
    assert not any(name.startswith(("tests/", "fixtures/")) for name in names)
    assert not any(name.endswith((".test.js", ".d.ts", "package.json", "tsconfig.json")) for name in names)


def test_it_names_its_command_and_its_plugin(wheel: Path) -> None:
    archive = ZipFile(wheel)
    (entries,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    text = archive.read(entries).decode()
    assert "ark-emulator = ark_emulator.__main__:run" in text
    assert "ark_emulator = ark_emulator.pytest_plugin" in text


def test_unpacked_it_finds_its_scenarios_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    ZipFile(wheel).extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, '.'); import ark_emulator; from ark_emulator.cli import main; "
        "print(ark_emulator.__file__); sys.exit(main(['scenarios', 'lost-reply']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    where, _, shown = done.stdout.partition("\n")
    assert Path(where).is_relative_to(tmp_path)
    assert "after_commit" in shown
