"""The models in `GET /v1/models` of a gateway: those that have a price, and that the key may use.

The form of the list and its items is recorded, including the endpoint type `openai-video` of video models.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.models import Model
from ark_emulator.data import load
from ark_emulator.dialects.newapi.traits import STOCK, Traits, delegated_to, price, upstream_model

CREATED: Final = 1626777600
"""The creation time of every model in new-api (source)."""
OWNER: Final = "custom"
"""The owner of a model that an administrator has added by name (source)."""
VIDEO: Final = "video"
"""The capability that all models here have."""
CAPABILITIES: Final = frozenset({"chat", "image", VIDEO, "embedding", "rerank"})
"""The capabilities that OrcaRouter's list can be filtered by (public record)."""


def names(gateway: str) -> tuple[str, ...]:
    """Return the names of the models that a gateway sells, each once."""
    found = _catalogue() if gateway == STOCK else ()
    return tuple(dict.fromkeys([*found, *_of_table(gateway), *_handed(gateway)]))


def every_name() -> tuple[str, ...]:
    """Return the models of all gateways, for a server whose requests select the gateway by model."""
    gateways = dict.fromkeys(row["gateway"] for row in load("gateways")["handed_on"])
    return tuple(dict.fromkeys([*names(STOCK), *(name for gateway in gateways for name in names(gateway))]))


def list_items(found: Iterable[str], traits: Traits) -> list[dict[str, Any]]:
    """Return the list items of these models."""
    return [list_item(name, traits) for name in found]


def list_item(name: str, traits: Traits) -> dict[str, Any]:
    """Return one model as the list and its own route show it."""
    document: dict[str, Any] = {"id": name, "object": "model", "created": CREATED, "owned_by": OWNER}
    document["supported_endpoint_types"] = ["openai-video"]
    if traits.model_list == "capabilities":
        document["context_length"] = 0
        document["architecture"] = {"input_modalities": _inputs(name), "output_modalities": [VIDEO]}
    return document


def with_capability(found: Iterable[str], capability: str | None, traits: Traits) -> tuple[str, ...]:
    """Return the models that have the capability; all models without one, or at a gateway without that filter."""
    asks = traits.model_list == "capabilities" and capability in CAPABILITIES
    return () if asks and capability != VIDEO else tuple(found)


def _catalogue() -> Iterator[str]:
    """Yield the names of Ark's models that have a price at the stock gateway."""
    for model in catalogue.catalogue():
        for listing in model.listings:
            if price(STOCK, listing.id, listing.id, None, with_video=False) is not None:
                yield listing.id


def _of_table(gateway: str) -> Iterator[str]:
    rows = load("gateways")["models"]
    return (row["asked"] for row in rows if upstream_model(gateway, row["asked"]) is not None)


def _handed(gateway: str) -> Iterator[str]:
    """Return the models that the gateway delegates to another dialect, which is Kling's."""
    asked = (row["asked"] for row in load("kling")["names"])
    return (name for name in asked if delegated_to(gateway, name) is not None)


def _inputs(name: str) -> list[str]:
    """Return the kinds of input of a model."""
    model = _model(name)
    counts = None if model is None else model.references
    kinds = [] if counts is None else [kind for kind in ("video", "audio") if getattr(counts, f"{kind}s") > 0]
    return ["text", "image", *kinds]


def _model(name: str) -> Model | None:
    upstream = next((row["upstream"] for row in load("gateways")["models"] if row["asked"] == name), name)
    kling = next((row["upstream"] for row in load("kling")["names"] if row["asked"] == name), upstream)
    return catalogue.find_anywhere(kling)
