"""Stored bytes as text: what `fixtures/stored` holds, how it is compared with what the code reads, and how it is made.

`python -m tests.support.stored_bytes` writes the files of the current format that do not exist yet. Existing files are
never overwritten: they stand for what released versions have written. A class that was added to the stored format later
needs a sample in `_samples` and its own file: `python -m tests.support.stored_bytes NAME` writes
`values-FORMAT-NAME.json`.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import aiohttp
from aiohttp import web
from ark_emulator.core.billing.ledger_entries import LedgerEntry
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.effects import KINDS, AnswerEffect, Delay, Hang, Malformed, ResetConnection, Truncate
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule
from ark_emulator.core.task.values import Erased, Failure, Task
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.core.time.durations import LogNormal, Uniform
from ark_emulator.loading.loader import scenario_from_object
from ark_emulator.runtime.persistence.world_directory import WorldRecord
from ark_emulator.runtime.persistence.world_records import _SINGLES
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start
from ark_emulator.stores.codec import record_codec
from ark_emulator.stores.codec.stored_format import stored
from ark_emulator.stores.sqlite.database_file import FORMAT
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore

FOLDER = Path(__file__).parents[2] / "fixtures" / "stored"
START = 1_790_000_000
TABLES = ("spaces", "records", "log")
LOGGED = 3
"""How many commits of each space are kept in the log of a description."""


def spelled_out(value: Any) -> Any:
    """Return a value with every field of every class, defaults included, under its stored name, as plain JSON."""
    if is_dataclass(value):
        row = stored(type(value))
        found = {row.fields[each.name]: spelled_out(getattr(value, each.name)) for each in fields(value)}
        return {"is": row.tag, **found}
    if isinstance(value, Mapping):
        return {"map": [[spelled_out(name), spelled_out(part)] for name, part in value.items()]}
    if isinstance(value, frozenset):
        return {"set": sorted(map(str, value))}
    if isinstance(value, list | tuple):
        return [spelled_out(part) for part in value]
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    return str(value) if isinstance(value, str | Decimal) else value


def differences(expected: Any, value: Any, place: str = "") -> list[str]:
    """Return where a value differs from one that was spelled out; fields added since must have their default."""
    if not is_dataclass(value):
        found = spelled_out(value)
        if isinstance(value, list | tuple) and isinstance(expected, list) and len(expected) == len(value):
            pairs = enumerate(zip(expected, value, strict=True))
            return [each for at, (want, part) in pairs for each in differences(want, part, f"{place}[{at}]")]
        if isinstance(value, Mapping) and isinstance(expected, Mapping) and "map" in expected:
            wants, names = dict(map(tuple, expected["map"])), list(value)
            if all(isinstance(name, str) for name in names) and names == list(wants):
                return [each for name in names for each in differences(wants[name], value[name], f"{place}.{name}")]
        return [] if found == expected else [f"{place}: {found!r}, expected {expected!r}"]
    row = stored(type(value))
    if not isinstance(expected, Mapping) or expected.get("is") != row.tag:
        return [f"{place}: a {row.tag}, expected {expected!r}"]
    known = {row.fields[each.name]: each for each in fields(value)}
    found = [f"{place}.{name}: no longer read" for name in expected if name != "is" and name not in known]
    for name, each in known.items():
        part = getattr(value, each.name)
        if name in expected:
            found += differences(expected[name], part, f"{place}.{name}")
        elif part != (each.default if each.default_factory is MISSING else each.default_factory()):
            found.append(f"{place}.{name}: was added later and must have its default, not {part!r}")
    return found


def classes() -> list[type]:
    """Return every class whose values are stored."""
    found: dict[Any, None] = {}

    def visit(hint: Any) -> None:
        if isinstance(hint, type) and is_dataclass(hint) and hint not in found:
            found[hint] = None
            for part in get_type_hints(hint).values():
                visit(part)
        for part in get_args(hint):
            visit(part)

    for kind in (Task, LedgerEntry, WorldRecord, *(kind for _, kind in _SINGLES)):
        visit(kind)
    return list(found)


def words() -> dict[str, list[str]]:
    """Return the words that each stored field of a fixed choice may hold, by tag and stored name."""
    found = {}
    for kind in classes():
        for name, hint in get_type_hints(kind).items():
            choices = [part for part in _parts(hint) if isinstance(part, type) and issubclass(part, StrEnum)]
            if choices:
                place = f"{stored(kind).tag}.{stored(kind).fields[name]}"
                found[place] = [str(member) for choice in choices for member in choice]
    return found


def _parts(hint: Any) -> list[Any]:
    return [hint, *(each for part in get_args(hint) for each in _parts(part))]


def text_of(record: bytes) -> str:
    """Return a record as text; JSON keeps lone surrogates apart."""
    return record.decode("utf-8", "surrogatepass")


def bytes_of(text: str) -> bytes:
    """Return the record of a text."""
    return text.encode("utf-8", "surrogatepass")


def value_in(name: str, records: Mapping[str, bytes]) -> Any:
    """Return the value that a record of a space holds; None for counts and other bare numbers."""
    kind, _, rest = name.partition(":")
    singles = dict(_SINGLES)
    if kind == "born":
        return record_codec.decode_task(records[name].partition(b" ")[2], records.get(f"grown:{rest}", b"{}"))
    if kind in singles and not rest:
        return record_codec.decode_value(singles[kind], records[name])
    others = {"entry": LedgerEntry, "world": WorldRecord}
    return record_codec.decode_value(others[kind], records[name]) if kind in others else None


def file_from(document: Mapping[str, Any], path: Path) -> None:
    """Make the SQLite file that a document describes."""
    with closing(sqlite3.connect(path)) as made:
        for statement in document["schema"]:
            made.execute(statement)
        for row in document["spaces"]:
            made.execute("INSERT INTO spaces VALUES (?, ?, ?, ?, ?)", (row[0], bytes_of(row[1]), *row[2:]))
        for space, name, record in document["records"]:
            made.execute("INSERT INTO records VALUES (?, ?, ?)", (space, bytes_of(name), bytes_of(record)))
        for space, version, by, clears, body in document["log"]:
            row = (space, version, bytes_of(by), clears, bytes.fromhex(body))
            made.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?)", row)
        made.execute(f"PRAGMA application_id = {document['application_id']}")
        made.execute(f"PRAGMA user_version = {document['user_version']}")
        made.commit()


def document_of(path: Path) -> dict[str, Any]:
    """Return the description of an SQLite file: schema, rows, and every value spelled out."""
    with closing(sqlite3.connect(path)) as file:
        numbers = {name: file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")}
        schema = [row[0] for row in file.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")]
        rows = {table: file.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    newest = {row[0]: row[2] for row in rows["spaces"]}
    rows["log"] = [row for row in rows["log"] if row[1] > newest[row[0]] - LOGGED]
    values: dict[str, Any] = {}
    for space, *_ in rows["spaces"]:
        records = {text_of(name): record for where, name, record in rows["records"] if where == space}
        found = {name: value_in(name, records) for name in records}
        values |= {f"{space} {name}": spelled_out(value) for name, value in found.items() if value is not None}
    return {
        **numbers,
        "schema": schema,
        "spaces": [[row[0], text_of(row[1]), *row[2:]] for row in rows["spaces"]],
        "records": [[space, text_of(name), text_of(record)] for space, name, record in rows["records"]],
        "log": [[space, version, text_of(by), clears, body.hex()] for space, version, by, clears, body in rows["log"]],
        "values": values,
    }


# What is written once for each format.

_LENGTHS = (Uniform(1.5, 2.5), LogNormal(3.0, 20.0))
_REPLIES = (
    ResetConnection(),
    Hang(),
    Truncate(0.5),
    Malformed(),
    AnswerEffect(503, "{}", "text/plain", {"X-A": "b"}),
    Delay(LogNormal(1, 2)),
)
_RICH: dict[str, Any] = {
    "version": 1,
    "name": "rich",
    "about": "every part of a scenario",
    "seed": 9,
    "limits": "individual",
    "keys": {"sk-rich": {"balance": 3.5, "models": ["dreamina-*"]}, "sk-old": {"status": "expired"}},
    "timings": {"queued": "1s..2s", "running": {"median": "3s", "p99": "20s"}},
    "outcomes": [
        {"when": {"prompt": "*poll*"}, "then": [{"queued": {"polls": 2}}, {"running": "4s"}, "succeeded"]},
        {
            "when": {"prompt": "*cat*", "nth": 2, "role": "first_frame"},
            "then": [{"queued": {"polls": 2}}, "running", "succeeded"],
        },
        {"when": {"chance": 0.25}, "then": [{"queued": "0s"}, {"failed": "InternalServiceError"}]},
    ],
    "faults": [{"on": "create", "every": 3, "key": "sk-*", "refuse": "ServerOverloaded", "retry_after": 4}],
}
_SAMPLES: dict[str, dict[str, Any]] = {
    "refuse": {"code": "ServerOverloaded", "retry_after": 2, "should_retry": True},
    "status": {"status": 502, "body": "oops", "content_type": "text/plain", "headers": {"X-A": "b"}},
    "delay": {"length": _LENGTHS[0]},
    "truncate": {"share": 0.25},
    "drip": {"bytes_per_second": 2_000},
    "drift": {"fields": ("usage", "error")},
    "show": {"status": "sleeping"},
    "missing": {"times": 2},
    "expire": {"seconds": 5.0},
    "duplicate": {"times": 3},
    "late": {"length": _LENGTHS[1]},
}


def rules() -> list[FaultRule]:
    """Return a rule for every effect, and one for every reply of an effect that has several."""
    found = []
    for kind in KINDS:
        makes = (
            [{"reply": reply} for reply in _REPLIES] if kind.name == "after_commit" else [_SAMPLES.get(kind.name, {})]
        )
        for given in makes:
            effect = kind.value(**given)
            conditions = Conditions(nth=2, every=3, first=4, chance=0.5, key=("sk-*",), header=(("X-A", "b"),))
            found.append(FaultRule(f"rule-{len(found)}", min(kind.on), conditions, effect))
    return found


async def _world(folder: Path) -> Path:
    """Return a file with worlds in which tasks of every dialect have lived every kind of life."""
    path = folder / "worlds.db"
    store = SqliteStore(path, process_id="writer", alone=False)
    settings = Settings(port=0, log="off", mode=ClockMode.FROZEN, start=START, seed=7, workers=2)
    receiver = web.Application()
    receiver.router.add_post("/{tail:.*}", lambda request: _replied(request))
    runner = web.AppRunner(receiver)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    to = f"http://127.0.0.1:{runner.addresses[0][1]}"
    running = await start(settings, store)
    async with aiohttp.ClientSession(running.url) as session:

        async def call(method: str, path: str, body: Any = None, key: str = "sk-test") -> Any:
            async with session.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"}) as answer:
                assert answer.status < 300, (path, await answer.text())
                return await answer.json(content_type=None)

        await _live(call, to)
    await running.stop()
    await runner.cleanup()
    return path


async def _replied(request: web.Request) -> web.Response:
    return web.Response(status=500 if "broken" in request.path else 200, text="thanks")


async def _live(call: Any, to: str) -> None:
    tasks, model = "/api/v3/contents/generations/tasks", "dreamina-seedance-2-0-260128"

    async def create(prompt: str, **more: Any) -> str:
        text = {"type": "text", "text": prompt}
        content = [text, *more.pop("content", [])]
        return str((await call("POST", tasks, {"model": model, "content": content, **more}))["id"])

    await call("PUT", "/_emulator/scenario", {"scenario": {**_RICH, "keys": {}, "outcomes": [], "faults": []}})
    frame = {"type": "image_url", "image_url": {"url": "https://e.example/a.png"}, "role": "first_frame"}
    await create("a cat", content=[frame], seed=4, return_last_frame=True, callback_url=f"{to}/well")
    await create("emu:fail", callback_url=f"{to}/broken")
    cancelled, forced = await create("a dog"), await create("a bird", callback_url=f"{to}/held")
    await call("DELETE", f"{tasks}/{cancelled}")
    await call("POST", f"/_emulator/tasks/{forced}/force", {"status": "failed"})
    request = {"prompt": "a cat", "duration": 5}
    gateways = {"newapi": model, "orcarouter": f"byteplus/{model}", "easyrouter": "dreamina-seedance-2-0"}
    for name, called in {**gateways, "tokenbay": "seedance-2.0"}.items():
        await call("POST", f"/{name}/v1/video/generations", {"model": called, **request})
    await call("POST", "/orcarouter/v1/video/generations", {"model": "kling/kling-v3", "prompt": "猫", "mode": "pro"})
    await call(
        "POST",
        "/byteplus/api/v3/contents/generations/tasks",
        {"model": model, "content": [{"type": "text", "text": "a cat"}]},
    )
    await call("POST", "/_emulator/clock/advance", {"seconds": 60})
    await call("POST", "/_emulator/callbacks/pause")
    await create("a fish", callback_url=f"{to}/held")
    await call("POST", "/_emulator/faults", {"on": "list", "nth": 2, "status": 502})
    await call("POST", "/_emulator/faults", {"on": "download", "missing": 2})
    await call("GET", tasks)
    second = {"api_key": "sk-second", "clock": {"mode": "polls", "start": START, "speed": 2}}
    await call("POST", "/_emulator/worlds", {**second, "scenario": _RICH, "seed": 3})
    asked = {"model": model, "content": [{"type": "text", "text": "a poll"}]}
    made = await call("POST", f"/w/sk-second{tasks}", asked, "sk-rich")
    await call("GET", f"/w/sk-second{tasks}/{made['id']}", None, "sk-rich")


def _samples() -> dict[str, Any]:
    """Return single values of the core, as they are stored and spelled out, and the words that fields may hold."""
    odd = Failure("half a pair", "\ud83d")
    found = [scenario_from_object(_RICH), Limits("enterprise", 1, 2, 3), odd, Erased(START + 9.5), *rules()]
    values = [
        {"is": stored(type(each)).tag, "stored": text_of(record_codec.encode_value(each)), "value": spelled_out(each)}
        for each in found
    ]
    return {"values": values, "words": words()}


def _lines(document: Mapping[str, Any]) -> str:
    """Return a document as JSON with a row to a line."""
    parts = []
    for name, part in document.items():
        if isinstance(part, list):
            text = "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in part) + "\n ]"
        elif isinstance(part, dict):
            text = "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in part.items()) + "\n }"
        else:
            text = json.dumps(part)
        parts.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(*names: str) -> None:
    """Write the files of the current format that are not there yet, and single values once more under further names."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = {f"values-{FORMAT}": _samples, **{f"values-{FORMAT}-{name}": _samples for name in names}}
        made[f"worlds-{FORMAT}"] = lambda: document_of(asyncio.run(_world(Path(folder))))
        for name, make in made.items():
            path = FOLDER / f"{name}.json"
            if not path.exists():
                path.write_text(_lines(make()), "ascii")
                print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
