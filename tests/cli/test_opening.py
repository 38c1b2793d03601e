"""Opening the dashboard for whoever started the server."""

import os
import select
import subprocess
import sys
import webbrowser

import pytest

from emulator.cli import opening

PATIENT = 60.0
"""Real seconds after which the test gives up on the server."""


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was asked to open."""
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or True)
    return asked


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:7333", "http://127.0.0.1:7333/_emulator/"),
        ("http://0.0.0.0:7333", "http://127.0.0.1:7333/_emulator/"),
        ("http://[::]:7333", "http://[::1]:7333/_emulator/"),
    ],
)
def test_the_dashboard_is_opened_where_this_machine_reaches_it(opened, url, address):
    opening.open_dashboard(url).join()
    assert opened == [address]


def test_where_there_is_no_browser_the_address_is_told(monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    opening.open_dashboard("http://127.0.0.1:7333").join()
    assert "http://127.0.0.1:7333/_emulator/" in capsys.readouterr().err


@pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-in for a browser is a shell script that writes to a pipe"
)
def test_serve_opens_it_when_asked_to_and_names_it_anyway(tmp_path):
    pipe, browser = tmp_path / "pipe", tmp_path / "browser"
    os.mkfifo(pipe)
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {pipe}\n')
    browser.chmod(0o755)
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--open", "--log", "off"]
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    reader = os.open(pipe, os.O_RDWR)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            ready, _, _ = select.select([reader], [], [], PATIENT)
            opened = os.read(reader, 200).decode() if ready else ""
            server.terminate()
            told, banner = server.communicate(timeout=PATIENT)
        finally:
            os.close(reader)
            server.kill()
    url = told.strip().removeprefix("ARK_EMULATOR_URL=")
    assert opened == f"{url}/_emulator/"
    assert f"Dashboard {opened}" in banner
