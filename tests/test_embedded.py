"""An emulator in this process: it starts on a free port, serves from a thread, and leaves nothing behind."""

import re
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from ark_emulator import Emulator
from ark_emulator.client import ControlError, Unreachable
from ark_emulator.runtime.settings.settings_validation import SettingsError
from ark_emulator.server import CannotBind

START = 1_790_000_000


def threads() -> list[str]:
    """The names of the threads that run emulators."""
    return [thread.name for thread in threading.enumerate() if thread.name == "ark-emulator"]


def create(ark: Emulator) -> None:
    """Creates a task."""
    body = b'{"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}'
    headers = {"Authorization": f"Bearer {ark.api_key}", "Content-Type": "application/json"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(f"{ark.ark_url}/contents/generations/tasks", body, headers)).close()


def test_it_serves_while_it_is_open_and_leaves_no_thread() -> None:
    before = len(threads())
    with Emulator(clock="frozen", start=START, seed=5) as ark:
        assert ark.clock() == {"mode": "frozen", "now": START, "speed": 1.0}
        assert ark.ark_url == f"{ark.url}/api/v3"
        assert len(threads()) == before + 1
    assert len(threads()) == before
    with pytest.raises(Unreachable):
        ark.health()


def test_it_can_be_started_and_stopped_by_hand_and_again() -> None:
    ark = Emulator()
    first = ark.start().health()
    with pytest.raises(RuntimeError, match="is already running"):
        ark.start()
    ark.stop()
    ark.stop()
    assert ark.start().health()["uptime"] <= first["uptime"] + 60
    ark.close()
    assert first["clock"]["mode"] == "live"


def test_two_do_not_meet() -> None:
    with Emulator() as one, Emulator() as other:
        assert one.url != other.url


def test_the_first_of_its_keys_is_the_one_to_use() -> None:
    with Emulator(keys=["sk-only", "sk-other"]) as ark:
        assert ark.api_key == "sk-only"
        assert ark.health()["world"] == "default"


def test_a_key_may_be_given_as_it_is() -> None:
    assert Emulator(keys="sk-only").api_key == "sk-only"


def test_an_isolating_one_is_on_the_world_of_its_own_key() -> None:
    with Emulator(isolate=True) as ark:
        assert ark.health()["world"] == ark.api_key == ark.world_name


def test_a_handle_on_one_with_a_control_token_sends_it() -> None:
    with Emulator(control_token="let-me-in", isolate=True) as ark:
        assert ark.tasks() == []
        with ark.world() as world:
            assert world.tasks() == []


@pytest.mark.parametrize("token", ["", " ", "\u3000"])
def test_a_blank_control_token_starts_nothing(token: str) -> None:
    with pytest.raises(ValueError, match="control_token must not be empty or blank"):
        Emulator(control_token=token).start()


def test_a_scenario_is_read_from_a_name_a_file_a_text_or_a_mapping(tmp_path: Path) -> None:
    text = "version: 1\nname: mine\nclock: {mode: frozen, start: 1790000000}\n"
    file = tmp_path / "mine.yaml"
    file.write_text(text, "utf-8")
    for scenario in (
        text,
        file,
        str(file),
        {"version": 1, "name": "mine", "clock": {"mode": "frozen", "start": START}},
    ):
        with Emulator(scenario=scenario) as ark:
            assert ark.clock() == {"mode": "frozen", "now": START, "speed": 1.0}


def test_several_scenarios_are_merged_and_arguments_win() -> None:
    first = {"version": 1, "name": "a", "clock": {"mode": "frozen"}, "seed": 4}
    second = {"version": 1, "name": "b", "clock": {"start": START}}
    with Emulator([first, second], "polls") as ark:
        assert ark.clock() == {"mode": "polls", "now": START, "speed": 1.0}


@pytest.mark.parametrize(
    ("chosen", "error", "reason"),
    [
        ({"clock": "sundial"}, ValueError, "sundial"),
        ({"limits": "endless"}, ValueError, "endless"),
        ({"colour": "red"}, TypeError, "Emulator takes no 'colour'; it takes clock, host, port"),
        ({"clok": 1}, TypeError, "Emulator takes no 'clok'; did you mean 'clock'"),
        ({"workers": 2}, TypeError, "serve --workers N"),
        ({"speed": 0}, SettingsError, "speed must be a number from 0.000001 to 1000000, not 0"),
        ({"seed": -1}, SettingsError, "seed must be a whole number from 0"),
        ({"endpoints": {"ep-1": "nope"}}, SettingsError, "endpoints: 'ep-1': there is no model 'nope'"),
        ({"traits": {"newapi": {"lag": "x"}}}, SettingsError, "traits: newapi.lag: 'x' is not 0, or a number"),
        ({"store": "sqlite:"}, SettingsError, "store: 'sqlite:' names no file"),
        ({"scenario": "lost-replay"}, SettingsError, "no built-in scenario 'lost-replay'; did you mean 'lost-reply'"),
        ({"scenario": "nothing-like-it"}, SettingsError, "ark-emulator scenarios lists"),
        ({"scenario": 5}, SettingsError, "a name, a file, a text or a mapping"),
        ({"scenario": {"version": 1, "nmae": "typo"}}, Exception, "nmae"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_at_the_start(
    chosen: dict[str, object], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        Emulator(**chosen).start()


def test_a_port_in_use_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotBind, match="Another program"):
            Emulator(port=taken.getsockname()[1]).start()
    assert threads() == []


def test_limits_of_an_account_apply() -> None:
    running = {}
    for limits in ("off", "individual"):
        with Emulator(limits=limits, clock="frozen") as ark:
            for _ in range(5):
                create(ark)
            ark.advance(3)
            running[limits] = len(ark.tasks(status="running"))
    assert running["off"] == 5 > running["individual"] > 0


def test_a_world_beside_the_default_one_is_dropped_at_its_end() -> None:
    with Emulator() as ark:
        with ark.world(seed=9) as world:
            assert world.health()["world"] == world.api_key
        with pytest.raises(ControlError):
            world.health()


@pytest.mark.parametrize(
    "program",
    [
        "import ark_emulator, sys; heavy = {'aiohttp', 'pydantic', 'yaml', 'asyncio', 'http.client'} & {*sys.modules}",
        "import ark_emulator.client, sys; heavy = {'aiohttp', 'pydantic', 'yaml', 'asyncio'} & set(sys.modules)",
        "from ark_emulator import connect; import sys; heavy = {'aiohttp', 'pydantic'} & set(sys.modules)",
    ],
)
def test_importing_the_package_imports_nothing_heavy(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"{program}; sys.exit(str(heavy) if heavy else 0)"], text=True)
    assert done.returncode == 0


def test_the_package_has_nothing_but_what_it_names() -> None:
    import ark_emulator

    assert not hasattr(ark_emulator, "Emulater")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"clock": "frozn"}, "clock must be live, frozen or polls, not 'frozn'; did you mean 'frozen'?"),
        ({"validation": "none"}, "validation must be strict, warn or off, not 'none'"),
        ({"limits": "all"}, "limits must be off, individual or enterprise, not 'all'"),
    ],
)
def test_an_unknown_word_is_rejected_with_the_accepted_ones(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        Emulator(**wrong).start()
