"""An emulator in a container, with a fake testcontainers that records the calls."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ark_emulator import Emulator
from ark_emulator.testcontainers import IMAGE, ArkEmulatorContainer, environment

Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Replace DockerContainer and HttpWaitStrategy; return the list of their calls."""
    recorded: Calls = []

    class Recorder:
        def __init__(self, *arguments: Any) -> None:
            recorded.append((type(self).__name__, arguments, {}))

        def __getattr__(self, name: str) -> Callable[..., Any]:
            def method(*arguments: Any, **options: Any) -> Any:
                recorded.append((name, arguments, options))
                return {"get_container_host_ip": "10.0.0.7", "get_exposed_port": 32_768}.get(name, self)

            return method

    for module, name in (("container", "DockerContainer"), ("wait_strategies", "HttpWaitStrategy")):
        made = ModuleType(f"testcontainers.core.{module}")
        setattr(made, name, type(name, (Recorder,), {}))
        monkeypatch.setitem(sys.modules, made.__name__, made)
    for package in ("testcontainers", "testcontainers.core"):
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    return recorded


def settings(calls: Calls) -> dict[str, str]:
    """Return the environment of the container."""
    return {arguments[0]: arguments[1] for name, arguments, _ in calls if name == "with_env"}


def test_it_listens_on_all_addresses_and_is_ready_by_its_health(calls: Calls) -> None:
    ArkEmulatorContainer()
    assert ("DockerContainer", (IMAGE,), {}) in calls
    assert ("with_exposed_ports", (7333,), {}) in calls
    assert ("HttpWaitStrategy", (7333, "/_emulator/health"), {}) in calls
    assert ("for_status_code", (200,), {}) in calls
    assert ("with_kwargs", (), {"extra_hosts": {"host.docker.internal": "host-gateway"}}) in calls
    assert settings(calls) == {"ARK_EMULATOR_HOST": "0.0.0.0", "ARK_EMULATOR_PORT": "7333"}


def test_settings_become_the_variables_of_serve(calls: Calls) -> None:
    ArkEmulatorContainer(image="mine:1", clock="frozen", key=["sk-a", "sk-b"], isolate=True, seed=None)
    assert calls[2][1] == ("mine:1",)
    assert settings(calls) == {
        "ARK_EMULATOR_CLOCK": "frozen",
        "ARK_EMULATOR_KEY": "sk-a,sk-b",
        "ARK_EMULATOR_ISOLATE": "true",
        "ARK_EMULATOR_HOST": "0.0.0.0",
        "ARK_EMULATOR_PORT": "7333",
    }


def test_scenario_files_are_copied_into_it_and_names_are_not(calls: Calls, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"version: 1\n")
    ArkEmulatorContainer("output-moderation", file)
    assert ("with_copy_into_container", (b"version: 1\n", "/scenarios/mine.yaml"), {}) in calls
    assert settings(calls)["ARK_EMULATOR_SCENARIO"] == "output-moderation,/scenarios/mine.yaml"


def test_it_starts_and_stops_and_has_a_url(calls: Calls) -> None:
    with ArkEmulatorContainer(control_token="secret") as container:
        assert container.url == "http://10.0.0.7:32768"
        assert container.ark_url == "http://10.0.0.7:32768/api/v3"
        assert container.client().url == container.url
    names = [name for name, _, _ in calls]
    assert names.index("start") < names.index("stop")


def test_a_container_that_does_not_start_is_removed(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    container = ArkEmulatorContainer()

    def start() -> None:
        raise TimeoutError

    container.container.start = start
    with pytest.raises(TimeoutError):
        container.start()
    assert calls[-1][0] == "stop"


def test_the_handle_carries_the_control_token(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    container = ArkEmulatorContainer(control_token="secret")
    with Emulator(control_token="secret") as ark:
        monkeypatch.setattr(ArkEmulatorContainer, "url", ark.url)
        assert container.client().tasks() == []


def test_every_variable_is_one_that_serve_reads() -> None:
    from ark_emulator.cli import add_serve_flags
    from ark_emulator.cli.common.flags import Parser

    variables = environment({"host": "0.0.0.0", "clock": "polls", "key": ["a", "b"], "isolate": True, "seed": 3})
    parser = Parser()
    add_serve_flags(parser, variables)
    chosen = parser.parse_args([])
    assert (chosen.host, chosen.clock, chosen.key, chosen.isolate, chosen.seed) == (
        "0.0.0.0",
        "polls",
        ["a", "b"],
        True,
        3,
    )


@pytest.mark.parametrize("setting", [{"control_token": ""}, {"control_token": " "}, {"key": ["sk-a", ""]}, {"key": ""}])
def test_an_empty_setting_is_rejected_because_serve_would_ignore_it(setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must not be empty or blank"):
        environment(setting)


def test_importing_the_module_does_not_import_testcontainers() -> None:
    program = "import ark_emulator.testcontainers, sys; sys.exit('testcontainers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
