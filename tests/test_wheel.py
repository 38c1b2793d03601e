"""What is shipped: the wheel holds the package, its tables and its scenarios, and runs without the checkout."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest
from ark_emulator import __version__

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


OWN_PROJECT = {
    "emulator/__init__.py": 'NAME = "the emulator of this project"\n',
    "emulator/devices.py": 'DEVICES = ("one",)\n',
    "tests/test_own.py": """
from pathlib import Path

import ark_emulator as package
import emulator
from emulator.devices import DEVICES


def test_both_are_there(ark_emulator):
    assert (emulator.NAME, DEVICES) == ("the emulator of this project", ("one",))
    assert Path(emulator.__file__).parents[1] == Path.cwd()
    assert Path(package.__file__).is_relative_to(PLACE)
    assert ark_emulator.health()["scenario"]
""",
}


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh virtual environment with the wheel. Everything else it finds where our tests do."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    fresh = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--offline", "--no-deps", "--quiet"]
    subprocess.run([*install, "--python", str(fresh), str(wheel)], check=True)
    where = [str(fresh), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    # A folder that a .pth file names is searched, but its own .pth files are not read: not that of an editable install.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return fresh


def in_project(python: Path, place: Path, *words: str) -> str:
    """Run the interpreter in a folder, and return its stdout; PYTHONPATH and our settings stay outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "ARK_"))}
    done = subprocess.run([str(python), *words], cwd=place, env=kept, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_project_with_an_emulator_package_of_its_own_imports_that(python: Path, tmp_path: Path) -> None:
    for name, text in OWN_PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("PLACE", repr(str(python.parents[1]))))
    assert "1 passed" in in_project(python, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")


def test_the_wheel_installs_no_module_of_another_name(wheel: Path, python: Path, tmp_path: Path) -> None:
    tops = {name.partition("/")[0] for name in ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ark_emulator"}
    program = "import importlib.util as u; print(u.find_spec('emulator'), u.find_spec('ark_emulator').origin)"
    none, _, origin = in_project(python, tmp_path, "-c", program).strip().partition(" ")
    assert none == "None"
    assert Path(origin).is_relative_to(python.parents[1])


def test_the_installed_package_runs_as_a_module(python: Path, tmp_path: Path) -> None:
    assert in_project(python, tmp_path, "-m", "ark_emulator", "--version") == f"ark-emulator {__version__}\n"
