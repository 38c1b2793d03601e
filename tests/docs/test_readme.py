"""README.md against the code: what steers, and how fast it is said to be.

`python tests/docs/test_readme.py` writes the lines about speed anew, from docs/performance.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from emulator.core.outcome import STEERS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
FRAME = re.compile(r"(<!-- speed -->\n).*?(<!-- end -->\n)", re.DOTALL)
QUOTED = ("GET poll", "POST create")
OURS = "Ark Emulator"
RENEW = "run: python tests/docs/test_readme.py"


def results(page: str) -> Iterator[tuple[str, str, str, str]]:
    """What was measured: the row, the server, its median with unit, and what it compares to."""
    row = ""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and not set(cells[1]) <= {"-"} and cells[1] != "server":
            row = cells[0] or row
            yield row, cells[1], re.sub(r" \([^)]*\)", "", cells[2]), re.sub(r"\*\*| \([^)]*\)", "", cells[3])


def quoted(page: str) -> Iterator[str]:
    """The lines of the README about speed: the rows that matter most, and when they were measured."""
    found = list(results(page))
    measured = re.search(r"^Measured on [^.:]+", page, re.MULTILINE)
    if measured is None:
        raise ValueError("docs/performance.md does not say when it was measured")
    yield from ("", "## How fast", "", "| | Ark Emulator | compared | aimock 1.43.0 |", "|---|---|---|---|")
    for wanted in QUOTED:
        mine = [each for each in found if each[0] == wanted and each[1].startswith(OURS)]
        theirs = next((each[2] for each in found if each[0] == wanted and each[1] == "aimock"), "–")
        for row, server, median, compared in mine:
            yield f"| {row}{server.removeprefix(OURS)} | {median} | {compared} | {theirs} |"
    told = measured[0][0].lower() + measured[0][1:]
    yield from ("", f"Medians, {told}; all rows, spread and method: [Performance](docs/performance.md).", "")


def renewed(readme: str) -> str:
    """The README with its lines about speed as they should be; none while there is no page to quote."""
    lines = quoted(PERFORMANCE.read_text("utf-8")) if PERFORMANCE.exists() else ()
    return FRAME.sub(lambda found: found[1] + "".join(f"{line}\n" for line in lines) + found[2], readme)


def test_the_steering_prompts_in_the_readme_do_what_it_says_and_the_rest_is_a_link_away() -> None:
    rows = [line for line in README.read_text("utf-8").splitlines() if line.startswith("| `emu:")]
    assert len(rows) >= 5
    assert set(rows) <= {f"| `emu:{steer.name}` | {steer.about} |" for steer in STEERS}


def test_the_lines_about_speed_quote_what_was_measured() -> None:
    readme = README.read_text("utf-8")
    assert readme == renewed(readme), RENEW


def test_what_was_measured_is_quoted_row_by_row() -> None:
    page = """
Measured on 2026-01-02 on 2 cores of x86_64 with CPython 3.11.2, aiohttp 3.12: 5 rounds of 1 s.

| what | server | median (least to most) | compared, median (least to most) | µs of processor |
|---|---|---|---|---|
| GET poll | bare aiohttp | 9,000 (8,000 to 9,900) /s |  | 100 |
|  | Ark Emulator | 8,100 (8,000 to 8,200) /s | **0.90** (0.89 to 0.91) of bare aiohttp | 111 (0.90) |
|  | aimock | 4,000 (3,000 to 5,000) /s | **0.44** (0.40 to 0.50) of bare aiohttp |  |
| list of 20 | Ark Emulator | 900 /s |  |  |
"""
    lines = list(quoted(page))
    assert "| GET poll | 8,100 /s | 0.90 of bare aiohttp | 4,000 /s |" in lines
    assert any("measured on 2026-01-02 on 2 cores" in line for line in lines)
    assert not any("list of 20" in line for line in lines)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8")), "utf-8")
