"""The client of one world of a running emulator."""

import contextlib
import http.client
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.parse import quote

from ark_emulator.client.assertion_text import finding_line, match_text, near_misses, verification_message
from ark_emulator.client.transport import ControlTransport, is_self_explanatory

if TYPE_CHECKING:
    from typing import Self

    from ark_emulator.client.control_types import (
        CallbackInfo,
        ClockInfo,
        EffectInfo,
        HealthInfo,
        JournalItem,
        LedgerInfo,
        ReportInfo,
        TaskInfo,
    )

__tracebackhide__ = is_self_explanatory

URL: Final = "http://127.0.0.1:7333"
"""The default address of an emulator."""
URL_VARIABLE: Final = "ARK_EMULATOR_URL"
TOKEN_VARIABLE: Final = "ARK_EMULATOR_CONTROL_TOKEN"
ANY_KEY: Final = "sk-ark-emulator"
"""The API key for the default world if the server accepts any key."""
PATIENCE: Final = 60.0
"""Maximum real seconds for a response. Advancing the clock may take longer, because it sends callbacks."""
_LONG: Final = 900.0
_SILENCE: Final = 60.0
"""Maximum real seconds without data in a stream of events; the server sends a ping every 15 s."""

FILES: Final = (".yaml", ".yml", ".json")
"""The extensions of scenario files."""
Scenario = str | Path | Mapping[str, Any]
"""The name of a built-in scenario, the path of a file, a YAML text, or a mapping."""


class Client:
    """A client of one world of a running emulator. Threads can share it.

    `url` is the address of the server; `ark_url`, `openai_url` and `api_key` are for the client under test.
    `world_name` is the name of the world, None for the default world. Every call raises Unreachable if no emulator
    responds, and ControlError if the emulator rejects it.
    """

    def __init__(
        self, url: str, world: str | None = None, token: str | None = None, api_key: str | None = None
    ) -> None:
        self._bind(url, world, token, api_key)

    def _bind(self, url: str, world: str | None, token: str | None, api_key: str | None) -> None:
        self.url = url.rstrip("/")
        self.world_name = world
        self.api_key = api_key or world or ANY_KEY
        self._token = token
        self._wire = ControlTransport(self.url, world, token)

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url} world={self.world_name or 'default'}>"

    def close(self) -> None:
        """Delete the world, unless it is the default world."""
        if self.world_name is not None:
            self.call("DELETE", f"worlds/{_quoted(self.world_name)}")

    # Addresses

    @property
    def ark_url(self) -> str:
        """Return the base URL for Ark SDKs."""
        return f"{self.url}/api/v3"

    @property
    def openai_url(self) -> str:
        """Return the base URL for OpenAI SDKs and other clients of gateways."""
        return f"{self.url}/v1"

    @property
    def path_url(self) -> str:
        """Return the URL that selects this world for any key, for clients that cannot set a key."""
        return self.url if self.world_name is None else f"{self.url}/w/{_quoted(self.world_name)}"

    # Time

    def clock(self) -> "ClockInfo":
        """Return mode, time and speed of the clock."""
        return cast("ClockInfo", self.call("GET", "clock"))

    @property
    def now(self) -> float:
        """Return the virtual time in unix seconds."""
        return self.clock()["now"]

    def freeze(self) -> "ClockInfo":
        """Stop the clock."""
        return cast("ClockInfo", self.call("POST", "clock/freeze"))

    def resume(self, speed: float | None = None) -> "ClockInfo":
        """Start the clock, at `speed` virtual seconds per real second if given."""
        return cast("ClockInfo", self.call("POST", "clock/resume", {} if speed is None else {"speed": speed}))

    def advance(
        self, seconds: float | None = None, *, to: float | None = None, until: Literal["next", "idle"] | None = None
    ) -> "list[EffectInfo]":
        """Advance the clock by `seconds`, `to` a unix second, or `until` the next event or until no event is due.

        Return the list of all events in between, after all of them have occurred, including callbacks.
        """
        document = {
            name: value for name, value in (("seconds", seconds), ("to", to), ("until", until)) if value is not None
        }
        return cast("list[EffectInfo]", self.call("POST", "clock/advance", document, patience=_LONG)["effects"])

    # Tasks

    def tasks(self, **filters: Any) -> "list[TaskInfo]":
        """Return the tasks with their internal state, newest first; filters are `status`, `limit` and `offset`."""
        return cast("list[TaskInfo]", self.call("GET", "tasks", query=filters)["items"])

    def task(self, name: str) -> "TaskInfo":
        """Return one task, by either of its ids."""
        return cast("TaskInfo", self.call("GET", f"tasks/{_quoted(name)}"))

    def force(self, name: str, status: str, code: str | None = None, message: str | None = None) -> "TaskInfo":
        """Change the status of a task now, through legal steps; `code` and `message` are the error of a failed task."""
        given = {"status": status, "code": code, "message": message}
        document = {name: value for name, value in given.items() if value is not None}
        return cast("TaskInfo", self.call("POST", f"tasks/{_quoted(name)}/force", document))

    def callbacks(self, **filters: Any) -> "list[CallbackInfo]":
        """Return the callbacks, oldest first; filters are `task` and `state`."""
        return cast("list[CallbackInfo]", self.call("GET", "callbacks", query=filters)["items"])

    def redeliver(self, callback: str) -> "CallbackInfo":
        """Send a callback again, in any state."""
        path = f"callbacks/{_quoted(callback)}/redeliver"
        return cast("CallbackInfo", self.call("POST", path, patience=_LONG))

    def ledger(self) -> "LedgerInfo":
        """Return the ledger: all holds, settlements and refunds."""
        return cast("LedgerInfo", self.call("GET", "ledger"))

    # Journal and report card

    def journal(self, **filters: Any) -> "list[JournalItem]":
        """Return the newest exchanges, the oldest of them first.

        Filters are `limit`, `after` (a number), `retries=1` and the criteria of `verify`.
        """
        return cast("list[JournalItem]", self.call("GET", "journal", query=filters)["items"])

    def clear_journal(self) -> None:
        """Delete all entries of the journal."""
        self.call("DELETE", "journal")

    def verify(
        self,
        match: Mapping[str, Any] | None = None,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **criteria: Any,
    ) -> int:
        """Return how many exchanges match. Raises AssertionError, with near misses, if the number is not as expected.

        Criteria: method, path, model, prompt, status, task, key, dialect. Texts are globs, a status may be `5xx`.
        Without a count, at least one exchange must match.
        """
        merged = {**(match or {}), **criteria}
        counts = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        document = {"match": merged, **{name: count for name, count in counts.items() if count is not None}}
        verdict = self.call("POST", "journal/verify", document, also=(417,))
        if not verdict["ok"]:
            raise AssertionError(verification_message(merged, counts, verdict))
        return int(verdict["count"])

    def verify_order(self, *sequence: Mapping[str, Any]) -> None:
        """Raise AssertionError unless matching exchanges occurred in this order, with any others in between."""
        verdict = self.call("POST", "journal/verify", {"in_order": list(sequence)}, also=(417,))
        if not verdict["ok"]:
            missing = int(verdict["count"])
            lines = [f"no exchange with {match_text(sequence[missing])} at place {missing + 1} of {len(sequence)}"]
            raise AssertionError("\n".join([*lines, *near_misses(verdict["near"])]))

    def report(self) -> "ReportInfo":
        """Return the report card of the clients."""
        return cast("ReportInfo", self.call("GET", "report"))

    def assert_well_behaved(self, allow: Sequence[str] = ()) -> None:
        """Raise AssertionError if the report card has more than notes; `allow` lists codes to accept."""
        report = self.report()
        found = [each for each in report["findings"] if each["severity"] != "note" and each["code"] not in allow]
        if found:
            raise AssertionError("\n".join([f"the report card says {report['grade']}", *map(finding_line, found)]))

    def events(self, after: int | None = None) -> "Iterator[EffectInfo]":
        """Yield all events from now on, or after event number `after`, until the server stops."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with self._wire.opened("GET", "events", None, headers, {}, _SILENCE) as reply:
            if reply.status != 200:
                self._wire.document(reply)
            with contextlib.suppress(OSError, http.client.HTTPException):
                for line in reply:
                    if line.startswith(b"data:"):
                        yield json.loads(line[5:])

    # Scenario and faults

    def scenario(self) -> Any:
        """Return the active scenario."""
        return self.call("GET", "scenario")

    def use(self, scenario: Scenario) -> Any:
        """Replace the scenario. For an invalid one, raises ControlError with status 422, which lists all mistakes."""
        if isinstance(scenario, Mapping):
            return self.call("PUT", "scenario", {"scenario": scenario})
        text = text_of(scenario)
        return self.call("PUT", "scenario", {"name": scenario}) if text is None else self._use_text(text)

    def _use_text(self, text: str) -> Any:
        body = text.encode("utf-8", "surrogateescape")
        return self._wire.request("PUT", "scenario", body, "application/yaml", {}, PATIENCE)

    def fault(self, **fault: Any) -> str:
        """Add a fault, written as in a scenario file: `fault(on="fetch", first=3, status=503)`. Return its id."""
        return str(self.call("POST", "faults", fault)["id"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that were added by `fault`."""
        return cast("list[dict[str, Any]]", self.call("GET", "faults")["items"])

    def clear_faults(self, name: str | None = None) -> None:
        """Remove one added fault, or all of them."""
        self.call("DELETE", "faults" if name is None else f"faults/{_quoted(name)}")

    # Worlds

    def world(
        self,
        api_key: str | None = None,
        *,
        scenario: Scenario | None = None,
        seed: int | None = None,
        clock: str | Mapping[str, Any] | None = None,
    ) -> "Client":
        """Return a client of a new world with its own key. As a context manager, it deletes the world at the end.

        `clock` is a mode, or a mapping of `mode`, `start` and `speed`. Omitted values are those of the scenario, or
        else those of the server. If the scenario is a file or a text, only its rules and limits apply.
        """
        text = text_of(scenario) if isinstance(scenario, str | Path) else None
        named = scenario if text is None else None
        given = {"api_key": api_key, "seed": seed, "clock": clock, "scenario": named}
        document = {name: value for name, value in given.items() if value is not None}
        handle = Client(self.url, str(self.call("POST", "worlds", document)["api_key"]), self._token)
        if text is not None:
            try:
                handle._use_text(text)
            except BaseException:
                handle.close()
                raise
        return handle

    def reset(self) -> None:
        """Empty the world, and reset its clock to its initial time, mode and speed."""
        self.call("POST", "reset")

    def health(self) -> "HealthInfo":
        """Return the health of the server."""
        return cast("HealthInfo", self.call("GET", "health"))

    # Requests

    def call(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        query: Mapping[str, Any] | None = None,
        patience: float = PATIENCE,
        also: Sequence[int] = (),
    ) -> Any:
        """Send a request to the control API and return the JSON of the response. `path` is relative to `/_emulator/`.

        `also` lists error statuses that do not raise; `patience` is the timeout in real seconds.
        """
        body = None if document is None else json.dumps(document).encode()
        return self._wire.request(method, path, body, "application/json", query or {}, patience, also)


def connect(url: str | None = None, world: str | None = None, token: str | None = None) -> Client:
    """Return a client of a running emulator: at `url`, or else at ARK_EMULATOR_URL, or else at the default address.

    `world` is the name of a world, by default the default world. `token` is the control token of the server, by default
    that of ARK_EMULATOR_CONTROL_TOKEN. No request is sent yet.
    """
    address = url or os.environ.get(URL_VARIABLE) or URL
    return Client(address, world, token or os.environ.get(TOKEN_VARIABLE) or None)


def text_of(scenario: str | Path) -> str | None:
    """Return the text of a scenario that is a file or a text, None if it is a name."""
    if isinstance(scenario, str) and is_text(scenario):
        return scenario
    path = Path(scenario)
    if isinstance(scenario, str) and not (path.suffix in FILES or len(path.parts) > 1):
        return None
    from ark_emulator.loading.file_reader import text_for_upload

    return text_for_upload(path)


def is_text(scenario: str) -> bool:
    """Return whether this is the text of a scenario rather than a name: it has several lines or is a mapping."""
    return "\n" in scenario or scenario.lstrip().startswith("{")


def _quoted(name: str) -> str:
    """Return a name as a part of a path; bytes of a command line that are not UTF-8 are sent unchanged."""
    return quote(name, safe="", errors="surrogateescape")
