"""The workflows and the hooks, as far as they go where nobody runs them: they parse, pin and name what exists."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ark_emulator.cli import _parser

ROOT = Path(__file__).parents[1]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@v\d+\.\d+\.\d+")
REQUIRES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]


def workflow(name: str) -> dict[Any, Any]:
    """A workflow; its key `on` is True in YAML 1.1."""
    document: dict[Any, Any] = yaml.safe_load(WORKFLOWS[name].read_text("utf-8"))
    return document


def steps(document: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    """Every step of every job."""
    for job in document["jobs"].values():
        yield from job["steps"]


def commands(document: dict[Any, Any]) -> str:
    """Everything the steps run."""
    return "\n".join(step["run"] for step in steps(document) if "run" in step)


def test_there_is_one_for_every_push_and_one_for_releases() -> None:
    assert set(WORKFLOWS) == {"ci", "release"}
    assert set(workflow("ci")[True]) == {"push", "pull_request"}
    assert workflow("release")[True] == {"push": {"tags": ["v*.*.*"]}}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_version(name: str) -> None:
    used = [step["uses"] for step in steps(workflow(name)) if "uses" in step]
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_no_more_unless_a_job_says_why_and_ends_within_an_hour(name: str) -> None:
    document = workflow(name)
    assert document["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] < 60 for job in document["jobs"].values())


def test_the_suite_runs_on_every_python_from_the_first_that_is_supported() -> None:
    job = workflow("ci")["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert f">={matrix['python'][0]}" == REQUIRES
    assert [each["os"].partition("-")[0] for each in matrix["include"]] == ["macos", "windows"]
    assert {each["python"] for each in matrix["include"]} == {"3.13"}


def test_a_release_is_published_without_a_secret_and_attested() -> None:
    document = workflow("release")
    assert "secrets." not in WORKFLOWS["release"].read_text("utf-8")
    publish, image = document["jobs"]["publish"], document["jobs"]["image"]
    assert publish["needs"] == image["needs"] == "build"
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["steps"][-1]["with"] == {"attestations": True}
    pushed = next(step["with"] for step in image["steps"] if step.get("id") == "push")
    assert (pushed["push"], pushed["sbom"], pushed["provenance"]) == (True, True, "mode=max")
    attested = [step["uses"].partition("@")[0] for step in steps(document) if "attest" in step.get("uses", "")]
    assert attested == ["actions/attest-build-provenance"] * 2


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_files_that_a_workflow_names_are_there(name: str) -> None:
    text = WORKFLOWS[name].read_text("utf-8")
    named = {*re.findall(r"-r (\S+)", text), *re.findall(r"cache-dependency-path: (\S+)", text)}
    named |= {line for line in commands(workflow(name)).splitlines() if line.startswith(".")}
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_the_commands_of_the_smoke_test_are_commands_of_ours() -> None:
    called = re.findall(r"ark-emulator\"? ([a-z-]+)([^\n)\"]*)", commands(workflow("release")))
    assert {word for word, _ in called} == {"scenarios", "demo", "--version"}
    for word, rest in called:
        if not word.startswith("-"):
            _parser().parse_args([word, *rest.split()])


def test_what_builds_the_release_is_in_the_smaller_lock() -> None:
    lock = (ROOT / "requirements-run.lock").read_text("utf-8")
    assert re.search(r"^hatchling==", lock, re.MULTILINE)
    assert "-m hatchling build" in commands(workflow("release"))


def test_every_hook_calls_a_tool_that_make_installs() -> None:
    document = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repo in document["repos"] for hook in repo["hooks"]]
    assert [hook["id"] for hook in hooks] == ["ruff-check", "ruff-format", "mypy", "dashboard", "shape"]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for hook in hooks:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert tool == "npm" or re.search(rf"^{tool}==", lock, re.MULTILINE), tool


def test_the_hook_of_the_dashboard_runs_tools_of_the_lock_file() -> None:
    document = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    (entry,) = [
        hook["entry"] for repo in document["repos"] for hook in repo["hooks"] if hook["entry"].startswith("npm ")
    ]
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert f"\t{entry}\n" in (ROOT / "Makefile").read_text("utf-8"), "make check runs the same"
    assert set(re.findall(r"npm run --silent ([\w:]+)", package["scripts"]["check"])) == {"check:format", "check:types"}
    assert package["scripts"]["check:format"].split()[0] == "prettier"
    assert package["scripts"]["check:types"].split()[0] == "tsc"
    for name, version in package["devDependencies"].items():
        assert re.fullmatch(r"[\d.]+", version), f"{name} is not pinned"
        assert locked[f"node_modules/{name}"]["version"] == version


def test_the_version_is_that_of_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "ark_emulator", "--version"], cwd=ROOT, capture_output=True, text=True)
    import ark_emulator

    assert done.stdout == f"ark-emulator {ark_emulator.__version__}\n"
