"""The table of gateways is complete and has sources, and no code names a gateway."""

import re
from pathlib import Path

import ark_emulator
import pytest
from ark_emulator.core.facts import catalogue
from ark_emulator.data import load
from ark_emulator.dialects.newapi.traits import (
    GATEWAYS,
    delegated_to,
    gateway_of,
    price,
    serves,
    traits,
    upstream_model,
)

SOURCES = ("seed: ", "documented: ", "recorded: ", "inferred: ")
PACKAGE = Path(ark_emulator.__file__).parent
TABLES = {name: rows for name, rows in load("gateways").items() if name != "about"}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_a_source_and_the_columns_of_its_table(table: str) -> None:
    rows = TABLES[table]
    assert all(str(row["source"]).startswith(SOURCES) for row in rows)
    assert len({frozenset(row) for row in rows}) == 1


def test_a_table_has_one_row_per_line() -> None:
    lines = (PACKAGE / "data" / "gateways.json").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.startswith("    {")]) == sum(map(len, TABLES.values()))


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_every_gateway_has_a_value_for_every_trait(gateway: str) -> None:
    found = traits(gateway)
    assert set(found.labels) == {
        *("unseen", "queued", "running", "succeeded", "failed", "expired", "cancelled", "given-up")
    }
    assert found.poll in ("wrapped", "flat")


def test_no_code_compares_the_name_of_a_gateway() -> None:
    """The stock gateway and PowerTokens' own routes are named once each, at their definitions."""
    names = re.compile(r"""["'](orcarouter|easyrouter|tokenbay)["']""")
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if names.search(line)
    ]
    assert [
        line for line in found if not line.endswith('GATEWAYS: Final = (STOCK, "orcarouter", "easyrouter", "tokenbay")')
    ] == []


@pytest.mark.parametrize(
    ("host", "model", "gateway"),
    [
        ("api.orcarouter.ai", "seedance-2.0", "orcarouter"),
        ("easyrouter.io:443", "x", "easyrouter"),
        ("API.TokenBay.com", "x", "tokenbay"),
        ("api.powertokens.ai", "seedance-2.0", "powertokens-videos"),
        ("127.0.0.1:7333", "byteplus/anything", "orcarouter"),
        ("127.0.0.1:7333", "kling/kling-v3", "orcarouter"),
        ("127.0.0.1:7333", "dreamina-seedance-2-0", "easyrouter"),
        ("127.0.0.1:7333", "dreamina-seedance-2-0-fast", "easyrouter"),
        ("127.0.0.1:7333", "dreamina-seedance-2-0-260128", "newapi"),
        ("127.0.0.1:7333", "seedance-2.0", "tokenbay"),
        ("127.0.0.1:7333", "seedance-2.0-fast", "tokenbay"),
        ("127.0.0.1:7333", "seedance-1-5-pro", "newapi"),
        ("127.0.0.1:7333", "", "newapi"),
    ],
)
def test_a_submit_is_meant_for_the_gateway_of_its_host_or_of_its_model(host: str, model: str, gateway: str) -> None:
    assert gateway_of(host, model) == gateway


def test_a_gateway_may_hand_models_to_another_dialect() -> None:
    assert delegated_to("orcarouter", "kling/kling-v3") == "kling"
    assert delegated_to("orcarouter", "byteplus/x") is None
    assert delegated_to("newapi", "kling/kling-v3") is None
    assert serves("orcarouter", "kling") and serves("orcarouter", "orcarouter")
    assert not serves("newapi", "kling") and not serves("newapi", "orcarouter")


def test_every_upstream_model_is_in_the_catalogue() -> None:
    assert [row for row in TABLES["models"] if catalogue.find(row["upstream"]) is None] == []
    assert [row for row in TABLES["ratios"] if catalogue.find(row["asked"]) is None] == []


def test_a_gateway_serves_its_own_names_alone() -> None:
    assert upstream_model("tokenbay", "seedance-2.0") == "dreamina-seedance-2-0-260128"
    assert upstream_model("tokenbay", "dreamina-seedance-2-0") is None
    assert upstream_model("orcarouter", "byteplus/seedance-2.0-fast") is None


def test_a_hold_does_not_depend_on_the_clip() -> None:
    found = price("easyrouter", "dreamina-seedance-2-0", "dreamina-seedance-2-0-260128", "1080p", with_video=True)
    assert found is not None
    assert (found.bill.hold, found.ratios) == (818_125, {})


@pytest.mark.parametrize(
    ("resolution", "with_video", "factor"),
    [
        *((None, False, 1), ("720p", True, 28 / 46), ("1080p", False, 51 / 46), ("1080p", True, 31 / 46)),
        *(("4k", False, 26 / 46), ("4k", True, 16 / 46), (None, True, 28 / 46)),
    ],
)
def test_resolution_and_video_input_scale_the_price_of_stock(
    resolution: str | None, with_video: bool, factor: float
) -> None:
    name = "doubao-seedance-2-0-260128"
    found = price("newapi", name, name, resolution, with_video=with_video)
    assert found is not None
    assert found.bill.hold == int(3.5 / 2 * 500_000 * factor)


def test_the_ratios_belong_to_the_requested_name() -> None:
    name = "dreamina-seedance-2-0-260128"
    found = price("newapi", name, name, "720p", with_video=True)
    assert found is not None and found.ratios == {}
