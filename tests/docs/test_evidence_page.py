"""docs/evidence.md against fixtures/evidence.json, tests/sdk/clients.json, and what the tests under tests/sdk claim.

`make evidence` runs those tests, records what they prove, and then runs this file, which generates the page's tables.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "evidence.md"
EVIDENCE = ROOT / "fixtures" / "evidence.json"
FRAME = re.compile(r"(<!-- (?P<what>[a-z ]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
RENEW = "run: make evidence"
FACTS: dict[str, Any] = json.loads((ROOT / "tests" / "sdk" / "clients.json").read_text("utf-8"))
CLIENTS, WIRES, OPERATIONS = FACTS["clients"], FACTS["wires"], FACTS["operations"]
GATEWAYS = ("newapi", "orcarouter", "easyrouter", "tokenbay", "kling")


def evidence() -> dict[str, Any]:
    """Return the recorded evidence: by client, its version and the tests by wire and operation."""
    found: dict[str, Any] = json.loads(EVIDENCE.read_text("utf-8"))
    return found


def can(client: str, operation: str) -> bool:
    """Return whether a client supports an operation."""
    facts = CLIENTS[client]
    return operation in FACTS["abilities"][facts["can"]] and operation not in facts["cannot"]


def cell(client: str, wire: str, operation: str) -> str:
    """One cell of a table."""
    if not can(client, operation):
        return "–"
    tests = evidence().get(client, {}).get("proven", {}).get(wire, {}).get(operation)
    return "Proven" if tests else "Not proven"


def rows(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table in Markdown."""
    names = list(heads)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    yield from (f"| {' | '.join(line)} |" for line in lines)


def matrix(columns: list[tuple[str, str]], heads: list[str], unpublished: list[str]) -> Iterator[str]:
    """Yield the operations by client and wire; `unpublished` are clients that could not be obtained."""
    shown = [operation for operation in OPERATIONS if any(can(client, operation) for client, _ in columns)]
    lines = (
        [operation, *(cell(client, wire, operation) for client, wire in columns), *("Unknown" for _ in unpublished)]
        for operation in shown
    )
    return rows(["", *heads, *unpublished], lines)


def on(wire: str) -> Iterator[str]:
    """The table of one wire: a column per client."""
    clients = [client for client, facts in CLIENTS.items() if wire in facts["wires"]]
    heads = [f"`{CLIENTS[client]['name']}` {CLIENTS[client]['language']}" for client in clients]
    unpublished = [FACTS["unpublished"][wire]] if wire in FACTS["unpublished"] else []
    return matrix([(client, wire) for client in clients], heads, unpublished)


def of(client: str) -> Iterator[str]:
    """The table of one client: a column per gateway."""
    return matrix([(client, wire) for wire in GATEWAYS], [WIRES[wire] for wire in GATEWAYS], [])


def clients() -> Iterator[str]:
    """The table of the clients and their versions."""
    known = evidence()
    lines = (
        [f"`{facts['name']}`", facts["language"], known[client]["version"], f"`{facts['pin']['file']}`", told]
        for client, facts in CLIENTS.items()
        for told in [", ".join(WIRES[wire].partition(",")[0] for wire in facts["wires"])]
    )
    return rows(["client", "language", "version", "pinned by", "supported APIs"], lines)


def operations() -> Iterator[str]:
    """The table of the operations."""
    return rows(["operation", "meaning"], ([name, about] for name, about in OPERATIONS.items()))


def own() -> Iterator[str]:
    """The table of the clients that the gateways may have of their own."""
    lines = ([name, WIRES[wire].partition(",")[0], "Unknown"] for wire, name in FACTS["unpublished"].items())
    return rows(["client", "gateway", "every operation"], lines)


TABLES = {
    "clients": clients,
    "operations": operations,
    "on ark": lambda: on("ark"),
    "on powertokens": lambda: on("powertokens"),
    "on the storage": lambda: on("storage"),
    "openai for python": lambda: of("openai-python"),
    "openai for node": lambda: of("openai-node"),
    "own clients": own,
}


def renewed(page: str) -> str:
    """Return the page with its tables generated again."""
    return FRAME.sub(lambda found: found[1] + "\n".join(["", *TABLES[found["what"]](), "", ""]) + found[3], page)


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Collect what the tests under tests/sdk claim to prove. They are not run, so no toolchain is needed."""
    told = tmp_path_factory.mktemp("evidence") / "collected.json"
    collect = [sys.executable, "-m", "pytest", "tests/sdk", "--collect-only", "-qq", "-p", "no:cacheprovider"]
    done = subprocess.run([*collect, f"--collected-evidence={told}"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return found


def test_the_tables_of_the_page_are_those_of_the_evidence() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), RENEW
    assert {found["what"] for found in FRAME.finditer(page)} == set(TABLES)


def test_the_page_lists_what_tests_prove_of_the_pinned_clients(
    claimed: dict[str, Any],
) -> None:
    assert evidence() == claimed, RENEW


def test_nothing_is_claimed_that_the_tables_would_not_show(claimed: dict[str, Any]) -> None:
    wrong = [
        f"{client} {wire} {operation}"
        for client, facts in claimed.items()
        for wire, proven in facts["proven"].items()
        for operation in proven
        if client not in CLIENTS or wire not in CLIENTS[client]["wires"] or not can(client, operation)
    ]
    assert wrong == []


def test_every_operation_wire_and_ability_is_known_and_used() -> None:
    abilities = {operation for each in FACTS["abilities"].values() for operation in each}
    assert abilities == set(OPERATIONS)
    assert {wire for facts in CLIENTS.values() for wire in facts["wires"]} == set(WIRES)
    assert {facts["can"] for facts in CLIENTS.values()} == set(FACTS["abilities"])


def test_a_cell_is_proven_only_by_a_test() -> None:
    assert cell("volcengine-go", "ark", "reference media") == "–"
    assert cell("volcengine-go", "powertokens", "create") == "Not proven"
    assert cell("volcengine-java", "ark", "create") == "Proven"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
