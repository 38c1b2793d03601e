"""The commands that talk to a running emulator: what they do there, what they print, and how they end."""

import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from ark_emulator import Emulator
from ark_emulator.cli import main
from ark_emulator.client import Client

SILENCE = "http://127.0.0.1:9"  # the discard port: nobody answers there
START = 1_790_000_000
Say = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    """A server that serves the tests of this module."""
    with Emulator(clock="frozen", start=START) as running:
        yield running


@pytest.fixture
def ark(server: Emulator) -> Iterator[Client]:
    """A handle on a fresh world of that server."""
    with server.world() as world:
        yield world


@pytest.fixture
def say(ark: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs a command against the server: its exit code, and all it printed."""
    for name in [name for name in os.environ if name.startswith("ARK_EMULATOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ARK_EMULATOR_URL", ark.url)
    monkeypatch.setenv("ARK_EMULATOR_WORLD", ark.api_key)

    def run(*words: str) -> tuple[int, str]:
        code = main(words)
        printed = capsys.readouterr()
        return code, (printed.out + printed.err).strip()

    return run


def ask(ark: Any, method: str, path: str = "", document: object = None) -> Any:
    """One exchange with the emulated API; the JSON it answers with, or the status of a refusal."""
    body = None if document is None else json.dumps(document).encode()
    headers = {"Authorization": f"Bearer {ark.api_key}", "Content-Type": "application/json"}
    url = f"{ark.ark_url}/contents/generations/tasks{path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, body, headers, method=method)) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def create(ark: Any, prompt: str = "a cat", **fields: Any) -> str:
    """Creates a task."""
    made = ask(
        ark,
        "POST",
        "",
        {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": prompt}], **fields},
    )
    return str(made["id"])


def test_health_says_who_answers(say: Say, ark: Client) -> None:
    code, text = say("health")
    assert code == 0
    assert text.startswith("ok: ark-emulator ")
    assert ark.url in text
    assert "clock frozen, 2026-09-21 14:13:20Z" in text


def test_health_says_so_when_the_store_cannot_be_reached(
    say: Say, ark: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = ark.health()
    monkeypatch.setattr(Client, "health", lambda client: {**healthy, "store": "redis://h/0", "store_ok": False})
    code, text = say("health")
    assert code == 1
    assert text.startswith("store unreachable: ark-emulator ")
    assert text.endswith("tasks in redis://h/0, which is unreachable: requests return 503")
    assert json.loads(say("health", "--json")[1])["store_ok"] is False


def test_tasks_are_listed_and_one_is_shown_in_full(say: Say, ark: Client) -> None:
    assert say("tasks") == (0, "no tasks")
    first, second = create(ark), create(ark, "a dog that wears a hat, and looks at the camera for long")
    code, text = say("tasks")
    assert code == 0
    assert [line.split()[:2] for line in text.splitlines()] == [["id", "status"], [second, "queued"], [first, "queued"]]
    assert text.splitlines()[1].endswith("a dog that wears a hat, and looks at th…")
    ark.advance(60)
    code, text = say("tasks", first)
    assert text.splitlines()[0] == f"{first} is succeeded"
    assert "tokens    108900" in text
    assert json.loads(say("tasks", "--limit", "1", "--json")[1])[0]["id"] == second


def test_a_task_that_is_not_there_is_wrong_usage(say: Say) -> None:
    code, text = say("tasks", "cgt-nobody")
    assert code == 2
    assert "cgt-nobody" in text


def test_the_journal_is_shown_with_bodies_when_asked(say: Say, ark: Client) -> None:
    assert say("journal") == (0, "no exchanges")
    task = create(ark)
    ask(ark, "GET", "/cgt-nobody")
    text = say("journal")[1]
    assert [line.split()[0] for line in text.splitlines()] == ["#1", "#2"]
    assert f"POST /api/v3/contents/generations/tasks 200 task={task}" in text
    assert say("journal", "--status", "404")[1].startswith("#2 ")
    assert '> {"model"' in say("journal", "--bodies", "--limit", "2")[1]


def test_callbacks_are_shown_with_their_attempts(say: Say, ark: Client) -> None:
    assert say("callbacks") == (0, "no callbacks")
    task = create(ark, callback_url=f"{SILENCE}/hook")
    ark.advance(60)
    lines = say("callbacks", "--state", "failed")[1].splitlines()
    assert lines[-1] == f"{task}.2 succeeded failed {SILENCE}/hook refused refused refused refused"


def test_the_report_ends_with_1_when_something_was_found(say: Say, ark: Client) -> None:
    assert say("report") == (0, "grade A")
    create(ark)
    ark.advance(60)
    code, text = say("report")
    assert code == 1
    assert text.splitlines()[0] == "grade B"
    assert "task-left-behind: the task succeeded, but the client never saw its final status [108900 tokens, " in text
    code, text = say("report", "--json")
    assert (code, json.loads(text)["grade"]) == (1, "B")


def test_the_clock_is_shown_and_moved(say: Say, ark: Client) -> None:
    assert say("clock") == (0, f"frozen, 2026-09-21 14:13:20Z ({START}.000)")
    task = create(ark)
    ark.advance(0)
    assert say("clock", "next")[1].splitlines()[1] == f"2026-09-21 14:13:21Z move      {task} running"
    assert say("clock", "advance", "500ms")[1] == f"frozen, 2026-09-21 14:13:21Z ({START + 1.5:.3f})"
    assert "succeeded" in say("clock", "advance", "idle")[1]
    assert json.loads(say("clock", "--json", "advance", "2m")[1])["now"] >= START + 120
    assert say("clock", "resume", "--speed", "60")[1].startswith("live at speed 60,")
    assert say("clock", "freeze")[1].startswith("frozen, ")


@pytest.mark.parametrize("words", [["advance", "5"], ["next"], ["freeze"], ["resume"]])
def test_flags_may_stand_before_a_verb_or_behind_it(
    say: Say, ark: Client, server: Emulator, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    key = str(ark.api_key)
    monkeypatch.delenv("ARK_EMULATOR_WORLD")
    monkeypatch.setenv("ARK_EMULATOR_URL", SILENCE)
    before = server.clock()
    there = ("--url", ark.url, "--world", key, "--token", "none-is-needed", "--json")
    for line in (["clock", *words, *there], ["clock", *there, *words], ["clock", *there[:2], *words, *there[2:]]):
        code, text = say(*line)
        assert (code, json.loads(text)["mode"]) == (0, ark.clock()["mode"])
    assert server.clock() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["clock", "resume", "--speed", "0"], "--speed: '0' is not a number from 0.000001 to 1000000"),
        (["tasks", "--limit", "0"], "--limit: '0' is not a whole number from 1"),
        (["tasks", "--limit", "1_0"], "--limit: '1_0' is not a whole number from 1"),
        (["clock", "advance", "²"], "'²' is not a duration"),
        (["clock", "advance", "1_0"], "'1_0' is not a duration"),
        (["clock", "advance", "5", "--scenario", "x"], "--scenario is a flag of serve, exec, not of this command"),
    ],
)
def test_a_flag_that_means_nothing_is_refused_before_anybody_is_asked(
    say: Say, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setenv("ARK_EMULATOR_URL", SILENCE)
    code, text = say(*words)
    assert code == 2
    assert told in text


@pytest.mark.parametrize("span", ["9x", "", "-5s", "soon"])
def test_a_span_that_is_none_is_wrong_usage(say: Say, span: str) -> None:
    code, text = say("clock", "advance", span)
    assert code == 2
    assert "advance" in text


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["task.succeed"], "succeeded"),
        (["task.run"], "running"),
        (["task.fail"], "failed"),
        (["task.expire"], "expired"),
        (["task.cancel"], "cancelled"),
    ],
)
def test_the_newest_task_that_has_not_ended_is_moved(say: Say, ark: Client, words: list[str], status: str) -> None:
    first, second = create(ark), create(ark)
    code, text = say("trigger", *words)
    assert (code, text.splitlines()[0]) == (0, f"{second} is {status}")
    assert ark.task(first)["status"] == "queued"
    assert say("trigger", *words, "--task", first)[1].startswith(f"{first} is {status}")


def test_a_task_fails_with_the_code_it_is_given(say: Say, ark: Client) -> None:
    task = create(ark)
    say("trigger", "task.fail", "OutputVideoSensitiveContentDetected")
    assert ask(ark, "GET", f"/{task}")["error"]["code"] == "OutputVideoSensitiveContentDetected"


def test_an_impossible_event_is_an_error(say: Say, ark: Client) -> None:
    assert say("trigger", "task.succeed") == (1, "ark-emulator: there is no such task: name one by its id")
    task = create(ark)
    say("trigger", "task.cancel")
    code, text = say("trigger", "task.succeed", "--task", task)
    assert code == 1
    assert "cancelled cannot become succeeded" in text


def test_the_last_callback_is_sent_again(say: Say, ark: Client) -> None:
    task = create(ark, callback_url=f"{SILENCE}/hook")
    ark.advance(60)
    told = "is being sent again; see: ark-emulator callbacks"
    assert say("trigger", "callback.resend") == (0, f"{task}.2 succeeded {told}")
    assert say("trigger", "callback.resend", f"{task}.0") == (0, f"{task}.0 queued {told}")
    assert json.loads(say("trigger", "callback.resend", "--json")[1])["id"] == f"{task}.2"


def test_a_fault_is_added_and_taken_back(say: Say, ark: Client) -> None:
    task = create(ark)
    code, text = say("trigger", "fault", "on=fetch", "status=503", "first=1")
    assert (code, text) == (0, "added-1 was added")
    assert [ask(ark, "GET", f"/{task}"), ask(ark, "GET", f"/{task}")["id"]] == [503, task]
    say("trigger", "fault", "on=fetch", "status=503")
    assert say("trigger", "fault.clear") == (0, "removed")
    assert ark.faults() == []
    code, text = say("trigger", "fault", "on=fetch", "statsu=503")
    assert code == 2
    assert "did you mean 'status'" in text
    assert say("trigger", "fault", "503") == (2, "ark-emulator: '503' is not KEY=VALUE")


@pytest.mark.parametrize("words", [[], ["status=503"]])
def test_a_fault_that_does_not_say_where_is_answered_with_how_to_say_it(say: Say, words: list[str]) -> None:
    code, text = say("trigger", "fault", *words)
    assert code == 2
    assert "ark-emulator trigger fault on=fetch first=3 status=503" in text


def test_a_failure_has_a_message_of_its_own(say: Say, ark: Client) -> None:
    task = create(ark)
    assert say("trigger", "task.fail", "--message", "no luck")[0] == 2
    assert say("trigger", "task.run", "--message", "no luck")[0] == 2
    assert say("trigger", "task.fail", "OutOfLuck", "--message", "no luck")[0] == 0
    assert ask(ark, "GET", f"/{task}")["error"] == {"code": "OutOfLuck", "message": "no luck"}


def test_another_scenario_is_used_and_a_wrong_one_is_refused_with_its_place(
    say: Say, ark: Client, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("version: 1\nname: mine\nabout: All fail.\noutcomes:\n  - then: [queued, {failed: A}]\n", "utf-8")
    code, text = say("use", str(file))
    assert code == 2
    assert ":5:" in text
    assert say("use", "output-moderation")[1].startswith("output-moderation: ")
    assert ark.scenario()["name"] == "output-moderation"
    assert say("use", "output-moderatoin")[0] == 2
    code, text = say("use", str(tmp_path / "none.yaml"))
    assert (code, text) == (2, f"ark-emulator: cannot read {tmp_path / 'none.yaml'}: No such file or directory")


def test_a_scenario_file_that_is_none_is_wrong_usage(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"name: \xff\n")
    assert say("use", str(file)) == (2, "ark-emulator: the body is not UTF-8")
    file.write_bytes(b"#" * 5_000_000)
    assert say("use", str(file)) == (2, f"ark-emulator: cannot read {file}: it is larger than 1000000 characters")
    (tmp_path / "never.yaml").symlink_to("/dev/zero")
    told = f"ark-emulator: cannot read {tmp_path / 'never.yaml'}: it is neither a file nor a pipe"
    assert say("use", str(tmp_path / "never.yaml")) == (2, told)


@pytest.mark.parametrize("command", ["tasks", "journal", "tail", "health", "clock", "report", "reset", "doctor"])
@pytest.mark.parametrize("url", ["http://[::1", "http://h:99999", "h:7333", "ftp://h", "http://", "http://h/\n"])
def test_an_address_that_is_none_is_wrong_usage(say: Say, command: str, url: str) -> None:
    code, text = say(command, "--url", url)
    assert code == 2
    assert f"--url: {url!r} is not the address of a server: write it as in http://127.0.0.1:7333" in text


def test_a_name_that_cannot_be_one_is_not_reached(say: Say) -> None:
    code, text = say("tasks", "--url", f"http://{'x' * 70}")
    assert code == 1
    assert "no emulator answers at http://xxx" in text


def test_words_that_are_no_utf8_are_sent_as_they_are(say: Say) -> None:
    assert say("tasks", "\udcff") == (2, "ark-emulator: The requested task %FF is not found.")
    assert say("tasks", "--world", "\udcff")[0] == 2
    assert say("journal", "--task", "\udcff") == (0, "no exchanges")


def test_a_token_that_no_header_can_carry_is_wrong_usage(say: Say) -> None:
    assert say("tasks", "--token", "a\nb") == (
        2,
        "ark-emulator: the control token contains characters that are invalid in a header",
    )
    assert say("tasks", "--token", "一") == (0, "no tasks")


def test_a_value_that_is_nested_too_deep_is_taken_as_a_word(say: Say) -> None:
    assert say("trigger", "fault", "on=fetch", "status=" + "[" * 50_000)[0] == 2


def test_a_reset_empties_the_world_and_sets_its_clock_back_to_where_it_started(say: Say, ark: Client) -> None:
    create(ark)
    say("clock", "advance", "90s")
    assert say("reset") == (0, f"empty; clock frozen, 2026-09-21 14:13:20Z ({START}.000)")
    assert ark.tasks() == []


def test_a_world_is_named_by_its_key(say: Say, ark: Client) -> None:
    with ark.world() as world:
        create(world)
        assert say("tasks") == (0, "no tasks")
        assert "a cat" in say("tasks", "--world", world.api_key)[1]
    code, text = say("tasks", "--world", "sk-nobody")
    assert (code, "sk-nobody" in text) == (2, True)


@pytest.mark.parametrize("words", [["health"], ["tasks"], ["clock", "next"], ["tail"], ["trigger", "task.fail"]])
def test_without_a_server_a_command_exits_with_1_and_says_what_to_do(say: Say, words: list[str]) -> None:
    code, text = say(words[0], "--url", SILENCE, *words[1:])
    assert code == 1
    assert f"no emulator answers at {SILENCE}" in text
    assert "ark-emulator serve" in text


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["trigger", "task.succed"], "did you mean task.succeed?"),
        (["taks"], "did you mean tasks?"),
        (["tasks", "--jsno"], "did you mean --json?"),
        (["callbacks", "--state", "deliverd"], "did you mean delivered?"),
    ],
)
def test_a_slip_of_the_pen_is_pointed_out(say: Say, words: list[str], hint: str) -> None:
    code, text = say(*words)
    assert code == 2
    assert hint in text


def test_an_invalid_fault_is_an_error_without_a_file_position(say: Say) -> None:
    code, text = say("trigger", "fault", "on=fetch", "frist=3", "truncate=50")
    assert code == 2
    assert "SC101 unknown key 'frist'; did you mean 'first'?" in text
    assert "SC105 a share must be between 0% and 100%; did you mean 50%?" in text
    assert "<fault>" not in text


def test_a_server_with_a_token_says_how_to_give_it(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(control_token="open-sesame") as guarded:
        monkeypatch.setenv("ARK_EMULATOR_URL", guarded.url)
        monkeypatch.delenv("ARK_EMULATOR_WORLD")
        code, text = say("tasks")
        assert (code, text.count("\n")) == (1, 0)
        assert "add --token T, or set ARK_EMULATOR_CONTROL_TOKEN" in text
        assert "the control token given by --token or its variable is wrong" in say("tasks", "--token", "wrong")[1]
        for variable in ("ARK_EMULATOR_CONTROL_TOKEN", "ARK_EMULATOR_TOKEN"):
            with monkeypatch.context() as environment:
                environment.setenv(variable, "open-sesame")
                assert say("tasks") == (0, "no tasks")


def test_the_tail_prints_what_happens_until_it_is_interrupted(ark: Client) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "ark_emulator", "tail", "--json", "--url", ark.url, "--world", ark.api_key],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        while not select.select([process.stdout], [], [], 0.02)[0]:
            ark.freeze()
        task = create(ark)
        ark.advance(60)
        told = (json.loads(line) for line in process.stdout)
        moves = list(islice((each for each in told if each["kind"] == "move"), 3))
        assert [each["status"] for each in moves] == ["queued", "running", "succeeded"]
        assert {each["task"] for each in moves} == {task}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["tasks", "--help"], ["tasks", "--url", SILENCE]])
def test_talking_imports_no_server(words: list[str]) -> None:
    program = (
        "import sys; from ark_emulator.cli import main; code = main(sys.argv[1:]); "
        "print([name for name in ('aiohttp', 'pydantic', 'yaml', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
