"""The dashboard: one page and its files, read once, under a policy that lets nothing in from elsewhere.

The files carry no secrets, so they are served without the control token; the page asks for it where one is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.storage.preconditions import Condition, Validators, weigh
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.web.control.control_body import ControlRefusal
from ark_emulator.web.http.exchange import Exchange

INDEX: Final = "index.html"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
)
_TYPES: Final = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
        "md": "text/markdown; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
    }
)

_NO_WORLD: Final = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="dark light">
  <title>No such world - Ark Emulator</title>
  <link rel="icon" href="{home}static/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="{home}static/styles/tokens.css">
  <link rel="stylesheet" href="{home}static/styles/base.css">
  <link rel="stylesheet" href="{home}static/styles/shell.css">
</head>
<body>
  <div id="app">
    <main class="gate">
      <div class="gate-card">
        <h1>This world does not exist</h1>
        <p>{told}. It may have been dropped, or the server may have been started anew since.</p>
        <p><a href="{home}">Show the default world</a></p>
      </div>
    </main>
  </div>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the dashboard. `tag` is its entity tag, without quotes."""

    body: bytes
    content_type: str
    tag: str


async def page(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/`: return the dashboard."""
    return _served(exchange, INDEX)


async def onwards(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator`: redirect to the dashboard, whose relative links need the trailing slash."""
    return DialectResponse(308, b"", {"Location": "_emulator/"}, "text/plain")


async def front(exchange: Exchange) -> DialectResponse:
    """`GET /`: redirect browsers to the dashboard. Raises Ark's refusal of unknown paths for other clients."""
    if not wants_html(exchange.request.headers):
        raise Refusal("http.route")
    return DialectResponse(307, b"", {"Location": "_emulator/", "Vary": "Accept"}, "text/plain")


def wants_html(headers: Mapping[str, str]) -> bool:
    """Whether a page is asked for by that name, as browsers do; who takes anything does not."""
    return "text/html" in headers.get("Accept", "").lower()


def no_world(misuse: ControlRefusal, *, in_path: bool) -> DialectResponse:
    """What a browser is shown for the dashboard of a world that is not there, which may have been named in the path."""
    told = str(misuse)
    home = "../../../_emulator/" if in_path else "./"
    body = _NO_WORLD.format(home=home, told=escape(told[:1].upper() + told[1:]))
    return DialectResponse(misuse.status, body.encode("utf-8", "replace"), HEADERS, "text/html; charset=utf-8")


async def static(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/static/{path}`: return a file of the dashboard."""
    return _served(exchange, exchange.parts["path"])


@cache
def static_files() -> MappingProxyType[str, StaticFile]:
    """Every file of the dashboard by its path, read once: what is not among them is not served."""
    found = dict(_read(files("ark_emulator.web").joinpath("static"), ""))
    return MappingProxyType(found)


def _read(folder: Traversable, prefix: str) -> list[tuple[str, StaticFile]]:
    found: list[tuple[str, StaticFile]] = []
    for entry in folder.iterdir():
        kind = _TYPES.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found += _read(entry, f"{prefix}{entry.name}/")
        elif kind is not None:
            body = entry.read_bytes()
            found.append((prefix + entry.name, StaticFile(body, kind, blake2b(body, digest_size=12).hexdigest())))
    return found


def _served(exchange: Exchange, path: str) -> DialectResponse:
    found = static_files().get(path)
    if found is None:
        raise ControlRefusal(404, "not_found", "the dashboard has no such file")
    headers = {**HEADERS, "ETag": f'"{found.tag}"'}
    asked = {"if-none-match": exchange.request.headers.get("If-None-Match", "")}
    if weigh(asked, Validators(found.tag, 0)) is Condition.NOT_MODIFIED:
        return DialectResponse(304, b"", headers)
    return DialectResponse(200, found.body, {**headers, "Content-Type": found.content_type})
