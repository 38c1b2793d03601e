"""Two hundred tests at once on one server, each with a scenario, clock and seed of its own, never see each other.

The same tests, made to share one world, do: what shows the isolation would also show its absence.
"""

from collections.abc import Callable
from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = 200
FEW = 40
"""Tests that show well enough how they disturb each other."""
PROGRAM = """
import json
import os
import urllib.request

import pytest

from ark_emulator import connect

NUMBERS = range({tests})
SCENARIOS = [None, "output-moderation", "zero-usage", "expired-not-terminal"]
TASKS = "/api/v3/contents/generations/tasks"
SHARED = bool(os.environ.get("ONE_WORLD_FOR_ALL"))


def call(ark, path, body=None):
    key = "sk-shared" if SHARED else ark.api_key
    headers = {{"Authorization": f"Bearer {{key}}", "Content-Type": "application/json"}}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ark.url + path, data, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request) as reply:
        return json.load(reply)


def prompt(number):
    return f"cat {{number}}"


@pytest.mark.parametrize("number", NUMBERS)
def test_alone(ark_emulator, number):
    ark = connect(ark_emulator.url) if SHARED else ark_emulator
    if not SHARED and SCENARIOS[number % 4]:
        ark.use(SCENARIOS[number % 4])
    text = [{{"type": "text", "text": prompt(number)}}]
    made = call(ark, TASKS, {{"model": "dreamina-seedance-2-0-260128", "content": text}})["id"]
    began = ark.now
    ark.advance(number + 1)
    assert ark.now == began + number + 1
    ark.advance(until="idle")
    listed = call(ark, TASKS)
    assert [task["id"] for task in listed["items"]] == [made]
    ends = {{0: "succeeded", 1: "failed", 2: "succeeded", 3: "expired"}}
    assert call(ark, f"{{TASKS}}/{{made}}")["status"] == ends[number % 4]
    assert ark.verify(method="POST", exactly=1) == 1
    assert ark.verify(prompt=prompt(number), exactly=1) == 1
"""


@pytest.fixture
def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, threaded: Callable[..., Any]
) -> Callable[..., dict[str, int]]:
    """Runs the suite with two workers on one server; answers with its outcomes."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("ARK_EMULATOR_URL", raising=False)

    def suite(tests: int = TESTS) -> dict[str, int]:
        pytester.makepyfile(test_it=PROGRAM.format(tests=tests))
        options = ("-p", "xdist", "-p", "ark_emulator.pytest_plugin", "-p", "no:cacheprovider", "-n", "2", "--tb=no")
        result = pytester.runpytest_subprocess(*options, "--ark-emulator-url", threaded().url, timeout=120)
        return result.parseoutcomes()

    return suite


def test_two_hundred_tests_on_one_server_never_see_each_other(run: Callable[..., dict[str, int]]) -> None:
    outcomes = run()
    assert outcomes.get("passed") == TESTS
    assert "failed" not in outcomes


def test_the_same_tests_in_one_world_would_be_caught(
    run: Callable[..., dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE_WORLD_FOR_ALL", "1")
    assert run(FEW).get("failed", 0) > FEW / 2
