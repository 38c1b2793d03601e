"""`openapi`: the description that a server serves, printed without one."""

import json
import urllib.request
from typing import Any

import pytest
import yaml
from ark_emulator import Emulator
from ark_emulator.cli import main


@pytest.fixture(scope="module")
def served() -> Any:
    """What a server answers."""
    with Emulator() as ark:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{ark.url}/_emulator/openapi.json") as reply:
            return json.load(reply)


@pytest.mark.parametrize(
    ("flags", "read"),
    [([], json.loads), (["--format", "json"], json.loads), (["--format", "yaml"], yaml.safe_load)],
)
def test_it_is_what_a_server_serves(
    served: Any, capsys: pytest.CaptureFixture[str], flags: list[str], read: Any
) -> None:
    assert main(["openapi", *flags]) == 0
    assert read(capsys.readouterr().out) == served


def test_yaml_needs_no_particular_encoding(capsys: pytest.CaptureFixture[str]) -> None:
    main(["openapi", "--format", "yaml"])
    assert capsys.readouterr().out.isascii()


def test_another_form_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi", "--format", "yml"]) == 2
    assert "did you mean yaml?" in capsys.readouterr().err
