"""The models that a gateway lists: each once, with a price, and filtered by capability."""

from typing import Any

import pytest
from ark_emulator.dialects.newapi.model_catalogue import every_name, list_item, list_items, names, with_capability
from ark_emulator.dialects.newapi.traits import GATEWAYS, STOCK, delegated_to, traits, upstream_model


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_lists_each_model_that_it_serves_once(gateway: Any) -> None:
    found = names(gateway)
    assert found
    assert len(set(found)) == len(found)
    assert all(upstream_model(gateway, name) or delegated_to(gateway, name) for name in found)


def test_all_gateways_together_sell_what_each_of_them_sells() -> None:
    assert {*names(STOCK), *names("orcarouter")} <= set(every_name())


def test_an_item_has_modalities_only_where_the_list_knows_capabilities() -> None:
    stock, orca = (traits(gateway) for gateway in (STOCK, "orcarouter"))
    assert "architecture" not in list_item("seedance-2.0", stock)
    found = list_item("byteplus/dreamina-seedance-2-0-260128", orca)["architecture"]
    assert found == {"input_modalities": ["text", "image", "video", "audio"], "output_modalities": ["video"]}
    assert list_item("unknown", orca)["architecture"]["input_modalities"] == ["text", "image"]
    assert [each["id"] for each in list_items(("a", "b"), stock)] == ["a", "b"]


@pytest.mark.parametrize(
    ("gateway", "capability", "found"),
    [
        ("orcarouter", "video", ("a",)),
        ("orcarouter", "chat", ()),
        ("orcarouter", "unknown", ("a",)),
        ("orcarouter", None, ("a",)),
        (STOCK, "chat", ("a",)),
    ],
)
def test_a_capability_filters_where_the_gateway_knows_that_filter(gateway: Any, capability: Any, found: Any) -> None:
    assert with_capability(["a"], capability, traits(gateway)) == found
