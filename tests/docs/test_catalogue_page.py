"""The table of built-in scenarios on docs/scenarios.md is that of the files; run this file to write it anew."""

import re
from pathlib import Path

import pytest
from ark_emulator.core.scenario.effects import KINDS, EffectKind
from ark_emulator.loading.builtin import builtin_names, overview
from ark_emulator.loading.loader import load_builtin
from ark_emulator.web.http.clock_wait import STOOD_STILL

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
FRAME = re.compile(r"(<!-- catalogue -->\n)(.*?)(<!-- /catalogue -->)", re.DOTALL)


def table() -> str:
    """The catalogue as Markdown: a table for each group."""
    lines: list[str] = []
    latest = ""
    for group, name, about in overview():
        if group != latest:
            lines += [
                "",
                f"### {group}",
                "",
                "| scenario | what happens | what a good client does | seen at |",
                "|---|---|---|---|",
            ]
            latest = group
        scenario = load_builtin(name)
        expects = scenario.expects[0].upper() + scenario.expects[1:] + "."
        lines.append(f"| `{name}` | {about} | {expects} | {', '.join(scenario.source)} |")
    return "\n".join([*lines, "", ""])


def renewed(page: str) -> str:
    """The page with the table as it should be."""
    return FRAME.sub(lambda found: found[1] + table() + found[3], page)


def test_the_table_of_built_in_scenarios_is_current() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), f"run: python {Path(__file__).name}"
    assert page.count("\n| `") >= len(builtin_names())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_fault_is_described_in_detail(kind: EffectKind) -> None:
    section = PAGE.read_text("utf-8").partition("## What each fault does")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith(f"| `{kind.name}` |")]
    assert len(rows) == 1
    assert all(cell.strip() for cell in rows[0].strip("|").split("|"))


def test_the_note_about_waits_is_quoted_as_it_is() -> None:
    assert f"`{STOOD_STILL}`" in PAGE.read_text("utf-8")


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
