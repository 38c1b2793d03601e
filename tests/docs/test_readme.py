"""README.md against the code: the steering prompts, and the numbers about speed.

`python tests/docs/test_readme.py` generates the lines about speed from docs/performance.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ark_emulator.core.plan.outcome import STEERING_WORDS
from ark_emulator.loading.builtin import builtin_names

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
FRAME = re.compile(r"(<!-- speed -->\n).*?(<!-- end -->\n)", re.DOTALL)
QUOTED = ("GET poll", "POST create")
SERVERS = ("Ark Emulator", "bare aiohttp", "aimock")
RENEW = "run: python tests/docs/test_readme.py"


def results(page: str) -> Iterator[tuple[str, str, str, str]]:
    """What was measured: the row, the server, its median with unit, and the µs of its processor, if counted."""
    row = ""
    for line in page.splitlines():
        cells = [re.sub(r" \([^)]*\)", "", cell.strip()) for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and not set(cells[1]) <= {"-"} and cells[1] != "server":
            row = cells[0] or row
            yield row, cells[1], cells[2], cells[4]


def quoted(page: str) -> Iterator[str]:
    """The lines of the README about speed: the rows that matter most, and how and when they were measured."""
    found = list(results(page))
    measured = re.search(r"^Measured on [^,]+", page, re.MULTILINE)
    if measured is None:
        raise ValueError("docs/performance.md does not say when it was measured")
    yield from ("", "## How fast", "", f"| | {' | '.join(SERVERS)} |", "|---|---|---|---|")
    for wanted in QUOTED:
        cells = []
        for server in SERVERS:
            shown = [
                (median, micros) for row, name, median, micros in found if row == wanted and name.startswith(server)
            ]
            median, micros = shown[0] if shown else ("–", "")
            cells.append(f"{micros} µs of processor, {median}" if micros else median)
        yield f"| {wanted} | {' | '.join(cells)} |"
    yield from ("", f"{measured[0]}, medians of interleaved rounds.")
    if "The machine was busy" in page:
        yield "The machine was busy, so the processor time is more reliable than requests per second."
    yield "The emulator validates, plans and prices each create request; aimock selects the matching fixture."
    yield "All rows, the method, and the missed targets: [Performance](docs/performance.md)."
    yield ""


def renewed(readme: str) -> str:
    """Return the README with its lines about speed generated again; with none if docs/performance.md is missing."""
    lines = quoted(PERFORMANCE.read_text("utf-8")) if PERFORMANCE.exists() else ()
    return FRAME.sub(lambda found: found[1] + "".join(f"{line}\n" for line in lines) + found[2], readme)


def test_the_steering_prompts_in_the_readme_do_what_it_says_and_the_rest_is_a_link_away() -> None:
    rows = [line for line in README.read_text("utf-8").splitlines() if line.startswith("| `emu:")]
    assert len(rows) >= 5
    assert set(rows) <= {f"| `emu:{steer.name}` | {steer.about} |" for steer in STEERING_WORDS}


def test_the_readme_counts_the_incidents_as_they_are() -> None:
    assert f"**{len(builtin_names())} incidents**" in README.read_text("utf-8")


def test_the_readme_says_how_the_command_is_called_after_make_run() -> None:
    start = README.read_text("utf-8").partition("## Start")[2].partition("\n## ")[0]
    assert "`.venv/bin/ark-emulator`" in start
    assert "`source .venv/bin/activate`" in start


def test_the_lines_about_speed_quote_what_was_measured() -> None:
    readme = README.read_text("utf-8")
    assert readme == renewed(readme), RENEW


def test_what_was_measured_is_quoted_row_by_row() -> None:
    page = """
Measured on 2026-01-02 on 2 cores of x86_64 with CPython 3.11.2, aiohttp 3.12: 5 rounds of 1 s.

| what | server | median (min to max) | ratio, median (min to max) | µs of processor |
|---|---|---|---|---|
| GET poll | bare aiohttp, uvloop | 9,000 (8,000 to 9,900) requests/s |  | 100 |
|  | Ark Emulator, uvloop | 8,100 (8,000 to 8,200) requests/s | **0.90** (0.89 to 0.91) of bare aiohttp | 111 (0.90) |
|  | aimock | 4,000 (3,000 to 5,000) requests/s | **0.44** (0.40 to 0.50) of bare aiohttp | 90 (1.1) |
| GET poll | Ark Emulator, asyncio | 7,000 requests/s |  | 120 |
| list of 20 | Ark Emulator | 900 requests/s |  |  |
"""
    lines = list(quoted(page))
    ours, bare, theirs = ("111 µs of processor, 8,100", "100 µs of processor, 9,000", "90 µs of processor, 4,000")
    assert f"| GET poll | {ours} requests/s | {bare} requests/s | {theirs} requests/s |" in lines
    assert "| POST create | – | – | – |" in lines
    assert any(line.startswith("Measured on 2026-01-02 on 2 cores") for line in lines)
    assert not any("list of 20" in line or "asyncio" in line or "busy" in line for line in lines)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8")), "utf-8")
