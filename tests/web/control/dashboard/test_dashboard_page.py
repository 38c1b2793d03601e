"""The dashboard's page and files: complete, loaded from this server only, and under a policy that allows nothing else.

`python tests/web/control/dashboard/test_dashboard_page.py` writes the list of modules in `index.html` anew.
"""

import asyncio
import hashlib
import re
import shutil
import subprocess
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.web.control.dashboard.dashboard_page import POLICY, static_files
from yarl import URL

from tests.support.caller import Caller, Serve

STATIC = Path(__file__).parents[4] / "emulator" / "ark_emulator" / "web" / "static"
OURS = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
VENDORED = STATIC / "vendor"
ROW = re.compile(r"\| (\S+) \| (\S+) \| (\S+) \| \[(\S+)\]\((\S+)\) \| `([0-9a-f]{64})` \|")
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "([^"]+)";', re.MULTILINE)
TABS = 10

PRELOADS = re.compile(r'(?:  <link rel="modulepreload" href="static/[^"]+">\n)*(?=  <script type="module")')
FOLDERS = ("lib.js", "task.js", "format", "state", "ui", "panes", "timeline", "page", "app.js")
"""The folders and single modules of the page, lowest first: each imports only from those before it and from itself."""

MOST_MODULES, MOST_LINES, WIDEST_LINE = 12, 300, 120


def module_name(path: Any) -> Any:
    """The name of a module as the page uses it."""
    return path.relative_to(STATIC).as_posix()


def imports_of(path: Any) -> Any:
    """The files that a module imports."""
    return [(path.parent / name).resolve() for name in IMPORT.findall(path.read_text("utf-8"))]


def always_needed() -> Any:
    """The modules that `app.js` imports, directly or through others: the browser needs all of them to start."""
    found, ahead = set(), [STATIC / "app.js"]
    while ahead:
        path = ahead.pop()
        found.add(path)
        ahead += [each for each in imports_of(path) if each not in found]
    return sorted(module_name(path) for path in found - {STATIC / "app.js"})


def with_preloads(page: Any) -> Any:
    """The page with a link for each module that is always needed, so that the browser loads them all at once."""
    links = [f'  <link rel="modulepreload" href="static/{name}">\n' for name in always_needed()]
    return PRELOADS.sub("".join(links), page, count=1)


async def test_the_page_comes_under_a_strict_policy(ark: Caller) -> None:
    answer = await ark.call("GET", "/_emulator/", None)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_without_its_slash_the_page_is_found_too(ark: Caller) -> None:
    answer = await ark.call("GET", "/_emulator", None, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "_emulator/")
    assert (await ark.call("GET", "/_emulator", None)).body == (await ark.call("GET", "/_emulator/", None)).body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("styles/tokens.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("vendor/VENDOR.md", "text/markdown; charset=utf-8"),
    ],
)
async def test_a_file_is_served_as_what_it_is(ark: Caller, path: str, kind: str) -> None:
    answer = await ark.call("GET", f"/_emulator/static/{path}", None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.body == (STATIC / path).read_bytes()
    assert answer.headers["Content-Security-Policy"] == POLICY


async def test_a_file_that_a_browser_has_is_not_sent_again(ark: Caller) -> None:
    first = await ark.call("GET", "/_emulator/static/app.js", None)
    again = await ark.call("GET", "/_emulator/static/app.js", None, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = await ark.call("GET", "/_emulator/static/app.js", None, headers={"If-None-Match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize(
    "path", ["../dashboard.py", "%2e%2e/dashboard.py", "..%2fdashboard.py", "vendor", "nothing.js", "//etc/passwd"]
)
async def test_nothing_but_the_files_of_the_page_is_served(ark: Caller, path: str) -> None:
    async with ark.session.get(URL(f"{ark.url}/_emulator/static/{path}", encoded=True)) as answer:
        assert answer.status == 404
        assert b"import" not in await answer.read()


async def test_a_page_of_a_world_is_the_same_page(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    assert (await ark.call("GET", "/w/sk-other/_emulator/", None)).status == 200
    assert (await ark.call("GET", "/w/sk-other/_emulator/static/app.js", None)).status == 200


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(("path", "home"), [("?world=<b>nope", "./"), ("w", "../../../_emulator/")])
async def test_a_browser_is_told_of_a_world_that_is_not_there_by_a_page(ark: Caller, path: str, home: str) -> None:
    path = "/w/%3Cb%3Enope/_emulator/" if path == "w" else f"/_emulator/{path}"
    answer = await ark.call("GET", path, None, headers=BROWSER)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == POLICY
    page = Addresses()
    page.feed(answer.body.decode())
    assert page.inline == []
    assert page.loaded.count(home) == 1, "one link leads to the default world"
    assert {each for each in page.loaded if each != home} <= {f"{home}static/{name}" for name in static_files()}
    assert b"There is no world for &#x27;&lt;b&gt;nope&#x27;" in answer.body
    assert b"<b>" not in answer.body


@pytest.mark.parametrize("accept", ["*/*", "application/json", None])
async def test_everybody_else_is_told_of_it_in_json(ark: Caller, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = await ark.call("GET", "/_emulator/?world=nope", None, headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json")
    assert answer.json["error"]["code"] == "unknown_world"
    other = await ark.call("GET", "/_emulator/clock?world=nope", None, headers=BROWSER)
    assert other.json == answer.json


async def test_a_browser_at_the_root_is_led_to_the_dashboard(ark: Caller) -> None:
    answer = await ark.call("GET", "/", None, headers=BROWSER, allow_redirects=False)
    assert (answer.status, answer.headers["Location"], answer.headers["Vary"]) == (307, "_emulator/", "Accept")
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    for path in ("/", "/w/sk-other/"):
        assert b"<title>Ark Emulator</title>" in (await ark.call("GET", path, None, headers=BROWSER)).body


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_a_program_at_the_root_meets_what_ark_says_of_unknown_paths(ark: Caller, accept: str) -> None:
    headers = {"Accept": accept}
    answer = await ark.call("GET", "/", headers=headers)
    other = await ark.call("GET", "/nothing-here", headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (404, "PathNotFound")
    assert set(answer.headers) == set(other.headers)
    told = [re.sub(rb"Request id: \w+", b"", each.body) for each in (answer, other)]
    assert told[0] == told[1]


async def test_the_page_needs_no_token_and_its_data_do(serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    for path in ("/_emulator", "/_emulator/", "/_emulator/static/app.js"):
        assert (await ark.call("GET", path, None)).status == 200
    for path in ("overview", "events", "scenarios", "tasks/x/clip"):
        assert (await ark.call("GET", f"/_emulator/{path}", None)).status == 401


async def test_the_page_is_not_shown_under_a_foreign_name(ark: Caller) -> None:
    assert (await ark.call("GET", "/_emulator/", None, headers={"Host": "evil.example"})).status == 403


def test_the_vendored_files_are_those_that_the_list_names() -> None:
    rows = ROW.findall((VENDORED / "VENDOR.md").read_text("utf-8"))
    listed = {name: digest for name, _, _, _, _, digest in rows}
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDORED.glob("*.js")}
    assert {(package, licence) for _, package, _, licence, _, _ in rows} == {("preact", "MIT"), ("htm", "Apache-2.0")}
    assert all((VENDORED / licence_file).is_file() for _, _, _, _, licence_file, _ in rows)


class Addresses(HTMLParser):
    """What the page loads, and what in it the policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        given = dict(attrs)
        self.loaded += [given[name] for name in ("src", "href") if name in given]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def test_the_page_loads_files_of_its_own_alone() -> None:
    page = Addresses()
    page.feed((STATIC / "index.html").read_text("utf-8"))
    assert page.inline == []
    assert all(address.removeprefix("static/") in static_files() for address in page.loaded)
    assert len(page.loaded) > 5


@pytest.mark.parametrize("path", OURS, ids=module_name)
def test_every_module_imports_what_is_there(path: Path) -> None:
    imported = IMPORT.findall(path.read_text("utf-8"))
    for name in imported:
        assert name.startswith("."), f"{path.name} imports {name} from elsewhere"
        assert (path.parent / name).resolve().is_file(), f"{path.name} imports {name}, which is not there"


def test_the_page_preloads_exactly_the_modules_that_are_always_needed() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    assert {"lib.js", "vendor/preact.js", "state/store.js"} <= set(always_needed())
    assert page == with_preloads(page)


@pytest.mark.parametrize("path", OURS, ids=module_name)
def test_every_module_imports_only_from_folders_below_its_own(path: Any) -> None:
    def rank(each: Any) -> Any:
        return FOLDERS.index(module_name(each).partition("/")[0])

    ours = [each for each in imports_of(path) if VENDORED not in each.parents]
    assert [module_name(each) for each in ours if rank(each) > rank(path)] == []
    assert path.name == "lib.js" or len(ours) == len(imports_of(path)), "only lib.js imports vendored libraries"


def test_every_folder_is_small_enough_to_survey() -> None:
    counts = Counter(path.parent for path in OURS)
    assert {module_name(folder): count for folder, count in counts.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize("path", OURS, ids=module_name)
def test_every_module_is_short_and_its_lines_are_too(path: Any) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert [number for number, line in enumerate(lines, 1) if len(line) > WIDEST_LINE] == []


def test_no_file_of_the_page_names_an_address_elsewhere() -> None:
    allowed = re.compile(r"https?://(www\.w3\.org/|127\.0\.0\.1|localhost|host\.docker\.internal|[a-z.]*example\b)")
    found = [
        f"{path.name}: {line.strip()}"
        for path in [*OURS, *STATIC.rglob("*.css"), *STATIC.glob("*.html"), *STATIC.glob("*.svg")]
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"https?://\w", line) and not allowed.search(line)
    ]
    assert found == []


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node to read the modules")
def test_every_module_can_be_read() -> None:
    program = (
        "const {readFileSync} = require('fs'), {SourceTextModule} = require('vm');"
        "for (const identifier of process.argv.slice(1))"
        "new SourceTextModule(readFileSync(identifier, 'utf8'), {identifier});"
    )
    node = ["node", "--experimental-vm-modules", "--no-warnings", "-e", program]
    subprocess.run([*node, *map(str, OURS)], check=True, capture_output=True, timeout=60)


async def test_a_server_with_ten_dashboards_open_stops_within_a_second(serve: Serve) -> None:
    ark = await serve()
    tabs = [await ark.session.get(f"{ark.url}/_emulator/events") for _ in range(TABS)]
    reading = [asyncio.create_task(tab.content.read()) for tab in tabs]
    await ark.create()
    began = time.perf_counter()
    await ark.running.stop()
    took = time.perf_counter() - began
    told = await asyncio.gather(*reading)
    assert took < 1.0
    assert all(b"event: accepted" in each for each in told)


if __name__ == "__main__":
    PAGE = STATIC / "index.html"
    PAGE.write_text(with_preloads(PAGE.read_text("utf-8")), "utf-8")
