"""Opening the dashboard for whoever started the server."""

import argparse
import webbrowser
from importlib import import_module

import pytest

from emulator.cli import opening

serve = import_module("emulator.cli.serve")  # the package has a function of that name


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


async def test_serve_opens_it_when_asked_and_names_it_either_way(monkeypatch, capsys, ark):
    asked = []
    monkeypatch.setattr(opening, "open_dashboard", asked.append)
    serve._announce(ark.running)
    assert asked == []
    assert f"Dashboard {ark.url}/_emulator/" in capsys.readouterr().err
    serve._announce(ark.running, browse=True)
    assert asked == [ark.url]


def test_the_flag_is_handed_on(monkeypatch):
    parser = argparse.ArgumentParser()
    serve.add_serve_flags(parser, {})
    assert parser.parse_args([]).open is False
    announced = []
    monkeypatch.setattr("emulator.server.run", lambda settings, announce: announced.append(announce))
    serve.serve(parser.parse_args(["--open", "--port", "0"]))
    (announce,) = announced
    assert announce.keywords["browse"] is True
