"""`ark-emulator demo`: a guided tour that explains every step."""

import argparse
import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.cli.common import terminal_format
from ark_emulator.cli.common.flags import EXIT_USAGE

if TYPE_CHECKING:
    from ark_emulator.client import Client
    from ark_emulator.client.control_types import EffectInfo

MODEL: Final = "dreamina-seedance-2-0-260128"
_TASKS: Final = "/contents/generations/tasks"
_DAY: Final = 86_400
_BEAT: Final = 0.02
"""Real seconds within which the receiver notices that it must stop."""


def demo(chosen: argparse.Namespace) -> int:
    """Run the tour; return 2 if its clip cannot be saved."""
    try:
        _write(chosen.output, b"")
        _tour(chosen.output)
    except _Unwritable as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_USAGE
    return 0


class _Unwritable(Exception):
    """The clip cannot be saved; the message says why."""


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise _Unwritable(f"cannot write {path}: {problem.strerror}") from None


def _tour(output: Path) -> None:
    from ark_emulator.embedded import Emulator

    with Emulator(clock="frozen") as ark, _receiver() as (hook, received):
        print(f"An emulator runs at {ark.url} during this tour. Its clock is frozen until the tour moves it.")
        _success(ark, output)
        _moderation(ark)
        _expiry(ark)
        _webhook(ark, hook, received)
        _lost_reply(ark)
        _report(ark)
    print("\nEnd of the tour. Start your own server: ark-emulator serve")


def _success(ark: "Client", output: Path) -> None:
    _step("A task from create to clip", "A create request returns an id at once; the video takes a few seconds.")
    task = _create(ark, "a cat opens a door")
    _say(f"the first poll returns {_poll(ark, task)['status']}")
    for seconds in (1, 4):
        effects = ark.advance(seconds)
        _say(f"{seconds} s later, a poll returns {_poll(ark, task)['status']}", effects)
    shown = _poll(ark, task)
    with _open(urllib.request.Request(shown["content"]["video_url"])) as reply:
        clip = reply.read()
    _write(output, clip)
    _say(f"{shown['usage']['total_tokens']} tokens; the clip, {len(clip)} bytes of H.264, was saved to {output}")


def _moderation(ark: "Client") -> None:
    _step("A clip that moderation blocks", "A word in the prompt controls a task: emu:moderation. No file is needed.")
    task = _create(ark, "two knights, emu:moderation")
    ark.advance(60)
    error = _poll(ark, task)["error"]
    _say(f"failed with {error['code']}: {error['message'][:60]}…")


def _expiry(ark: "Client") -> None:
    _step("Two days in an instant", "emu:stuck-running never ends. The service expires tasks after 48 hours; so do we.")
    stuck, done = _create(ark, "emu:stuck-running"), _create(ark, "a dog")
    ark.advance(60)
    link = _poll(ark, done)["content"]["video_url"]
    ark.advance(2 * _DAY)
    _say(f"the stuck task is {_poll(ark, stuck)['status']}")
    try:
        _open(urllib.request.Request(link)).close()
    except urllib.error.HTTPError as refusal:
        _say(f"the link of the other task, valid for 24 hours, now returns {refusal.code}")
        refusal.close()


def _webhook(ark: "Client", hook: str, received: list[str]) -> None:
    _step("A webhook", f"callback_url = {hook}, a small receiver that this tour started.")
    _create(ark, "a bird", callback_url=hook)
    ark.advance(60)
    _say(f"it received: {', '.join(received)}; `advance` returned when all callbacks had been delivered")


def _lost_reply(ark: "Client") -> None:
    _step(
        "The most expensive failure: a lost response",
        "The task is accepted and billed, but the connection is reset before the response. A client that retries\n"
        "  pays twice. One fault causes this: {on: create, nth: 1, after_commit: reset}.",
    )
    with ark.world(clock="frozen") as world:
        world.fault(on="create", nth=1, after_commit="reset")
        try:
            _create(world, "a whale")
        except (OSError, HTTPException) as problem:
            _say(f"the client sees: {type(problem).__name__}")
        task = _create(world, "a whale")
        world.advance(60)
        _poll(world, task)
        _say(f"it retried, and there are {len(world.tasks())} tasks now. The report card says:")
        print("\n".join(f"    {line}" for line in terminal_format.report(world.report())))


def _report(ark: "Client") -> None:
    _step("What else was recorded", "Every exchange is in the journal, and every client has a report card.")
    exchanges, tasks, grade = len(ark.journal(limit=1000)), len(ark.tasks()), ark.report()["grade"]
    _say(f"the rest of this tour made {exchanges} exchanges and {tasks} tasks; its grade, from A to F, is {grade}")


def _step(title: str, words: str) -> None:
    print(f"\n{title}\n  {words}")


def _say(words: str, effects: "Sequence[EffectInfo]" = ()) -> None:
    print(f"  - {words}")
    for line in terminal_format.effects(effects):
        print(f"      {line}")


def _create(ark: "Client", prompt: str, **fields: Any) -> str:
    document = {"model": MODEL, "content": [{"type": "text", "text": prompt}], "duration": 5, **fields}
    return str(_call(ark, _TASKS, document)["id"])


def _poll(ark: "Client", task: str) -> dict[str, Any]:
    return _call(ark, f"{_TASKS}/{task}")


def _call(ark: "Client", path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    body = None if document is None else json.dumps(document).encode()
    headers = {"Authorization": f"Bearer {ark.api_key}", "Content-Type": "application/json"}
    with _open(urllib.request.Request(ark.ark_url + path, body, headers)) as reply:
        return dict(json.load(reply))


def _open(request: urllib.request.Request) -> Any:
    """Send a request without a proxy, which could not reach this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)


@contextmanager
def _receiver() -> "Iterator[tuple[str, list[str]]]":
    """Run a receiver of callbacks on a free port; yield its URL and the statuses it received."""
    received: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append(document["status"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, args=(_BEAT,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", received
        finally:
            server.shutdown()
