"""The container image, as far as it goes without an engine: its steps are run in a folder of their own."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ark_emulator.cli.serve.setting_flags import add_serve_flags, settings_of

ROOT = Path(__file__).parents[1]
HOME = "/opt/ark"
"""Where the image has the emulator."""


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile in order."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line and not line.startswith("#")]


def build_steps() -> list[tuple[str, str]]:
    """Those of the first stage."""
    found = steps()
    second = [place for place, (word, _) in enumerate(found) if word == "FROM"][1]
    return found[1:second]


def quicker(command: str, home: Path) -> str:
    """The same by uv, where `make` has installed it: what the lock names it has already, and needs no network for."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        return command
    command = re.sub(
        rf"^{home}/bin/pip install --no-cache-dir", f"{uv} -q pip install --python {home}/bin/python", command
    )
    return re.sub(r"-m venv(?= )", "-m venv --without-pip", command)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the second stage copies, made by the steps of the first from nothing but what they copy."""
    source, home = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("opt") / "ark"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    for word, rest in build_steps():
        if word == "COPY":
            *names, _ = rest.split()
            for name in names:
                path = ROOT / name
                (shutil.copytree if path.is_dir() else shutil.copy)(path, source / name)
        elif word == "RUN":
            command = rest.replace(HOME, str(home))
            command = quicker(re.sub(r"^python ", f"{sys.executable} ", command), home)
            subprocess.run(command, shell=True, cwd=source, env=environment, check=True, capture_output=True)
    return home


def test_it_serves_and_is_healthy_with_what_the_image_holds(built: Path, tmp_path: Path) -> None:
    command = [str(built / "bin" / "ark-emulator"), "serve", "--port", "0", "--log", "off"]
    environment = {"PATH": f"{built}/bin:/usr/bin:/bin", "ARK_EMULATOR_HOST": "0.0.0.0"}
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip().partition("=")[2].replace("0.0.0.0", "127.0.0.1")
        health = subprocess.run([command[0], "health", "--url", url], env=environment, capture_output=True, check=False)
        assert health.returncode == 0, health.stderr
        scenarios = subprocess.run([command[0], "scenarios"], env=environment, capture_output=True, check=True)
        assert b"lost-reply" in scenarios.stdout
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0


def test_its_modules_are_compiled(built: Path) -> None:
    (package,) = (built / "lib").glob("python*/site-packages/ark_emulator")
    sources = {path.stem for path in package.glob("*.py")}
    assert sources <= {path.name.partition(".")[0] for path in (package / "__pycache__").glob("*.pyc")}


def test_it_runs_without_privileges_and_is_reachable_from_outside() -> None:
    words = dict(steps())
    assert words["USER"] == "10001"
    assert "ARK_EMULATOR_HOST=0.0.0.0" in words["ENV"]
    assert words["HEALTHCHECK"].endswith('CMD ["ark-emulator", "health"]')


def test_nothing_is_copied_that_the_build_context_leaves_out() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    copied = {name.removeprefix("./") for word, rest in build_steps() if word == "COPY" for name in rest.split()[:-1]}
    assert lines[0] == "*"
    assert copied == kept


def test_the_compose_file_publishes_it_to_this_machine_alone() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["ark"]
    assert service["build"] == "."
    assert service["ports"] == ["127.0.0.1:7333:7333"]


def test_a_volume_for_worlds_belongs_to_who_serves() -> None:
    (maker,) = [rest for word, rest in steps() if word == "RUN" and "useradd" in rest]
    assert maker.endswith("&& install -d -o ark -g ark /data")
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert compose["services"]["ark"]["volumes"] == ["worlds:/data"]
    assert "worlds" in compose["volumes"]


def test_the_variables_of_the_compose_files_are_read_by_serve_and_may_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    services = [
        yaml.safe_load((ROOT / name).read_text("utf-8"))["services"]["ark"]
        for name in ("compose.yaml", "compose.replicas.yaml")
    ]
    for service in services:
        for name, value in service["environment"].items():
            monkeypatch.setenv(name, re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))
        parser = argparse.ArgumentParser()
        add_serve_flags(parser, os.environ)
        read = {f"ARK_EMULATOR_{action.dest.upper()}" for action in parser._actions}
        assert set(service["environment"]) <= read
        settings_of(parser.parse_args([]))
