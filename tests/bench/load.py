"""Load from wrk: as many requests as a server takes, for a while."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import KEY, Server, Unavailable, pinned

CONNECTIONS = 16
MISSING = "wrk is missing: install it (Debian and Ubuntu: apt-get install wrk)"

_SCRIPT = """\
local paths = {{{paths}}}
local heads = {{{heads}}}
local method, body, turn = "{method}", {body}, 0
local made = {{}}
function init(args)
  for place, path in ipairs(paths) do made[place] = wrk.format(method, path, heads, body) end
end
function request()
  turn = turn % #made + 1
  return made[turn]
end
function done(summary, latency, requests)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, summary.duration, errors.status, lost))
end
"""


@dataclass(frozen=True)
class Request:
    """What is asked over and over; of several paths each in its turn."""

    paths: Sequence[str]
    method: str = "GET"
    body: bytes | None = None


@dataclass(frozen=True)
class Load:
    """What a load came to: requests a second, and microseconds of the server's processor for each."""

    rate: float
    spent: float


def loaded(server: Server, request: Request, seconds: float) -> Load:
    """Put a server under load for so many seconds. Raises RuntimeError when any request failed."""
    if shutil.which("wrk") is None:
        raise Unavailable(
            "wrk is missing: install it (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk)"
        )
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write(_script(request))
        script.flush()
        before = server.processor()
        told = _wrk(server, Path(script.name), seconds)
        used = server.processor() - before
    requests, micros, refused, lost = told
    if refused or lost or not requests:
        raise RuntimeError(f"{request.method} {request.paths[0]}: of {requests}, {refused} refused, {lost} lost")
    return Load(requests / (micros / 1e6), 1e6 * used / requests)


def _wrk(server: Server, script: Path, seconds: float) -> tuple[int, int, int, int]:
    lasting = f"{max(1, round(seconds))}s"
    command = [*pinned(1), "wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", lasting, "-s", str(script), server.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, micros, refused, lost = map(int, line.split()[1:])
    return requests, micros, refused, lost


def _script(request: Request) -> str:
    signed = any("X-Tos-" in path for path in request.paths)
    heads = {**({} if signed else KEY), **({"Content-Type": "application/json"} if request.body is not None else {})}
    return _SCRIPT.format(
        paths=", ".join(map(_quoted, request.paths)),
        heads=", ".join(f"[{_quoted(name)}] = {_quoted(value)}" for name, value in heads.items()),
        method=request.method,
        body="nil" if request.body is None else _quoted(request.body.decode()),
    )


def _quoted(text: str) -> str:
    """The text as Lua reads it: for plain text that is as JSON has it."""
    return json.dumps(text)
