"""The handle on one world of a running emulator."""

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
"""Where an emulator is looked for when nothing else is said."""
URL_VARIABLE: Final = "ARK_EMULATOR_URL"
TOKEN_VARIABLE: Final = "ARK_EMULATOR_CONTROL_TOKEN"
ANY_KEY: Final = "sk-ark-emulator"
"""The API key of the default world, where any key may call."""
PATIENCE: Final = 60.0
"""Real seconds that an answer may take. Setting the clock forward may take longer: callbacks go over the network."""
_LONG: Final = 900.0
_SILENCE: Final = 60.0
"""Real seconds without any sign of life after which a stream of events counts as broken; pings come every 15 s."""

FILES: Final = (".yaml", ".yml", ".json")
"""How the names of scenario files end."""
Scenario = str | Path | Mapping[str, Any]
"""A built-in scenario's name, the path of a file, the text of one, or the same as a mapping."""


class Client:
    """A handle on one world of a running emulator. Safe to share between threads.

    `url` is the server's address; `ark_url`, `openai_url` and `api_key` are what a client under test is given.
    `world_name` is the world's name, None for the server's default one. Every call raises Unreachable when no emulator
    answers and ControlError when it refuses.
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
        """Drop the world, if it is one of its own; the default one stays."""
        if self.world_name is not None:
            self.call("DELETE", f"worlds/{_quoted(self.world_name)}")

    # Addresses

    @property
    def ark_url(self) -> str:
        """The base URL for Ark SDKs."""
        return f"{self.url}/api/v3"

    @property
    def openai_url(self) -> str:
        """The base URL for OpenAI SDKs and other clients of gateways."""
        return f"{self.url}/v1"

    @property
    def path_url(self) -> str:
        """The address under which this world answers whatever the key, for clients that cannot set one."""
        return self.url if self.world_name is None else f"{self.url}/w/{_quoted(self.world_name)}"

    # Time

    def clock(self) -> "ClockInfo":
        """Mode, time and speed."""
        return cast("ClockInfo", self.call("GET", "clock"))

    @property
    def now(self) -> float:
        """The virtual time, unix seconds."""
        return self.clock()["now"]

    def freeze(self) -> "ClockInfo":
        """Stop the clock."""
        return cast("ClockInfo", self.call("POST", "clock/freeze"))

    def resume(self, speed: float | None = None) -> "ClockInfo":
        """Let the clock run, at `speed` virtual seconds per real one if given."""
        return cast("ClockInfo", self.call("POST", "clock/resume", {} if speed is None else {"speed": speed}))

    def advance(
        self, seconds: float | None = None, *, to: float | None = None, until: Literal["next", "idle"] | None = None
    ) -> "list[EffectInfo]":
        """Set the clock forward by `seconds`, `to` a unix second, or `until` something (or nothing more) happens.

        Returns when everything due on the way has happened, callbacks included, and answers with the list of it.
        """
        wish = {
            name: value for name, value in (("seconds", seconds), ("to", to), ("until", until)) if value is not None
        }
        return cast("list[EffectInfo]", self.call("POST", "clock/advance", wish, patience=_LONG)["effects"])

    # Tasks

    def tasks(self, **filters: Any) -> "list[TaskInfo]":
        """The tasks from the inside, newest first; `status`, `limit` and `offset` narrow it."""
        return cast("list[TaskInfo]", self.call("GET", "tasks", query=filters)["items"])

    def task(self, name: str) -> "TaskInfo":
        """One task, by either of its ids."""
        return cast("TaskInfo", self.call("GET", f"tasks/{_quoted(name)}"))

    def force(self, name: str, status: str, code: str | None = None, message: str | None = None) -> "TaskInfo":
        """Move a task to a status now, by legal steps; `code` and `message` say why it failed."""
        given = {"status": status, "code": code, "message": message}
        wish = {name: value for name, value in given.items() if value is not None}
        return cast("TaskInfo", self.call("POST", f"tasks/{_quoted(name)}/force", wish))

    def callbacks(self, **filters: Any) -> "list[CallbackInfo]":
        """The callbacks, oldest first; `task` and `state` narrow it."""
        return cast("list[CallbackInfo]", self.call("GET", "callbacks", query=filters)["items"])

    def redeliver(self, callback: str) -> "CallbackInfo":
        """Send a callback once more, whatever became of it."""
        path = f"callbacks/{_quoted(callback)}/redeliver"
        return cast("CallbackInfo", self.call("POST", path, patience=_LONG))

    def ledger(self) -> "LedgerInfo":
        """What was held, settled and refunded."""
        return cast("LedgerInfo", self.call("GET", "ledger"))

    # What was said

    def journal(self, **filters: Any) -> "list[JournalItem]":
        """The newest exchanges, oldest of them first.

        `limit`, `after` (a number), `retries=1` and the criteria of `verify` narrow it.
        """
        return cast("list[JournalItem]", self.call("GET", "journal", query=filters)["items"])

    def clear_journal(self) -> None:
        """Forget what was said."""
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
        """How many exchanges match; AssertionError with the nearest misses when that is not as expected.

        Criteria: method, path, model, prompt, status, task, key, dialect. Texts are globs, a status may be `5xx`. At
        least one must match when no count is given.
        """
        wanted = {**(match or {}), **criteria}
        counts = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        wish = {"match": wanted, **{name: count for name, count in counts.items() if count is not None}}
        verdict = self.call("POST", "journal/verify", wish, also=(417,))
        if not verdict["ok"]:
            raise AssertionError(verification_message(wanted, counts, verdict))
        return int(verdict["count"])

    def verify_order(self, *sequence: Mapping[str, Any]) -> None:
        """AssertionError when exchanges that match did not come in this order; others may stand between them."""
        verdict = self.call("POST", "journal/verify", {"in_order": list(sequence)}, also=(417,))
        if not verdict["ok"]:
            missing = int(verdict["count"])
            lines = [f"no exchange with {match_text(sequence[missing])} at place {missing + 1} of {len(sequence)}"]
            raise AssertionError("\n".join([*lines, *near_misses(verdict["near"])]))

    def report(self) -> "ReportInfo":
        """The report card of the clients that called."""
        return cast("ReportInfo", self.call("GET", "report"))

    def assert_well_behaved(self, allow: Sequence[str] = ()) -> None:
        """AssertionError when the report card has findings that are more than notes; `allow` names codes to accept."""
        report = self.report()
        found = [each for each in report["findings"] if each["severity"] != "note" and each["code"] not in allow]
        if found:
            raise AssertionError("\n".join([f"the report card says {report['grade']}", *map(finding_line, found)]))

    def events(self, after: int | None = None) -> "Iterator[EffectInfo]":
        """Everything that happens from now on, or from event number `after` on; ends when the server stops."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with self._wire.opened("GET", "events", None, headers, {}, _SILENCE) as reply:
            if reply.status != 200:
                self._wire.document(reply)
            with contextlib.suppress(OSError, http.client.HTTPException):
                for line in reply:
                    if line.startswith(b"data:"):
                        yield json.loads(line[5:])

    # What goes wrong

    def scenario(self) -> Any:
        """The scenario in force."""
        return self.call("GET", "scenario")

    def use(self, scenario: Scenario) -> Any:
        """Replace the scenario. ControlError with status 422 names every place of a file that is wrong."""
        if isinstance(scenario, Mapping):
            return self.call("PUT", "scenario", {"scenario": scenario})
        text = text_of(scenario)
        return self.call("PUT", "scenario", {"name": scenario}) if text is None else self._use_text(text)

    def _use_text(self, text: str) -> Any:
        body = text.encode("utf-8", "surrogateescape")
        return self._wire.request("PUT", "scenario", body, "application/yaml", {}, PATIENCE)

    def fault(self, **fault: Any) -> str:
        """Let one thing go wrong, written as in a scenario file: `fault(on="fetch", first=3, status=503)`. Its id."""
        return str(self.call("POST", "faults", fault)["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults that were added one by one."""
        return cast("list[dict[str, Any]]", self.call("GET", "faults")["items"])

    def clear_faults(self, name: str | None = None) -> None:
        """Take back one added fault, or all of them."""
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
        """A handle on a new world with a key of its own. As a context manager it drops the world at the end.

        `clock` is a mode, or a mapping of `mode`, `start` and `speed`. What is not said is as the scenario has it, else
        as the server was started; of a scenario that comes as a file or text, only the rules and limits apply.
        """
        text = text_of(scenario) if isinstance(scenario, str | Path) else None
        named = scenario if text is None else None
        given = {"api_key": api_key, "seed": seed, "clock": clock, "scenario": named}
        wish = {name: value for name, value in given.items() if value is not None}
        handle = Client(self.url, str(self.call("POST", "worlds", wish)["api_key"]), self._token)
        if text is not None:
            try:
                handle._use_text(text)
            except BaseException:
                handle.close()
                raise
        return handle

    def reset(self) -> None:
        """Empty the world, and set its clock back to the second, mode and speed that it started with."""
        self.call("POST", "reset")

    def health(self) -> "HealthInfo":
        """How the server is doing."""
        return cast("HealthInfo", self.call("GET", "health"))

    # The wire

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
        """One exchange with the control API, `path` being what follows `/_emulator/`: the JSON it answers with.

        `also` are statuses that are answers, not refusals; `patience` is in real seconds.
        """
        body = None if document is None else json.dumps(document).encode()
        return self._wire.request(method, path, body, "application/json", query or {}, patience, also)


def connect(url: str | None = None, world: str | None = None, token: str | None = None) -> Client:
    """A handle on a running emulator: at `url`, else where ARK_EMULATOR_URL says, else at the default address.

    `world` names a world other than the default one, `token` is the server's control token, else that of
    ARK_EMULATOR_CONTROL_TOKEN. Nothing is sent yet.
    """
    address = url or os.environ.get(URL_VARIABLE) or URL
    return Client(address, world, token or os.environ.get(TOKEN_VARIABLE) or None)


def text_of(scenario: str | Path) -> str | None:
    """The text of a scenario that is given as a file or as text, None for a name."""
    if isinstance(scenario, str) and is_text(scenario):
        return scenario
    path = Path(scenario)
    if isinstance(scenario, str) and not (path.suffix in FILES or len(path.parts) > 1):
        return None
    from ark_emulator.loading.file_reader import text_for_upload

    return text_for_upload(path)


def is_text(scenario: str) -> bool:
    """Return whether this is the text of a scenario, not the name of one or of a file: it has lines or is a mapping."""
    return "\n" in scenario or scenario.lstrip().startswith("{")


def _quoted(name: str) -> str:
    """Return a name as a part of a path; bytes of a command line that are not UTF-8 are sent as they are."""
    return quote(name, safe="", errors="surrogateescape")
