"""`check`, `scenarios`, `schema` and `init` as they are called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ark_emulator.cli import main

BAD = "outcomes:\n  - then: [queued, sucseeded]\n"


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ARK_EMULATOR_")] + ["GITHUB_ACTIONS"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def written(name: str, text: str) -> str:
    Path(name).write_text(text, "utf-8")
    return name


def test_a_good_file_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", written("good.yaml", "seed: 1\n")]) == 0
    assert capsys.readouterr().out == "no errors\n"


def test_findings_are_shown_with_a_caret_and_exit_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", written("bad.yaml", BAD)]) == 1
    out = capsys.readouterr().out
    assert "--> bad.yaml:2:20" in out
    assert "did you mean 'succeeded'?" in out
    assert "^^^^^^^^^" in out


@pytest.mark.parametrize("form", ["full", "concise", "json", "github"])
def test_findings_come_in_any_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", form, written("bad.yaml", BAD)]) == 1
    out = capsys.readouterr().out
    assert "SC103" in out
    if form == "json":
        assert [(each["line"], each["column"]) for each in json.loads(out)] == [(2, 20)]


def test_in_github_actions_findings_annotate_the_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["check", written("bad.yaml", BAD)]) == 1
    assert capsys.readouterr().out.startswith("::error file=bad.yaml,line=2,col=20,")
    monkeypatch.setenv("ARK_EMULATOR_FORMAT", "concise")
    assert main(["check", "bad.yaml"]) == 1
    assert capsys.readouterr().out.startswith("bad.yaml:2:20: SC103 ")


def test_all_files_of_a_folder_are_checked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    written("in/bad.yaml", BAD)
    written("in/worse.yml", BAD + "abuot: x\n")
    assert main(["check", "in", "in/bad.yaml", "--format", "concise"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["in/bad.yaml", "in/worse.yml", "in/worse.yml"]


@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "none.yaml"], ["check", "."], ["check", "x", "--format", "y"]]
)
def test_wrong_usage_and_unreadable_paths_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err


def test_built_in_scenarios_are_listed_with_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    out = capsys.readouterr().out
    assert "moderation:\n" in out
    assert "  output-moderation  " in out


def test_one_built_in_scenario_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "output-moderation"]) == 0
    out = capsys.readouterr().out
    assert main(["check", written("copy.yaml", out)]) == 0


def test_an_unknown_built_in_scenario_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "output-moderatoin"]) == 2
    assert "did you mean 'output-moderation'?" in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:ark-emulator:scenario:1"


def test_a_starter_is_written_that_has_no_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert capsys.readouterr().out == "scenario.yaml\n"
    first = Path("scenario.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./.ark-emulator/scenario.schema.json"
    assert json.loads(Path(".ark-emulator/scenario.schema.json").read_text("utf-8"))["title"]
    assert main(["check", "."]) == 0


def test_a_starter_is_not_written_over_a_file_unless_forced(capsys: pytest.CaptureFixture[str]) -> None:
    written("mine.yaml", "seed: 1\n")
    assert main(["init", "mine.yaml"]) == 2
    assert "--force" in capsys.readouterr().err
    assert Path("mine.yaml").read_text() == "seed: 1\n"
    assert main(["init", "mine.yaml", "--force"]) == 0
    assert "starter" in Path("mine.yaml").read_text()


def test_a_starter_in_a_folder_is_called_scenario(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert main(["init", "in"]) == 0
    assert (tmp_path / "in" / "scenario.yaml").is_file()


def test_a_misspelt_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chek", "x"]) == 2
    assert "did you mean check?" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["schema"]])
def test_what_needs_no_server_imports_none(arguments: list[str]) -> None:
    probe = (
        f"import sys; from ark_emulator.cli import main; code = main({arguments!r}); "
        "print(*sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & {"aiohttp", "pydantic", "yaml", "asyncio"} == set()
    assert "argparse" in loaded


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")
def test_a_file_that_fails_while_it_is_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "/proc/self/mem"]) == 2
    assert "cannot read /proc/self/mem: " in capsys.readouterr().err
