"""The scenarios of `serve`: chosen by flags, merged in order, loaded again when their files change."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ark_emulator.cli.serve import reload
from ark_emulator.cli.serve.reload import BadScenario, Watch, scenario_of

from tests.support.caller import Serve

GOOD = "version: 1\nname: mine\nseed: {seed}\n"
BAD = "version: 1\nsede: 5\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """A scenario file, and a way to write it anew so that it is seen to have changed."""
    path = tmp_path / "mine.yaml"

    def write(text: str) -> Path:
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text)
        os.utime(path, ns=(before + 10**9, before + 10**9))
        return path

    write(GOOD.format(seed=5))
    return write


def test_without_names_the_scenario_is_the_default_one_and_nothing_is_loaded() -> None:
    code = (
        "from ark_emulator.cli.serve.reload import scenario_of; import sys; "
        "print(scenario_of([]).name, 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["default", "False"]


def test_a_server_that_was_given_no_scenario_never_loads_yaml() -> None:
    code = (
        "import asyncio, sys\n"
        "from ark_emulator.runtime.settings.settings import Settings\n"
        "from ark_emulator.server import start\n"
        "async def main():\n"
        "    running = await start(Settings(port=0, log='off'))\n"
        "    await running.stop()\n"
        "asyncio.run(main())\n"
        "print('yaml' in sys.modules, 'ark_emulator.loading.loader' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_names_and_files_are_merged_in_their_order(file: Callable[..., Path]) -> None:
    scenario = scenario_of(["output-moderation", str(file(GOOD.format(seed=8)))])
    assert (scenario.name, scenario.seed, len(scenario.outcomes)) == ("output-moderation+mine", 8, 1)


@pytest.mark.parametrize(
    ("name", "told"),
    [("output-modration", "did you mean 'output-moderation'?"), ("nowhere.yaml", "cannot read nowhere.yaml")],
)
def test_an_unknown_scenario_is_an_error(name: str, told: str) -> None:
    with pytest.raises(BadScenario, match=r"^ark-emulator: ") as problem:
        scenario_of([name])
    assert told in str(problem.value)


def test_mistakes_are_printed_with_a_caret_and_end_the_command(
    file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(BAD)
    with pytest.raises(SystemExit) as stop:
        reload.scenario_or_exit([str(path)])
    told = capsys.readouterr().err
    assert stop.value.code == 2
    assert f"{path}:2:1" in told and "^^^^" in told and "did you mean 'seed'" in told


def test_a_file_that_has_not_changed_is_not_loaded_again(file: Callable[..., Path]) -> None:
    watch = Watch([str(file(GOOD.format(seed=5)))])
    assert watch.changed() is None


def test_a_change_is_seen_once(file: Callable[..., Path]) -> None:
    watch = Watch([str(file(GOOD.format(seed=5)))])
    file(GOOD.format(seed=6))
    assert watch.changed().seed == 6
    assert watch.changed() is None


def test_an_invalid_change_is_printed_and_the_previous_scenario_stays(
    file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    watch = Watch([str(file(GOOD.format(seed=5)))])
    file(BAD)
    assert watch.changed() is None
    told = capsys.readouterr().err
    assert "error[SC101]" in told and "the previous scenario stays active" in told
    assert watch.changed() is None
    file(GOOD.format(seed=7))
    assert watch.changed().seed == 7


def test_a_file_that_is_gone_for_a_moment_is_waited_for(
    file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(GOOD.format(seed=5))
    watch = Watch([str(path)])
    path.unlink()
    assert watch.changed() is None
    assert "cannot read" in capsys.readouterr().err
    file(GOOD.format(seed=9))
    assert watch.changed().seed == 9


async def test_a_running_server_goes_on_with_what_a_file_says(
    serve: Serve, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reload, "PAUSE", 0.0)
    path = str(file("version: 1\nname: before\n"))
    ark = await serve(scenario=scenario_of([path]))
    await ark.control("POST", "worlds", {"api_key": "sk-own", "scenario": {"name": "own"}})
    task = await ark.create()
    watch = Watch([path])
    watch.start(ark.running)
    file("version: 1\nname: after\noutcomes: [{then: [queued, expired]}]\n")
    while (await ark.control("GET", "health"))["scenario"] != "after":
        pass
    watch.stop()
    other = await ark.create()
    await ark.advance(10)
    assert [await ark.status(task), await ark.status(other)] == ["succeeded", "expired"]
    assert (await ark.control("GET", "health?world=sk-own"))["scenario"] == "own"
    assert "scenario after was reloaded" in capsys.readouterr().err
