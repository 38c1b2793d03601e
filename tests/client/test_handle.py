"""The handle on a running emulator: everything a test asks it, over the wire."""

import contextlib
import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ark_emulator import connect
from ark_emulator.client import BadAddress, Client, ControlError, Unreachable

MODEL = "dreamina-seedance-2-0-260128"
SILENCE = "http://127.0.0.1:9"  # the discard port: nobody answers there


@pytest.fixture(scope="module")
def server(threaded: Callable[..., Any]) -> str:
    """The address of a server that serves the tests of this module, each in a world of its own."""
    return str(threaded().url)


@pytest.fixture
def handle(server: str) -> Iterator[Client]:
    """Yield a client of a new world with a frozen clock."""
    with connect(server).world(clock="frozen", seed=1) as made:
        yield made


@pytest.mark.parametrize("url", ["http://[::1", "127.0.0.1:7333", "http://h:99999"])
def test_an_invalid_address_is_an_error(url: str) -> None:
    with pytest.raises(BadAddress, match="is not the address of a server: write it as in http://127"):
        connect(url).health()


def ask(handle: Client, method: str, path: str = "", document: object = None) -> tuple[int, Any]:
    """One exchange with the emulated API, as a client under test would make it."""
    body = None if document is None else json.dumps(document).encode()
    headers = {"Authorization": f"Bearer {handle.api_key}", "Content-Type": "application/json"}
    url = f"{handle.ark_url}/contents/generations/tasks{path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, body, headers, method=method)) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def create(handle: Client, prompt: str = "a cat", **fields: Any) -> str:
    """Creates a task in the world of the handle."""
    status, made = ask(handle, "POST", "", {"model": MODEL, "content": [{"type": "text", "text": prompt}], **fields})
    assert status == 200, made
    return str(made["id"])


@contextlib.contextmanager
def receiver(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A receiver of callbacks that answers with one status; its address and what it got."""
    got: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as taker:
        threading.Thread(target=taker.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{taker.server_port}/hook", got
        taker.shutdown()


def test_the_addresses_are_those_that_sdks_are_given(server: str) -> None:
    handle = Client(server + "/")
    assert handle.ark_url == f"{server}/api/v3"
    assert handle.openai_url == f"{server}/v1"
    assert handle.path_url == server
    assert Client(server, "sk a").path_url == f"{server}/w/sk%20a"


def test_the_address_comes_from_the_environment_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARK_EMULATOR_URL", raising=False)
    assert connect().url == "http://127.0.0.1:7333"
    monkeypatch.setenv("ARK_EMULATOR_URL", SILENCE)
    assert connect().url == SILENCE
    assert connect("http://127.0.0.1:1").url == "http://127.0.0.1:1"


def test_the_health_names_the_world_of_the_handle(handle: Client) -> None:
    health = handle.health()
    assert (health["status"], health["world"], health["clock"]["mode"]) == ("ok", handle.world_name, "frozen")


def test_the_clock_advances_as_requested(handle: Client) -> None:
    began = handle.now
    assert handle.advance(1.5) == []
    assert handle.now == began + 1.5
    handle.advance(to=began + 60)
    assert handle.clock() == {"mode": "frozen", "now": began + 60, "speed": 1.0}
    assert handle.resume(speed=30)["speed"] == 30
    assert handle.freeze()["mode"] == "frozen"


def test_advancing_answers_with_what_happened(handle: Client) -> None:
    task = create(handle)
    effects = handle.advance(until="idle")
    assert [(each["status"], each["task"]) for each in effects if each["kind"] == "move"] == [
        ("running", task),
        ("succeeded", task),
    ]
    assert handle.task(task)["moves"][-1]["status"] == "succeeded"


def test_an_invalid_request_is_an_error_with_a_message(handle: Client) -> None:
    with pytest.raises(ControlError, match="back") as caught:
        handle.advance(-1)
    assert (caught.value.status, caught.value.code) == (400, "back_in_time")
    with pytest.raises(ControlError) as caught:
        handle.task("cgt-nobody")
    assert caught.value.status == 404


def test_tasks_are_found_by_status(handle: Client) -> None:
    done, failing = create(handle), create(handle, "emu:fail")
    handle.advance(until="idle")
    assert [task["id"] for task in handle.tasks()] == [failing, done]
    assert [task["id"] for task in handle.tasks(status="failed")] == [failing]


def test_a_task_is_moved_by_hand(handle: Client) -> None:
    task = create(handle)
    assert handle.force(task, "failed", "OutputVideoSensitiveContentDetected")["status"] == "failed"
    assert ask(handle, "GET", f"/{task}")[1]["error"]["code"] == "OutputVideoSensitiveContentDetected"
    with pytest.raises(ControlError, match="cannot become") as caught:
        handle.force(task, "succeeded")
    assert caught.value.status == 409


def test_the_journal_lists_exchanges_and_can_be_filtered_and_cleared(handle: Client) -> None:
    task = create(handle)
    ask(handle, "GET", f"/{task}")
    ask(handle, "GET", "/cgt-nobody")
    assert [(entry["method"], entry["status"]) for entry in handle.journal()] == [
        ("POST", 200),
        ("GET", 200),
        ("GET", 404),
    ]
    assert [entry["number"] for entry in handle.journal(status=404)] == [3]
    assert [entry["number"] for entry in handle.journal(after=1, limit=1)] == [3]
    handle.clear_journal()
    assert handle.journal() == []


def test_a_verification_that_holds_answers_with_the_count(handle: Client) -> None:
    create(handle)
    create(handle, "a dog")
    assert handle.verify(method="POST") == 2
    assert handle.verify({"prompt": "*dog*"}, exactly=1) == 1
    assert handle.verify(method="DELETE", at_most=0) == 0


def test_a_verification_that_does_not_hold_explains_what_came_near(handle: Client) -> None:
    create(handle)
    with pytest.raises(AssertionError) as caught:
        handle.verify(method="POST", prompt="*dog*", exactly=2)
    assert str(caught.value).splitlines() == [
        "expected exactly 2 of the exchanges to have method='POST', prompt='*dog*', and 0 did",
        "nearest misses:",
        "  #1 POST /api/v3/contents/generations/tasks 200: prompt was 'a cat', wanted '*dog*'",
    ]


def test_a_verification_of_a_silent_world_says_that_nothing_came_near(handle: Client) -> None:
    with pytest.raises(AssertionError, match=r"expected at least 1 of .* anything, and 0 did\nnothing came near"):
        handle.verify()


def test_an_order_is_verified(handle: Client) -> None:
    task = create(handle)
    ask(handle, "DELETE", f"/{task}")
    handle.verify_order({"method": "POST"}, {"method": "DELETE"})
    with pytest.raises(AssertionError, match="no exchange with method='POST' at place 2 of 2"):
        handle.verify_order({"method": "DELETE"}, {"method": "POST"})


def test_a_criterion_that_does_not_exist_is_refused(handle: Client) -> None:
    with pytest.raises(ControlError, match="cannot match by 'colour'"):
        handle.verify(colour="red")


def test_callbacks_are_shown_and_sent_again(handle: Client) -> None:
    with receiver() as (url, got):
        create(handle, callback_url=url)
        handle.advance(until="idle")
        assert [(each["status"], each["state"]) for each in handle.callbacks()] == [
            ("queued", "delivered"),
            ("running", "delivered"),
            ("succeeded", "delivered"),
        ]
        handle.redeliver(handle.callbacks()[-1]["id"])
        handle.advance(0)
        assert [each["status"] for each in got] == ["queued", "running", "succeeded", "succeeded"]


def test_a_reset_empties_the_world(handle: Client) -> None:
    create(handle)
    handle.reset()
    assert handle.tasks() == []
    assert handle.journal() == []


def test_worlds_do_not_see_each_other(handle: Client) -> None:
    with handle.world(seed=2, clock={"mode": "polls", "start": 1_790_000_000}) as other:
        create(other)
        assert handle.tasks() == []
        assert len(other.tasks()) == 1
        assert other.clock()["now"] == 1_790_000_000
    with pytest.raises(ControlError, match="no world"):
        other.tasks()


def test_a_key_that_has_a_world_cannot_have_another(handle: Client) -> None:
    with pytest.raises(ControlError) as caught:
        handle.world(handle.api_key)
    assert caught.value.code == "world_exists"


def test_the_default_world_outlives_its_handle(server: str) -> None:
    with connect(server) as handle:
        pass
    assert handle.health()["world"] == "default"


def test_threads_share_a_handle(handle: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: create(handle, f"cat {number}"), range(24)))
        shown = list(pool.map(lambda task: handle.task(task)["id"], made))
    assert shown == made
    assert len({*made}) == 24


def test_events_come_as_they_happen(handle: Client) -> None:
    events = handle.events(after=0)
    task = create(handle)
    handle.advance(until="idle")
    told = [next(events) for _ in range(4)]
    events.close()  # type: ignore[attr-defined]
    assert [each.get("status", each["kind"]) for each in told] == ["accepted", "queued", "running", "succeeded"]
    assert {each["task"] for each in told} == {task}


def test_where_no_emulator_answers_the_error_names_the_address() -> None:
    with pytest.raises(Unreachable, match=SILENCE):
        Client(SILENCE).health()


def test_another_server_at_the_address_is_not_an_emulator() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as stranger:
        threading.Thread(target=stranger.serve_forever, args=(0.01,), daemon=True).start()
        with pytest.raises(ControlError, match="is not an emulator"):
            Client(f"http://127.0.0.1:{stranger.server_port}").health()
        stranger.shutdown()


def test_a_text_a_name_and_a_file_are_distinguished(tmp_path: Path) -> None:
    from ark_emulator.client.handle import text_of

    file = tmp_path / "mine.yaml"
    file.write_text("version: 1\n", "utf-8")
    assert text_of("output-moderation") is None
    assert text_of(file) == text_of(str(file)) == "version: 1\n"
    assert text_of("version: 1\nname: a") == "version: 1\nname: a"


FAILS = "version: 1\nname: fails\noutcomes:\n  - then: [{queued: 1s}, {failed: InternalServiceError}]\n"


def test_a_world_follows_a_scenario_by_name_mapping_text_or_file(handle: Client, tmp_path: Path) -> None:
    file = tmp_path / "fails.yaml"
    file.write_text(FAILS, "utf-8")
    outcome = {"then": [{"queued": "1s"}, {"failed": "InternalServiceError"}]}
    mapping = {"version": 1, "name": "fails", "outcomes": [outcome]}
    for scenario in (FAILS, file, str(file), mapping, "output-moderation"):
        with handle.world(clock="frozen", scenario=scenario) as world:
            create(world)
            world.advance(60)
            assert world.tasks()[0]["status"] == "failed"
            assert world.scenario()["name"] in ("fails", "output-moderation")


def test_a_world_starts_as_a_named_scenario_or_a_mapping_has_it(handle: Client) -> None:
    mapping = {"version": 1, "name": "mine", "clock": {"mode": "polls", "start": 1_790_000_000}}
    with handle.world(scenario=mapping) as world:
        assert world.clock() == {"mode": "polls", "now": 1_790_000_000, "speed": 1.0}


def test_a_scenario_that_is_wrong_leaves_no_world_behind_and_names_the_place(handle: Client) -> None:
    before = handle.health()["worlds"]
    for scenario in (FAILS.replace("queued", "quued"), {"version": 1, "outcomes": [{"then": ["quued"]}]}):
        with pytest.raises(ControlError, match=r":[46]:\d+: SC") as caught:
            handle.world(scenario=scenario)
        assert caught.value.status == 422
    with pytest.raises(ControlError, match="no built-in scenario"):
        handle.world(scenario="no-such-scenario")
    assert handle.health()["worlds"] == before


def test_the_scenario_is_switched_and_shown(handle: Client) -> None:
    handle.use("output-moderation")
    assert handle.scenario()["name"] == "output-moderation"
    handle.use(FAILS)
    assert handle.health()["scenario"] == "fails"


def test_single_faults_are_added_listed_and_taken_back(handle: Client) -> None:
    task = create(handle)
    first, second = handle.fault(on="fetch", first=1, status=503), handle.fault(on="list", refuse="AccountOverdueError")
    assert [each["id"] for each in handle.faults()] == [first, second]
    assert ask_status(handle, f"/{task}") == [503, 200]
    handle.clear_faults(second)
    assert [each["id"] for each in handle.faults()] == [first]
    handle.clear_faults()
    assert handle.faults() == []
    with pytest.raises(ControlError, match="statsu"):
        handle.fault(on="fetch", statsu=503)


def ask_status(handle: Client, path: str) -> list[int]:
    """The statuses of two polls; a body that is not JSON does not matter."""
    found = []
    for _ in range(2):
        request = urllib.request.Request(
            f"{handle.ark_url}/contents/generations/tasks{path}", headers={"Authorization": f"Bearer {handle.api_key}"}
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
                found.append(reply.status)
        except urllib.error.HTTPError as refusal:
            found.append(refusal.code)
    return found


def test_the_ledger_has_the_amount_spent(handle: Client) -> None:
    create(handle)
    handle.advance(60)
    ledger = handle.ledger()
    assert (ledger["currency"], ledger["balance"]) == ("USD", None)
    assert [(each["kind"], each["tokens"]) for each in ledger["entries"]] == [("settle", 108_900)]
    assert ledger["spent"] == ledger["entries"][0]["amount"] > 0.5


def test_the_report_card_is_read_and_can_be_asserted(handle: Client) -> None:
    handle.assert_well_behaved()
    create(handle)
    handle.advance(60)
    assert handle.report()["grade"] == "B"
    handle.assert_well_behaved(allow=["task-left-behind"])
    with pytest.raises(AssertionError, match=r"the report card says B\n  warning task-left-behind: .* \(#1\)"):
        handle.assert_well_behaved()
