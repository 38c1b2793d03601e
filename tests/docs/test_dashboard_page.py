"""The routes and keys on docs/dashboard.md exist."""

import re
from pathlib import Path

from ark_emulator.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "dashboard.md").read_text("utf-8")
KEYS = re.compile(r'^  \{ key: "([^"]+)", (?:label: "(\w+)", )?about: "', re.MULTILINE)


def test_every_route_it_names_is_there() -> None:
    paths = {(route.method, re.sub(r"\{\w+(:[^}]*)?\}", "{}", route.path)) for route in ROUTES}
    named = re.findall(r"`(GET|POST|PUT|DELETE) (/_emulator/[\w/{}.]*)`", PAGE)
    assert len(named) > 8
    assert [each for each in named if (each[0], re.sub(r"\{\w+\}", "{}", each[1])) not in paths] == []


def test_it_names_every_key() -> None:
    source = (ROOT / "emulator" / "ark_emulator" / "web" / "static" / "state" / "keyboard.js").read_text("utf-8")
    keys = {name or key for key, name in KEYS.findall(source)}
    assert len(keys) > 10
    section = PAGE.split("## Keys")[1].split("The filter")[0]
    assert set(re.findall(r"`([^`]+)`", section)) == keys
