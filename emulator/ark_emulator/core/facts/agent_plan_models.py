"""The models that Volcengine's Agent Plan offers, by their dotted names. The table is `agent_plan` in `models.json`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType

from ark_emulator.core.facts import catalogue
from ark_emulator.data import load


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as the plan offers it: its dotted name, the dated id it is run as, and when the plan stops offering it.

    `stopped_from` is in unix seconds, None for a model that stays; `replacement` is the dotted name to use then.
    """

    name: str
    id: str
    stopped_from: float | None
    replacement: str | None

    def stopped(self, now: float) -> bool:
        """Return True when the plan no longer offers the model at an instant in unix seconds."""
        return self.stopped_from is not None and now >= self.stopped_from


def offer(name: str) -> Offer | None:
    """Return the offer that a name denotes on the plan, or None when the plan does not have it.

    The dotted names are the plan's own. A dated id, or one without its date, denotes the model of that family (recorded
    on text models: the plan takes a dated id and runs its own version of the model).
    """
    offers = _offers()
    if name in offers:
        return offers[name]
    model = catalogue.find(name)
    if model is None or model.listing(name).site.name != "volc":
        return None
    return next((each for each in offers.values() if catalogue.find(each.id) is model), None)


@cache
def _offers() -> Mapping[str, Offer]:
    return MappingProxyType(
        {
            row["name"]: Offer(row["name"], row["id"], _instant(row["stopped_from"]), row["replacement"])
            for row in load("models")["agent_plan"]
        }
    )


def _instant(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
