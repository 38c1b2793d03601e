"""A server ends at once, however many dashboards look at it; and they come back when another one is there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import browser_driver as driver

BROWSERS = 2
TABS = 5
"""Tabs of each browser. A browser has six connections to a server, of which each tab in sight holds one."""
LIMIT = 15.0
"""Real seconds until the program has ended, from the signal on, on the busiest machine: a small part of `GRACE`."""
GRACE = 60.0
"""Real seconds that the server would give clients that it had to wait for."""
SERVE = f"""
import sys
from ark_emulator import server
from ark_emulator.cli import main
from ark_emulator.web.server import http_runner
http_runner.GRACE, server.LAST = {GRACE}, {2 * GRACE}
sys.exit(main(["serve", *sys.argv[1:], "--log", "off"]))
"""


def serving(port: Any, folder: Any) -> Any:
    """The emulator as a program of its own."""
    command = [sys.executable, "-c", SERVE, "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return process
        except OSError:
            time.sleep(0.02)  # real time: another program starts
    process.kill()
    raise AssertionError("the server did not start")


def free_port() -> Any:
    """A port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
async def browsers(chromium: Callable[[], Any]) -> AsyncIterator[Any]:
    """Several browsers, which share no connection."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(driver.Browser(chromium())) for _ in range(BROWSERS)]


async def test_a_server_with_ten_dashboards_open_ends_at_once(browsers: Any, tmp_path: Path) -> None:
    port = free_port()
    process = serving(port, tmp_path)
    try:
        pages = [await each.open(f"http://127.0.0.1:{port}/_emulator/") for each in browsers for _ in range(TABS)]
        for page in pages:
            # A tab behind others is hidden and lets go of its stream: all of them shall hold one.
            await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
            await page.wait("document.querySelector('.phase')?.textContent === 'Live'")
        began = time.perf_counter()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(GRACE)
        took = time.perf_counter() - began
    finally:
        process.kill()
    assert took < LIMIT, took
    for page in pages:
        await page.wait("document.querySelector('.phase')?.textContent === 'Reconnecting'")
    again = serving(port, tmp_path)
    try:
        await pages[-1].wait("document.querySelector('.phase')?.textContent === 'Live'")
    finally:
        again.terminate()
        again.wait(20)
