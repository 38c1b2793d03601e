"""The rows of the bench. A row of throughput is a `Throughput` in `THROUGHPUT`; any other is a function in `OTHERS`."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import callbacks, servers
from tests.bench.load import Load, Request, loaded
from tests.bench.rules import RULES
from tests.bench.servers import LOOPS, MODEL, TASKS, Server, Unavailable
from tests.bench.table import Result

BODY = json.dumps({"model": MODEL, "content": [{"type": "text", "text": "a cat walks through a garden at dawn"}]})
GATEWAY = "/v1/video/generations"
CLIP_BYTES = 300_000
MANY = 100_000
HEALTH = "/_emulator/health"
LEFT_OUT: list[str] = []
"""What could not be measured, and why."""


@dataclass(frozen=True)
class Choice:
    """How long everything takes: rounds, and seconds of each."""

    rounds: int = 5
    seconds: float = 1.0


@dataclass(frozen=True)
class Throughput:
    """A row about requests a second.

    `prepare` makes ready an emulator and says what to ask it; what it then answers, the bare server of the same event
    loop answers to `bare_path`. `flags` are the emulator's. `between` is done to it before each round.
    """

    name: str
    prepare: Callable[[Server], Request]
    bare_path: str = "/tasks/x"
    flags: Sequence[str] = ()
    between: Callable[[Server], object] = lambda server: None
    aimock: Callable[[Server], Request] | None = None
    loops: Sequence[str] = LOOPS
    files: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Files that are written into `{folder}`, as flags name it, and what is in them."""


@dataclass(frozen=True)
class _Lane:
    """A server with what is asked of it and done to it between rounds."""

    server: Server
    request: Request
    between: Callable[[Server], object]


def throughput(row: Throughput, choice: Choice, folder: Path) -> list[Result]:
    """Load the servers of a row in turn, round by round; a result for each event loop."""
    with ExitStack() as stack:
        lanes: dict[str, _Lane] = {}
        for loop in row.loops:
            lanes |= _pair(row, loop, folder, stack)
        if row.aimock is not None:
            lanes |= _aimock(row.aimock, stack)
        found = _rounds(lanes, choice)
    return [_result(row.name, loop, found) for loop in row.loops]


def _pair(row: Throughput, loop: str, folder: Path, stack: ExitStack) -> dict[str, _Lane]:
    """The emulator and the bare server on one event loop. The latter answers with the bytes of the former."""
    for name, text in row.files.items():
        (folder / name).write_text(text(), encoding="utf-8")
    flags = [flag.format(folder=folder) for flag in row.flags]
    ours = stack.enter_context(servers.running(servers.emulator(loop, *flags), HEALTH))
    request = row.prepare(ours)
    status, body = ours.ask(request.method, request.paths[0], request.body)
    if status != 200:
        raise RuntimeError(f"{row.name}: {status} {body[:200]!r}")
    bare = stack.enter_context(servers.running(servers.bare(loop), "/tasks/x"))
    bare.ask("PUT", "/answer", body)
    asked = Request((row.bare_path,), request.method, request.body)
    return {
        f"bare aiohttp, {loop}": _Lane(bare, asked, lambda server: None),
        f"Ark Emulator, {loop}": _Lane(ours, request, row.between),
    }


def _aimock(prepare: Callable[[Server], Request], stack: ExitStack) -> dict[str, _Lane]:
    try:
        server = stack.enter_context(servers.running(servers.aimock(servers.cache()), "/health"))
    except Unavailable as reason:
        if str(reason) not in LEFT_OUT:
            LEFT_OUT.append(str(reason))
        return {}
    return {"aimock": _Lane(server, prepare(server), lambda server: None)}


def _rounds(lanes: Mapping[str, _Lane], choice: Choice) -> dict[str, list[Load]]:
    """Every server in its turn, as often as there are rounds, after one that is not counted."""
    found: dict[str, list[Load]] = {name: [] for name in lanes}
    for turn in range(choice.rounds + 1):
        for name, lane in lanes.items():
            lane.between(lane.server)
            load = loaded(lane.server, lane.request, choice.seconds)
            if turn:
                found[name].append(load)
    return found


def _result(row: str, loop: str, found: Mapping[str, Sequence[Load]]) -> Result:
    own = {name: loads for name, loads in found.items() if name.endswith(loop) or name == "aimock"}
    return Result(
        row,
        "requests/s",
        {name: [load.rate for load in loads] for name, loads in own.items()},
        f"bare aiohttp, {loop}",
        {name: [load.spent for load in loads] for name, loads in own.items()},
    )


def created(server: Server, path: str = TASKS, body: str = BODY) -> str:
    """The id of a task that was just created."""
    return str(server.told("POST", path, body.encode())["id"])


def finished(server: Server, count: int = 1, path: str = TASKS) -> list[str]:
    """The ids of so many tasks that have succeeded, on a clock that goes on."""
    names = [created(server, path, BODY if path == TASKS else _FLAT) for _ in range(count)]
    server.told("POST", "/_emulator/clock/advance", {"until": "idle"})
    return names


_FLAT = json.dumps({"model": MODEL, "prompt": "a cat walks through a garden at dawn"})


def reset(server: Server) -> object:
    """Empty the server."""
    return server.told("POST", "/_emulator/reset")


def _poll(server: Server) -> Request:
    return Request([f"{TASKS}/{name}" for name in finished(server)])


def _polls(server: Server) -> Request:
    return Request([f"{TASKS}/{name}" for name in finished(server, 1_000)])


def _running(server: Server) -> Request:
    """A poll of a task that is under way for as long as it is measured."""
    server.told("POST", "/_emulator/clock/freeze")
    return Request([f"{TASKS}/{created(server)}"])


def _gateway_poll(server: Server) -> Request:
    return Request([f"{GATEWAY}/{name}" for name in finished(server, path=GATEWAY)])


def _listing(server: Server) -> Request:
    finished(server, 20)
    return Request((f"{TASKS}?page_size=20",))


def _download(server: Server) -> Request:
    task = server.told("GET", f"{TASKS}/{finished(server)[0]}")
    return Request((task["content"]["video_url"].removeprefix(server.url),))


def _create(server: Server) -> Request:
    return Request((TASKS,), "POST", BODY.encode())


def _submit(server: Server) -> Request:
    return Request((GATEWAY,), "POST", _FLAT.encode())


def _aimock_poll(server: Server) -> Request:
    name = created(server)
    for _ in range(5):
        server.told("GET", f"{TASKS}/{name}")
    return Request((f"{TASKS}/{name}",))


def two_hundred_rules() -> str:
    """A scenario of 200 rules, none of which ever takes anything: prompts, counts, keys and dice rule them out."""
    outcomes, faults = [], []
    for place in range(RULES // 2):
        when = (
            {"prompt": f"*unicorn {place:03}*"},
            {"nth": 10**9 - place},
            {"key": f"sk-{place:03}"},
            {"chance": 1e-9},
        )
        outcomes.append({"when": when[place % 4], "then": ["queued", "running", "failed"]})
        faults.append({"on": "fetch", **when[place % 4], "status": 503})
    return json.dumps({"version": 1, "outcomes": outcomes, "faults": faults}, indent=1)


_RULES = ("--scenario", "{folder}/rules.yaml")
_FILES = {"rules.yaml": two_hundred_rules}

THROUGHPUT: tuple[Throughput, ...] = (
    Throughput("GET poll", _poll, aimock=_aimock_poll),
    Throughput("POST create", _create, "/tasks", between=reset, aimock=_create),
    Throughput("POST create, bare aiohttp decodes JSON", _create, "/json", between=reset, loops=LOOPS[:1]),
    Throughput("GET poll of 1,000 tasks in turn", _polls, loops=LOOPS[:1]),
    Throughput("GET poll of a queued task", _running, loops=LOOPS[:1]),
    Throughput("gateway poll", _gateway_poll, loops=LOOPS[:1]),
    Throughput("gateway submit", _submit, "/tasks", between=reset, loops=LOOPS[:1]),
    Throughput("list of 20", _listing, loops=LOOPS[:1]),
    Throughput("download of 300 kB", _download, flags=("--clip-bytes", str(CLIP_BYTES)), loops=LOOPS[:1]),
    Throughput("GET poll with 200 rules", _poll, flags=_RULES, files=_FILES, loops=LOOPS[:1]),
    Throughput("POST create with 200 rules", _create, "/tasks", _RULES, reset, loops=LOOPS[:1], files=_FILES),
)


def first_answers(choice: Choice, folder: Path) -> list[Result]:
    """Milliseconds from the start of a program to its first answer with 200."""
    starts = {
        "bare aiohttp": (servers.bare("uvloop"), "/tasks/x"),
        "Ark Emulator": (servers.emulator("uvloop"), HEALTH),
    }
    with suppress(Unavailable):
        starts["aimock"] = servers.aimock(servers.cache()), "/health"
    took: dict[str, list[float]] = {name: [] for name in starts}
    posted: dict[str, list[float]] = {"Ark Emulator": []}
    for turn in range(2 * choice.rounds + 1):
        for name, (start, probe) in starts.items():
            began = time.perf_counter()
            with servers.running(start, probe) as server:
                answered = time.perf_counter()
                if name in posted:
                    created(server)
                    posted[name].append(1000 * (time.perf_counter() - answered))
            took[name].append(1000 * (answered - began))
            if not turn:
                took[name].clear()
    return [Result("start to first 200", "ms", took, "bare aiohttp"), Result("first create", "ms", posted)]


def memory(choice: Choice, folder: Path) -> list[Result]:
    """Megabytes when idle, and what so many tasks add; the journal is full long before the last of them."""
    idle: dict[str, list[float]] = {}
    with servers.running(servers.bare("uvloop"), "/tasks/x") as server:
        idle["bare aiohttp"] = [server.memory() / 1e6]
    with servers.running(servers.emulator("uvloop"), HEALTH) as server:
        server.ask("GET", TASKS)
        idle["Ark Emulator"] = [server.memory() / 1e6]
        few = _crowded(server, MANY // 5)
        before = server.memory()
        many = _crowded(server, MANY)
        after = server.memory()
    each = (after - before) / (many - few) / 1000
    return [
        Result("memory when idle", "MB", idle, "bare aiohttp"),
        Result(f"memory with {many:,} tasks", "MB", {"Ark Emulator": [after / 1e6]}),
        Result("memory per additional task", "kB", {"Ark Emulator": [each]}),
    ]


def _crowded(server: Server, count: int) -> int:
    """How many tasks there are once there are at least so many."""
    while (there := int(server.told("GET", "/_emulator/tasks?limit=1")["total"])) < count:
        loaded(server, _create(server), 1.0)
    return there


def list_at_scale(choice: Choice, folder: Path) -> list[Result]:
    """Milliseconds that a list of 20 tasks takes among few tasks and among many."""
    times: dict[str, list[float]] = {}
    with servers.running(servers.emulator("uvloop", "--clock", "frozen"), HEALTH) as server:
        for _ in range(200):
            server.told("POST", TASKS, BODY.encode())
        for count in (200, MANY):
            if count == MANY:
                _crowded(server, count)
            for _ in range(choice.rounds):
                began = time.perf_counter()
                server.told("GET", f"{TASKS}?page_num=1&page_size=20")
                times.setdefault(f"{count:,} tasks", []).append(1e3 * (time.perf_counter() - began))
    return [Result("list of 20 at scale", "ms", times, "200 tasks")]


def callback_rate(choice: Choice, folder: Path) -> list[Result]:
    """Callbacks a second to a receiver on this machine that answers at once."""
    with servers.running(servers.emulator("uvloop", "--clock", "frozen"), HEALTH) as server:
        rates = asyncio.run(callbacks.rates(server.url, 3_000, choice.rounds))
    return [Result("callbacks", "callbacks/s", {"Ark Emulator": rates})]


OTHERS: dict[str, Callable[[Choice, Path], list[Result]]] = {
    "start": first_answers,
    "memory": memory,
    "callbacks": callback_rate,
    "list of 20 at scale": list_at_scale,
}
