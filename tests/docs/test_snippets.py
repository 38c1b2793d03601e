"""The pages are tests: every command and every program that README.md and docs/ show is run as it stands there.

A fenced block tagged `bash` or `python` is executed in an empty folder, with a fresh emulator at the address it names,
and has to exit with 0. A Python block that defines tests is run by pytest. A `yaml` block has to be YAML, and one that
is a whole scenario (it has a `version`) has to pass `ark-emulator check`. An HTML comment on the line before a block
changes that:

    <!-- not run: REASON -->    this block is only shown
    <!-- continues -->          this block belongs to the block of the same language before it; they run as one file
    <!-- served with: FLAGS --> the emulator is started with these
"""

import argparse
import ast
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ark_emulator.cli.serve.setting_flags import add_serve_flags, settings_of

from tests.support.threaded_server import Threaded

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers there
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
DOCUMENTED_ADDRESS = re.compile(r"(127\.0\.0\.1|localhost):7333\b")
SNIPPET_LIMIT = 60.0  # seconds of real time that one snippet may take

RUNNABLE = {"bash", "python", "yaml"}
SPEAKS_TO_IT = {"bash", "python"}
ALIASES = {"sh": "bash", "shell": "bash", "console": "bash", "py": "python", "python3": "python", "yml": "yaml"}

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<tag>[^`\s]*)[^`]*$")
COMMENT = re.compile(r"^ *<!-- *(?P<what>not run|continues|served with)(?:: *(?P<reason>.*?))? *-->\s*$")


class PageError(ValueError):
    """The blocks of a page cannot be identified or run; the message has the page and the line."""


@dataclass(slots=True)
class Snippet:
    """One program of a page, put together from one block or from several that continue each other."""

    page: str
    line: int
    language: str
    text: str
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block as it stands in the page, with the comment right before it."""

    line: int
    tag: str
    text: str
    comment: re.Match[str] | None


def blocks(text: str, page: str) -> Iterator[Block]:
    """The fenced blocks of a page. A block in a list is moved to the left margin."""
    lines = enumerate(text.splitlines(), 1)
    comment = None
    for number, line in lines:
        if fence := FENCE.match(line):
            body = []
            for _, inner in lines:
                if re.fullmatch(rf" *{fence['ticks']}`* *", inner):
                    break
                body.append(inner)
            else:
                raise PageError(f"{page}:{number}: the block is never closed")
            yield Block(number, fence["tag"], textwrap.dedent("\n".join(body)) + "\n", comment)
            comment = None
        elif line.strip():
            comment = COMMENT.match(line)


def snippets(text: str, page: str) -> list[Snippet]:
    """The programs of a page, in their order.

    Raises PageError for a block that would escape unseen: an unclosed one, one under another name of a language we
    run, one that is not run for no reason, one that continues nothing.
    """
    found: list[Snippet] = []
    latest: dict[str, Snippet | None] = {}
    for block in blocks(text, page):
        place = f"{page}:{block.line}"
        if block.tag.lower() in ALIASES:
            raise PageError(f"{place}: write ```{ALIASES[block.tag.lower()]} instead of ```{block.tag}")
        if block.tag not in RUNNABLE:
            continue
        match block.comment and block.comment["what"]:
            case "not run":
                if not (block.comment and block.comment["reason"]):
                    raise PageError(f"{place}: say why the block is not run")
                latest[block.tag] = None
            case "continues":
                if (start := latest.get(block.tag)) is None:
                    raise PageError(f"{place}: there is no {block.tag} block to continue")
                start.text += block.text
            case _:
                flags = tuple((block.comment["reason"] or "").split()) if block.comment else ()
                if block.comment and not flags:
                    raise PageError(f"{place}: say with which flags it is served")
                snippet = Snippet(page, block.line, block.tag, block.text, flags)
                latest[block.tag] = snippet
                found.append(snippet)
    return found


def pages() -> Iterator[Path]:
    """The pages that a reader is sent to."""
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def snippets_of_the_pages() -> list[Snippet]:
    """Every program of every page."""
    return [
        snippet
        for path in pages()
        if path.exists()
        for snippet in snippets(path.read_text("utf-8"), str(path.relative_to(ROOT)))
    ]


def defines_tests(program: str) -> bool:
    """Whether a Python program is meant for pytest: run as a script it would do nothing, and so prove nothing."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node.name.startswith("test_") for node in ast.parse(program).body)


def is_scenario(text: str) -> bool:
    """Whether a YAML text is a whole scenario file and not a piece of one, or a file for some other program."""
    document = yaml.safe_load(text)
    return isinstance(document, dict) and isinstance(document.get("version"), int)


def command(snippet: Snippet, folder: Path) -> list[str]:
    """What runs a snippet in a folder; its program is put there when it is a file."""
    if snippet.language == "bash":
        return ["bash", "-euo", "pipefail", "-c", snippet.text]
    if snippet.language == "yaml":
        (folder / "snippet.yaml").write_text(snippet.text, "utf-8")
        return [str(BIN / "ark-emulator"), "check", "snippet.yaml"] if is_scenario(snippet.text) else ["true"]
    name = "test_snippet.py" if defines_tests(snippet.text) else "snippet.py"
    (folder / name).write_text(snippet.text, "utf-8")
    return [sys.executable, *(PYTEST if defines_tests(snippet.text) else []), name]


def surroundings(url: str) -> dict[str, str]:
    """The environment of a snippet: our commands on the path, our emulator found, no proxy and no setting between."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ARK_EMULATOR_", "PYTEST"))
    }
    local = "127.0.0.1,localhost"
    return environment | {
        "PATH": f"{BIN}{os.pathsep}{environment.get('PATH', '')}",
        "NO_PROXY": local,
        "no_proxy": local,
        "ARK_EMULATOR_URL": url,
    }


def end(process: subprocess.Popen[str]) -> None:
    """End a process and whatever it left running behind it."""
    for reason in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, reason)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def run(snippet: Snippet, folder: Path, url: str, limit: float = SNIPPET_LIMIT) -> tuple[int, str]:
    """Run a snippet against the emulator at `url`: its exit code and all it printed.

    It prints to a file: a pipe would stay open for as long as anything that the snippet started in the background.
    """
    host = url.removeprefix("http://")
    here = Snippet(snippet.page, snippet.line, snippet.language, DOCUMENTED_ADDRESS.sub(host, snippet.text))
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            command(here, folder),
            cwd=folder,
            env=surroundings(url),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = -1
            print(f"still running after {limit:g} s", file=output, flush=True)
        finally:
            end(process)
        output.seek(0)
        return code, output.read()


@contextmanager
def serving(flags: Sequence[str]) -> Iterator[str]:
    """An emulator as `ark-emulator serve` starts it with these flags, in a thread: its address."""
    parser = argparse.ArgumentParser()
    add_serve_flags(parser, {})
    with Threaded(settings_of(parser.parse_args(["--port", "0", "--log", "off", *flags]))) as server:
        yield server.url


@pytest.mark.parametrize("snippet", snippets_of_the_pages(), ids=str)
def test_what_the_pages_show_works(snippet: Snippet, tmp_path: Path) -> None:
    # Each snippet has an emulator of its own: a page that freezes the clock must not freeze the next page.
    with serving(snippet.flags) if snippet.language in SPEAKS_TO_IT else nullcontext(NOWHERE) as url:
        code, output = run(snippet, tmp_path, url)
    assert code == 0, f"{snippet} exits with {code}\n{snippet.text}\n{output}"


PAGE = """
Start it:

```bash
one
```

<!-- continues -->

```bash
two
```

1. In a list, with output, a file and a longer fence:

   ````python
   three = "```"
   ````

   ```
   not a program
   ```

<!-- not run: it deletes your files -->
```bash
four
```

<!-- not run: this comment belongs to no block -->
Some words.

<!-- served with: --clock polls -->
```bash
quick
```

```yaml
five: 5
```
"""


def test_the_blocks_of_a_page_are_found_and_put_together() -> None:
    assert [(str(snippet), snippet.language, snippet.text) for snippet in snippets(PAGE, "page.md")] == [
        ("page.md:4", "bash", "one\ntwo\n"),
        ("page.md:16", "python", 'three = "```"\n'),
        ("page.md:33", "bash", "quick\n"),
        ("page.md:37", "yaml", "five: 5\n"),
    ]
    assert [snippet.flags for snippet in snippets(PAGE, "page.md")] == [(), (), ("--clock", "polls"), ()]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("```bash\necho", "page.md:1: the block is never closed"),
        ("\n```console\n$ echo\n```", "page.md:2: write ```bash instead of ```console"),
        ("<!-- not run: -->\n```bash\n```", "page.md:2: say why the block is not run"),
        ("<!-- not run -->\n```bash\n```", "page.md:2: say why the block is not run"),
        ("<!-- served with -->\n```bash\n```", "page.md:2: say with which flags it is served"),
        ("```bash\n```\n<!-- continues -->\n```python\n```", "page.md:4: there is no python block to continue"),
        (
            "```bash\n```\n<!-- not run: slow -->\n```bash\n```\n<!-- continues -->\n```bash\n```",
            "page.md:7: there is no bash block to continue",
        ),
    ],
)
def test_a_block_that_would_escape_unseen_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PageError, match=re.escape(reason)):
        snippets(text, "page.md")


@pytest.mark.parametrize(
    ("language", "text", "expected", "printed"),
    [
        ("bash", "curl_at=http://localhost:7333/health; echo $curl_at", 0, "http://127.0.0.1:9/health"),
        ("bash", "echo $ARK_EMULATOR_URL; cat", 0, "http://127.0.0.1:9"),
        ("bash", "command -v python", 0, str(BIN)),
        ("bash", "false | true", 1, ""),
        ("bash", "echo $unknown", 1, "unbound variable"),
        ("bash", "sleep 600 & echo left behind", 0, "left behind"),
        ("python", "print('http://127.0.0.1:7333')", 0, "http://127.0.0.1:9"),
        ("python", "raise SystemExit(3)", 3, ""),
        ("python", "def test_a():\n    assert 1 == 2", 1, "assert 1 == 2"),
        ("python", "async def test_a():\n    pass\ndef test_b():\n    pass", 0, "2 passed"),
        ("yaml", "services: {web: {image: emulator}}", 0, ""),
    ],
)
def test_a_snippet_is_run_and_its_failure_is_seen(
    language: str, text: str, expected: int, printed: str, tmp_path: Path
) -> None:
    code, output = run(Snippet("page.md", 1, language, text), tmp_path, NOWHERE)
    assert code == expected, output
    assert printed in output


def test_a_snippet_that_does_not_end_is_ended(tmp_path: Path) -> None:
    code, output = run(Snippet("page.md", 1, "bash", "echo waiting; while :; do :; done"), tmp_path, NOWHERE, limit=0.3)
    assert (code, output) == (-1, "waiting\nstill running after 0.3 s\n")


def test_yaml_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(yaml.YAMLError):
        run(Snippet("page.md", 1, "yaml", "a: [1"), tmp_path, NOWHERE)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("version: 1\nname: moderation", True),
        ("faults:\n  - {on: create}", False),
        ("- a\n- b", False),
        ("version: '3'\nservices: {}", False),
    ],
)
def test_a_scenario_is_distinguished_from_other_yaml(text: str, whole: bool) -> None:
    assert is_scenario(text) is whole
    folder = Path(tempfile.gettempdir())
    assert (command(Snippet("page.md", 1, "yaml", text), folder)[1:] == ["check", "snippet.yaml"]) is whole


COMMANDS = re.compile(
    r"^(?: {4}|\t)\$? ?(?:curl|ark-emulator|make|pip|uvx?|docker|python3?|npm|git|export|from|import) "
)


def commands_that_escape(text: str) -> list[str]:
    """Commands that are shown by indentation alone, so that nothing would run them."""
    escaped, fenced, blank = [], "", True
    for line in text.splitlines():
        if fence := FENCE.match(line):
            fenced = "" if fenced and fence["ticks"].startswith(fenced) else fenced or fence["ticks"]
        elif not fenced and blank and COMMANDS.match(line):
            escaped.append(line.strip())
        blank = not line.strip() or line.startswith("    ")
    return escaped


@pytest.mark.parametrize("path", list(pages()), ids=lambda path: path.name)
def test_no_command_is_shown_without_being_run(path: Path) -> None:
    assert commands_that_escape(path.read_text("utf-8")) == []


def test_a_command_that_is_only_indented_is_noticed() -> None:
    assert commands_that_escape("Do this:\n\n    curl -s localhost\n") == ["curl -s localhost"]
    assert commands_that_escape("```python\nif True:\n\n    import os\n```\n") == []
