"""Measures what the pytest plugin costs a run that does not use it: `python -m tests.bench.plugin`.

Bare pytest and pytest with the plugin collect one empty test in turn; prints processor milliseconds of each.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 15


def spent(folder: str, *options: str) -> float:
    """Processor milliseconds of one run."""
    before = children()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return children() - before


def children() -> float:
    """Processor milliseconds of all child processes so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def main() -> None:
    """Print both medians and the difference, pair by pair."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        pairs = [(spent(folder), spent(folder, "-p", "ark_emulator.pytest_plugin")) for _ in range(RUNS)]
    bare, plugged = (statistics.median(column) for column in zip(*pairs, strict=True))
    difference = statistics.median(other - one for one, other in pairs)
    print(
        f"bare {bare:.0f} ms, with the plugin {plugged:.0f} ms, difference {difference:.0f} ms (median of {RUNS} pairs)"
    )


if __name__ == "__main__":
    main()
