"""Which modules are imported: few for `--help` and `--version`, and for a server only those that every server needs."""

import json
import subprocess
import sys

import pytest

SERVED = """
import asyncio, json, sys
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start

async def serve():
    running = await start(Settings(port=0, log="off"))
    await running.stop()

asyncio.run(serve())
print(json.dumps(sorted(sys.modules)))
"""
COMMAND = """
import json, sys
from ark_emulator.cli import main
main([{word!r}])
print()
print(json.dumps(sorted(sys.modules)))
"""


def imported(program: str) -> set[str]:
    """Run a program in its own process; return the modules that it imported."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def served() -> set[str]:
    return imported(SERVED)


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_import_neither_server_nor_models(word: str) -> None:
    found = imported(COMMAND.format(word=word))
    assert not {"aiohttp", "pydantic", "asyncio", "urllib.request", "ark_emulator.core", "ark_emulator.server"} & found


@pytest.mark.parametrize("module", ["faker", "redis", "sqlite3", "yaml", "imagesize", "tinytag", "prometheus_client"])
def test_a_server_starts_without_what_few_servers_need(served: set[str], module: str) -> None:
    assert module not in served


@pytest.mark.parametrize(
    "module",
    [
        "pydantic",
        "ark_emulator.media.render.clip",
        "ark_emulator.core.report_card.report_rules",
        "ark_emulator.loading",
    ],
)
def test_a_server_starts_without_what_no_request_has_asked_for(served: set[str], module: str) -> None:
    assert module not in served
