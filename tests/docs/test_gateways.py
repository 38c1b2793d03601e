"""The page about the gateways says what the tables say; `python tests/docs/test_gateways.py` writes its tables anew."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ark_emulator.cli.serve.gateway_flags import parse_trait
from ark_emulator.data import load
from ark_emulator.dialects.newapi.traits import GATEWAYS, Traits, profile
from ark_emulator.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gateways.md"
FRAME = re.compile(r"(<!-- (?P<what>traits|long traits|profiles|commits) -->\n).*?(<!-- end -->\n)", re.DOTALL)
RENEW = "run: python tests/docs/test_gateways.py"
TITLES = {"newapi": "new-api", "orcarouter": "OrcaRouter", "easyrouter": "EasyRouter", "tokenbay": "TokenBay"}
TRAITS = {row["trait"]: row for row in load("gateways")["traits"]}
LONGEST = 60
"""Characters of the values of one gateway beyond which a trait has a table of its own."""
NUMBERS = {4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight"}


def cell(value: Any) -> str:
    """Return a trait's value as the command line takes it: a word, or JSON."""
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(',', ':'))}`"


def is_long(row: Mapping[str, Any]) -> bool:
    """Whether the values of a trait are too long to stand side by side."""
    return any(len(cell(row[gateway])) > LONGEST for gateway in GATEWAYS)


def traits() -> Iterator[str]:
    """Every trait with its value for each gateway; of long ones where they stand."""
    yield f"| trait | {' | '.join(TITLES[gateway] for gateway in GATEWAYS)} | what it means |"
    yield f"|---|{'---|' * len(GATEWAYS)}---|"
    for name, row in TRAITS.items():
        values = ["below"] * len(GATEWAYS) if is_long(row) else [cell(row[gateway]) for gateway in GATEWAYS]
        yield f"| `{name}` | {' | '.join(values)} | {row['about']} |"


def long_traits() -> Iterator[str]:
    """The values of the long traits but the words for a task; gateways that are alike share a row."""
    yield from ("| trait | gateway | value |", "|---|---|---|")
    for name, row in TRAITS.items():
        alike: dict[str, list[str]] = {}
        for gateway in GATEWAYS if is_long(row) and name != "labels" else ():
            alike.setdefault(cell(row[gateway]), []).append(TITLES[gateway])
        for value, titles in alike.items():
            yield f"| `{name}` | {', '.join(titles)} | {value} |"


def profiles() -> Iterator[str]:
    """Yield the traits that a profile sets, with their values in each."""
    yield from ("| trait | `stock` | `friendly` |", "|---|---|---|")
    for name, value in profile("friendly").items():
        yield f"| `{name}` | {cell(TRAITS[name]['newapi'])} | {cell(value)} |"


def commits() -> Iterator[str]:
    """Yield the commits of new-api that a source names."""
    yield from ("| commit | date | on main | what it is |", "|---|---|---|---|")
    for row in load("gateways")["commits"]:
        yield f"| `{row['commit']}` | {row['date']} | {row['main']} | {row['about']} |"


def renewed(page: str) -> str:
    """The page with its tables of traits as they should be."""
    tables = {"traits": traits, "long traits": long_traits, "profiles": profiles, "commits": commits}
    return FRAME.sub(lambda found: "\n".join([found[1], *tables[found["what"]](), "", found[3]]), page)


def test_the_tables_of_traits_are_current() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), RENEW
    assert [page.count(f"\n<!-- {name} -->\n") for name in ("traits", "long traits", "profiles", "commits")] == [1] * 4


def test_every_value_of_the_tables_is_written_as_the_command_line_takes_it() -> None:
    for name, row in TRAITS.items():
        for gateway in GATEWAYS:
            assert parse_trait(f"{gateway}.{name}={cell(row[gateway]).strip('`')}") == (gateway, name, row[gateway])


def test_every_commit_that_a_source_names_is_in_the_table_of_commits() -> None:
    known = {row["commit"] for row in load("gateways")["commits"]}
    rows = [row for table in load("gateways").values() if isinstance(table, list) for row in table]
    found = {each for row in rows for each in re.findall(r"\b[0-9a-f]{8}\b", row["source"])}
    assert "0ab02020" in found and found <= known
    assert {row["main"] for row in load("gateways")["commits"]} == {"yes", "not known"}


def test_every_trait_that_can_be_chosen_has_its_row() -> None:
    page = PAGE.read_text("utf-8")
    assert [field.name for field in fields(Traits) if f"\n| `{field.name}` | " not in page] == []


def test_the_page_counts_the_gateways_and_the_routes_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    rows = page.partition("| gateway |")[2].partition("\n\n")[0].splitlines()[2:]
    resellers = [row for row in rows if "new-api itself" not in row]
    assert f"{NUMBERS[len(resellers)]} resellers of Seedance are emulated" in page
    served = [route for route in ROUTES if route.path.startswith("/newapi/v1/") and route.method in ("GET", "POST")]
    assert f"the same {NUMBERS[len(served)].lower()} routes" in page
    told = page.partition(f"the same {NUMBERS[len(served)].lower()} routes:")[2].partition("\n\n")[0]
    paths = {(route.method, re.sub(r"^/newapi", "", route.path)) for route in served}
    assert set(re.findall(r"`(GET|POST) (/v1/[^`]*)`", told)) == paths
    sentence = page.partition("routes: `POST")[0].rpartition("\n\n")[2]
    assert [title for title in TITLES.values() if title not in sentence] == []


def test_the_page_has_the_words_for_a_task() -> None:
    order = ("unseen", "queued", "running", "succeeded", "failed", "expired", "given-up")
    for gateway, name in (("newapi", "new-api"), ("orcarouter", "OrcaRouter"), ("easyrouter", "EasyRouter, TokenBay")):
        labels = TRAITS["labels"][gateway]
        cells = [f"{labels[state][0]} {labels[state][1]}%" for state in order]
        assert f"| {name} | {' | '.join(cells)} |" in PAGE.read_text("utf-8")
        assert labels["expired"] == labels["cancelled"]
    assert TRAITS["labels"]["easyrouter"] == TRAITS["labels"]["tokenbay"]


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
