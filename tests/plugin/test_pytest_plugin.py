"""The pytest plugin, as the projects that use it see it: each test here runs a small suite of its own."""

import subprocess
import sys
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

# What an inner suite imports for the first time is forgotten at its end; of PyYAML a half would stay.
import ark_emulator.loading.loader  # noqa: F401
import pytest
from ark_emulator.client import connect

pytest_plugins = ["pytester"]

HELPERS = """
import json
import urllib.request

import pytest


def create(ark, prompt="a cat"):
    body = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": prompt}]}
    headers = {"Authorization": f"Bearer {ark.api_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{ark.ark_url}/contents/generations/tasks", json.dumps(body).encode(), headers
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
        return json.load(reply)["id"]
"""
Suite = Callable[..., pytest.RunResult]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Runs a suite of one file in this process; further words are options of pytest."""
    monkeypatch.delenv("ARK_EMULATOR_URL", raising=False)

    def run(program: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=HELPERS + program)
        return pytester.runpytest(
            "-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function", *options
        )

    return run


def test_every_test_has_a_world_of_its_own(suite: Suite) -> None:
    result = suite(
        """
keys = set()

def test_one(ark_emulator):
    create(ark_emulator)
    assert len(ark_emulator.tasks()) == 1
    keys.add(ark_emulator.api_key)

def test_two(ark_emulator, ark_emulator_server):
    assert ark_emulator.tasks() == ark_emulator_server.tasks() == []
    assert ark_emulator_server.health()["worlds"] == 2
    assert ark_emulator.api_key not in keys
"""
    )
    result.assert_outcomes(passed=2)


def test_the_clock_is_frozen_and_can_be_advanced(suite: Suite) -> None:
    result = suite(
        """
def test_it(ark_emulator):
    task = create(ark_emulator)
    assert ark_emulator.clock()["mode"] == "frozen"
    assert ark_emulator.task(task)["status"] == "queued"
    ark_emulator.advance(60)
    assert ark_emulator.task(task)["status"] == "succeeded"
"""
    )
    result.assert_outcomes(passed=1)


def test_an_asynchronous_test_uses_it_alike(suite: Suite) -> None:
    result = suite(
        """
import asyncio

async def test_it(ark_emulator):
    await asyncio.to_thread(create, ark_emulator)
    await asyncio.to_thread(ark_emulator.advance, 60)
    assert ark_emulator.tasks()[0]["status"] == "succeeded"
""",
        "-o",
        "asyncio_mode=auto",
    )
    result.assert_outcomes(passed=1)


def test_the_same_test_has_the_same_seed_and_key_in_every_run_and_another_test_has_others(suite: Suite) -> None:
    program = """
@pytest.mark.ark_emulator(start=1790000000)
@pytest.mark.parametrize("number", [1, 2])
def test_it(ark_emulator, number, capsys):
    with capsys.disabled():
        print("MADE", create(ark_emulator), ark_emulator.api_key)
"""
    runs = [[line for line in suite(program, "-q").outlines if "MADE" in line] for _ in range(2)]
    assert len(runs[0]) == len(set(runs[0])) == 2
    assert runs[0] == runs[1]


def test_a_marker_chooses_and_the_closest_wins(suite: Suite) -> None:
    result = suite(
        """
pytestmark = pytest.mark.ark_emulator(clock="live", speed=60, seed=1)

def test_module(ark_emulator):
    clock = ark_emulator.clock()
    assert (clock["mode"], clock["speed"]) == ("live", 60)

@pytest.mark.ark_emulator(clock="polls", start=1790000000)
class TestClass:
    def test_class(self, ark_emulator):
        assert ark_emulator.clock() == {"mode": "polls", "now": 1790000000, "speed": 60}

    @pytest.mark.ark_emulator(clock="frozen")
    def test_function(self, ark_emulator):
        assert ark_emulator.clock()["mode"] == "frozen"
""",
        "--strict-markers",
    )
    result.assert_outcomes(passed=3)


def test_a_marker_names_a_scenario_or_a_file_beside_the_test(suite: Suite, pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".yaml", fails="version: 1\nname: fails\noutcomes:\n  - then: [{queued: 1s}, {failed: InternalServiceError}]\n"
    )
    result = suite(
        """
@pytest.mark.parametrize("run", [1])
@pytest.mark.ark_emulator("fails.yaml")
def test_file(ark_emulator, run):
    create(ark_emulator)
    ark_emulator.advance(60)
    assert ark_emulator.tasks()[0]["status"] == "failed"

@pytest.mark.ark_emulator(scenario="output-moderation")
def test_name(ark_emulator):
    assert ark_emulator.scenario()["name"] == "output-moderation"

@pytest.mark.ark_emulator(scenario={"version": 1, "name": "mine", "outcomes": []})
def test_mapping(ark_emulator):
    assert ark_emulator.scenario()["name"] == "mine"
"""
    )
    result.assert_outcomes(passed=3)


def test_a_marker_takes_the_text_of_a_scenario_as_use_does(suite: Suite, pytester: pytest.Pytester) -> None:
    pytester.makefile(".json", one='{"version": 1, "name": "from-json"}')
    result = suite(
        """
@pytest.mark.parametrize("run", [1])
@pytest.mark.ark_emulator(scenario="version: 1\\nname: mine\\n")
def test_text(ark_emulator, run):
    assert ark_emulator.scenario()["name"] == "mine"

@pytest.mark.ark_emulator("version: 1\\nname: see mine.yaml")
def test_text_that_ends_as_a_file_does(ark_emulator):
    assert ark_emulator.scenario()["name"] == "see mine.yaml"

@pytest.mark.ark_emulator(scenario="{version: 1, name: mine}")
def test_text_on_one_line(ark_emulator):
    assert ark_emulator.scenario()["name"] == "mine"
    ark_emulator.use("{version: 1, name: other}")
    assert ark_emulator.scenario()["name"] == "other"

@pytest.mark.ark_emulator(scenario="one.json")
def test_json(ark_emulator):
    assert ark_emulator.scenario()["name"] == "from-json"

@pytest.mark.ark_emulator(scenario="version: 1\\nnam: mine\\n")
def test_mistake(ark_emulator):
    pass
"""
    )
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["*<scenario>:2:1: SC101 unknown key 'nam'; did you mean 'name'?*"])


def test_a_choice_that_does_not_exist_is_an_error_that_names_it(suite: Suite) -> None:
    result = suite(
        """
@pytest.mark.ark_emulator(colour="red")
def test_it(ark_emulator):
    pass
"""
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ark_emulator knows scenario, clock, seed, start, speed, but not colour*"])


OURS = (
    "emulator/ark_emulator/client",
    "emulator/ark_emulator/embedded",
    "emulator/ark_emulator/loading",
    "emulator/ark_emulator/runtime",
    "emulator/ark_emulator/pytest_plugin",
)


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ('scenario="lost-replay"', "*there is no built-in scenario 'lost-replay'; did you mean 'lost-reply'?*"),
        ('scenario="nothing.yaml"', "*No such file or directory*nothing.yaml*"),
        ('scenario={"version": 1, "seed": "x"}', "*SC104 expected a whole number, not a text*"),
        ('clock="frozn"', "*clock mode must be one of live, frozen, polls*"),
    ],
)
def test_an_invalid_marker_fails_with_one_line_and_without_our_code(suite: Suite, marker: str, told: str) -> None:
    result = suite(f"@pytest.mark.ark_emulator({marker})\ndef test_it(ark_emulator): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    assert "@pytest.mark.ark_emulator: " in result.stdout.str()
    assert not any(name in result.stdout.str() for name in OURS)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('{"speed": 0}', "ark_emulator_settings: speed must be a number from 0.000001 to 1000000, not 0"),
        ('{"colour": "red"}', "ark_emulator_settings: Emulator takes no 'colour'*"),
        ('{"scenario": "lost-replay"}', "ark_emulator_settings: *did you mean 'lost-reply'?"),
    ],
)
def test_invalid_settings_fail_with_one_line_and_without_our_code(suite: Suite, settings: str, told: str) -> None:
    result = suite(
        f"""
@pytest.fixture(scope="session")
def ark_emulator_settings():
    return {settings}

def test_it(ark_emulator):
    pass
"""
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    assert not any(name in result.stdout.str() for name in OURS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('ark_emulator.fault(on="fetch", frist=3)', "*SC101 unknown key 'frist'; did you mean 'first'?*"),
        ('ark_emulator.use("lost-replay")', "*did you mean 'lost-reply'?*"),
        ("ark_emulator.verify(method='POST')", "*AssertionError*"),
        ("Emulator(speed=0).start()", "*SettingsError: speed must be a number from 0.000001 to 1000000, not 0"),
        ("Emulator(scenario={'seed': 'x'}).start()", "*SC104 expected a whole number, not a text*"),
    ],
)
def test_a_call_that_fails_is_shown_where_the_test_made_it(suite: Suite, line: str, told: str) -> None:
    result = suite(f"from ark_emulator import Emulator\n\ndef test_it(ark_emulator):\n    {line}\n")
    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    result.stdout.fnmatch_lines([f">*{line}", told])
    assert not any(name in shown for name in OURS)


def test_a_failed_test_shows_the_journal_of_its_world_and_no_other_does(suite: Suite) -> None:
    result = suite(
        """
def test_good(ark_emulator):
    create(ark_emulator, "fine")

def test_bad(ark_emulator):
    create(ark_emulator)
    with pytest.raises(urllib.error.HTTPError):
        create(ark_emulator, "emu:moderation-input")
    assert False

def test_silent(ark_emulator):
    assert False
"""
    )
    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert text.count("ark emulator journal") == 2
    result.stdout.fnmatch_lines(
        [
            "*ark emulator journal*",
            "#1 POST /api/v3/contents/generations/tasks 200 task=cgt-*",
            "#2 POST /api/v3/contents/generations/tasks 400*",
            "*InputTextSensitiveContentDetected*",
            "*ark emulator journal*",
            "no exchanges",
        ]
    )
    assert "#3" not in text


BEHAVES = """
def test_it(ark_emulator):
    create(ark_emulator)
    create(ark_emulator)
"""
FORGETS = """
def test_forgets(ark_emulator):
    create(ark_emulator)
    ark_emulator.advance(60)

def test_behaves(ark_emulator):
    create(ark_emulator)
"""


def test_the_report_card_is_shown_when_something_was_found(suite: Suite) -> None:
    result = suite(FORGETS)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*ark emulator report card*", "test_it.py::test_forgets", "*warning task-left-behind: *(#1)"]
    )
    assert "test_behaves" not in result.stdout.str()


@pytest.mark.parametrize(
    ("program", "option", "shown"),
    [(BEHAVES, "findings", False), (BEHAVES, "all", True), (FORGETS, "off", False)],
)
def test_the_report_card_says_as_much_as_it_is_asked_to(suite: Suite, program: str, option: str, shown: bool) -> None:
    result = suite(program, "--ark-emulator-report", option)
    assert ("ark emulator report card" in result.stdout.str()) is shown


def test_a_server_that_runs_already_is_used_and_left_clean(suite: Suite, threaded: Callable[..., Any]) -> None:
    url = threaded().url
    result = suite(
        f"""
def test_it(ark_emulator):
    assert ark_emulator.url == {url!r}
    create(ark_emulator)
""",
        "--ark-emulator-url",
        url,
    )
    result.assert_outcomes(passed=1)
    assert connect(url).health()["worlds"] == 1


def test_the_same_test_of_another_run_on_the_same_server_does_not_interfere(
    suite: Suite, threaded: Callable[..., Any]
) -> None:
    url = threaded().url
    key = f"sk-{blake2b(b'test_it.py::test_it', digest_size=8).hexdigest()}"
    connect(url).world(key)
    result = suite(
        f"""
def test_it(ark_emulator):
    assert ark_emulator.api_key.startswith("{key}-")
""",
        "--ark-emulator-url",
        url,
    )
    result.assert_outcomes(passed=1)


def test_a_server_that_does_not_answer_is_named(suite: Suite) -> None:
    result = suite("def test_it(ark_emulator): pass", "--ark-emulator-url", "http://127.0.0.1:9")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["--ark-emulator-url: no emulator answers at http://127.0.0.1:9*"])


def test_an_address_that_is_none_is_named(suite: Suite) -> None:
    result = suite("def test_it(ark_emulator): pass", "--ark-emulator-url", "http://[::1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["--ark-emulator-url: 'http://*::1' is not the address of a server*"])


def test_a_blank_control_token_is_refused_before_the_first_test(suite: Suite) -> None:
    result = suite(
        """
@pytest.fixture(scope="session")
def ark_emulator_settings():
    return {"control_token": ""}

def test_it(ark_emulator):
    pass
"""
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["ark_emulator_settings: control_token must not be empty or blank*"])


def test_a_suite_can_say_how_its_server_is_made(suite: Suite) -> None:
    result = suite(
        """
@pytest.fixture(scope="session")
def ark_emulator_settings():
    return {"start": 1790000000, "clock": "frozen"}

def test_it(ark_emulator_server):
    assert ark_emulator_server.now == 1790000000
"""
    )
    result.assert_outcomes(passed=1)


def test_workers_have_a_server_each_and_their_findings_reach_the_summary(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("ARK_EMULATOR_URL", raising=False)
    pytester.makepyfile(
        test_it=HELPERS
        + """
@pytest.mark.parametrize("number", range(4))
def test_forgets(ark_emulator, number, tmp_path_factory, worker_id):
    shared = tmp_path_factory.getbasetemp().parent
    (shared / f"{worker_id}.url").write_text(ark_emulator.url)
    create(ark_emulator)
    ark_emulator.advance(60)
"""
    )
    result = pytester.runpytest_subprocess(
        *("-p", "xdist", "-p", "ark_emulator.pytest_plugin", "-p", "no:cacheprovider", "-n", "2"), timeout=60
    )
    result.assert_outcomes(passed=4)
    assert result.stdout.str().count("warning task-left-behind") == 4
    urls = {path.read_text("utf-8") for path in pytester.path.parent.rglob("gw*.url")}
    assert len(urls) == 2


def test_importing_the_plugin_imports_nothing_that_pytest_does_not() -> None:
    program = (
        "import sys, pytest, typing; before = set(sys.modules); import ark_emulator.pytest_plugin; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ark_emulator', 'ark_emulator.pytest_plugin']"
