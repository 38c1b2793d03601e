"""Run a part of the tests with the oldest and the newest dependencies that `pyproject.toml` allows: `make deps`.

Each set is installed into a virtual environment of its own, which is removed afterwards. The lock files hold one
version of each dependency only, so nothing else would show that another allowed version does not work.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
RESOLUTIONS: Final = {"oldest": "lowest-direct", "newest": "highest"}
EXTRAS: Final = ("fast", "redis")
TESTED: Final = (
    "tests/test_embedded.py",
    "tests/web/control/handlers/test_event_handlers.py",
    "tests/web/emulated",
    "tests/web/faults",
    "tests/web/http",
    "tests/web/server",
    "tests/web/test_fast_polls.py",
    "tests/web/test_load.py",
)
"""The tests that use the dependencies directly; they take about a minute."""
HELPERS: Final = ("pytest", "pytest-aiohttp", "hypothesis", "httpx", "av")
"""The packages of the test group that those tests need, in any compatible version."""


def requirements() -> list[str]:
    """Return the dependencies of the project, including those of the installed extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [*project["dependencies"], *(each for extra in EXTRAS for each in project["optional-dependencies"][extra])]


def tested(name: str, resolution: str) -> bool:
    """Install one set of dependencies and run the tests; return whether they pass."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "venv", "bin", "python")
        uv = [str(Path(sys.executable).parent / "uv"), "--quiet", "--no-progress"]
        install = [*uv, "pip", "install", "--python", str(python)]
        subprocess.run([*uv, "venv", "--python", sys.executable, str(python.parents[1])], check=True)
        subprocess.run([*install, "--resolution", resolution, *requirements()], check=True)
        subprocess.run([*install, *HELPERS], check=True)
        asked = "from importlib.metadata import version as v; print(*(n + ' ' + v(n) for n in ('aiohttp', 'pydantic')))"
        versions = subprocess.run([str(python), "-c", asked], check=True, capture_output=True, text=True).stdout.strip()
        sys.stdout.write(f"== the {name}: {versions}\n")
        sys.stdout.flush()
        here = {**os.environ, "PYTHONPATH": f"{ROOT / 'emulator'}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib"]
        return subprocess.run([*command, *TESTED], cwd=ROOT, env=here, check=False).returncode == 0


def main() -> None:
    """Test the oldest and the newest versions; return 1 if one fails."""
    wanted = sys.argv[1:] or list(RESOLUTIONS)
    failed = [name for name in wanted if not tested(name, RESOLUTIONS[name])]
    if failed:
        sys.exit(f"with the {' and the '.join(failed)} dependencies tests fail")


if __name__ == "__main__":
    main()
