"""The traits in which new-api gateways differ, and their model names, routing and prices, all read from data.

`gateways.json` has one row per trait and one column per gateway. No other module names a gateway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any, Final, Literal, TypeAlias, get_type_hints

from ark_emulator.core.billing import prices
from ark_emulator.core.billing.ledger_entries import QUOTA_PER_USD
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.models import Model
from ark_emulator.core.task.gateway_policy import Bill
from ark_emulator.data import load
from ark_emulator.dialects.newapi.trait_checks import InvalidTrait, validate_value, validate_word

STOCK: Final = "newapi"
"""The gateway without a vendor: new-api as published."""
GATEWAYS: Final = (STOCK, "orcarouter", "easyrouter", "tokenbay")
"""Every gateway that has a column in the table of traits."""

Shape: TypeAlias = Literal["wrapped", "flat", "openai"]
Word = Literal["NOT_START", "SUBMITTED", "QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE"]
Label: TypeAlias = tuple[Word, int]
"""The status and the progress in per cent that a record shows."""
Overrides: TypeAlias = Mapping[str, Mapping[str, object]]
"""Overridden traits of a server: by gateway, then by name."""


@dataclass(frozen=True, slots=True)
class Traits:
    """One gateway's column of the table; the table explains each trait under `about`."""

    profile: Literal["stock", "friendly"] | None
    submit_status: str
    labels: Mapping[str, Label]
    ends: Sequence[str]
    reasons: Mapping[str, str]
    lag: float
    gives_up_minutes: float | None
    timeout_reason: str
    poll: Shape
    poll_videos: Shape
    fields: Sequence[str]
    empty_left_out: Sequence[str]
    result_url: Literal["link", "content"]
    failed_result_url: Literal["fail_reason"] | None
    upstream_order: Sequence[str] | None
    upstream_hidden: Sequence[str]
    channel: Mapping[str, object]
    quota: Literal["settled", "hold"]
    prompt: Literal["required", "or-visual"]
    text_items: Literal["replaced", "kept"]
    length: Sequence[str]
    length_by_model: bool
    roles: Literal["as-is", "given"]
    role_in_many: bool
    role_names: Mapping[str, str]
    defaults: Mapping[str, object]
    dropped: Sequence[str]
    tiers_dropped: Sequence[str]
    nested_form: bool
    form: Literal["decoded", "merged"]
    files: bool
    input_reference: bool
    reading: Literal["source", "typed"]
    callbacks: Literal["upstream", "own"]
    range: bool
    envelope: Sequence[str] | None
    error_type: str
    passed_on_as: Mapping[str, int]
    masks: bool
    escapes: bool
    retry_after: int | None
    poll_after_ms: int | None
    openai_seconds: bool
    headers: Mapping[str, str]
    cors: Literal["source", "open"]
    ratio_header: bool
    model_list: Literal["plain", "capabilities"]
    server_address: str | None


@dataclass(frozen=True, slots=True)
class Price:
    """A bill, and the named ratios in it besides the model's own ratio."""

    bill: Bill
    ratios: Mapping[str, float]


def traits(gateway: str, overrides: Overrides | None = None) -> Traits:
    """Return the traits of a gateway with overrides applied. Raises InvalidTrait for an invalid override."""
    column = {row["trait"]: row[gateway] for row in _table()["traits"]}
    chosen = (overrides or {}).get(gateway)
    return Traits(**column) if not chosen else _chosen(gateway, column, chosen)


def reseller_traits() -> Traits:
    """Return the traits of a reseller without a column of its own: those of stock, with the convenient values."""
    stock = traits(STOCK)
    own = {"profile": "friendly", **profile("friendly"), "reading": "typed", "cors": "open"}
    return replace(stock, **own, headers={**stock.headers, "Access-Control-Allow-Origin": "*"})


def validate_overrides(overrides: Overrides) -> None:
    """Raise InvalidTrait unless all overrides are valid."""
    for gateway in overrides:
        _refuse_gateway(gateway)
        traits(gateway, overrides)


def validate_trait(gateway: str, name: str, value: object) -> None:
    """Raise InvalidTrait for an unknown gateway or trait, or an invalid value of the trait."""
    _refuse_gateway(gateway)
    try:
        validate_word(name, [field.name for field in fields(Traits)])
    except InvalidTrait as problem:
        raise InvalidTrait(f"{gateway} has no such trait: {problem}") from None
    takes = next(row["takes"] for row in _table()["traits"] if row["trait"] == name)
    try:
        validate_value(value, get_type_hints(Traits)[name], takes)
    except InvalidTrait as problem:
        raise InvalidTrait(f"{gateway}.{name}: {problem}") from None


def profile(name: str) -> Mapping[str, Any]:
    """Return the traits that a profile sets together: those of the stock gateway, or the values in the table."""
    values = {row["trait"]: row["value"] for row in _table()["profiles"] if row["profile"] == name}
    if name != traits(STOCK).profile:
        return values
    named = {row["trait"] for row in _table()["profiles"]}
    return {row["trait"]: row[STOCK] for row in _table()["traits"] if row["trait"] in named}


def _refuse_gateway(gateway: str) -> None:
    try:
        validate_word(gateway, GATEWAYS)
    except InvalidTrait as problem:
        raise InvalidTrait(f"no such gateway: {problem}") from None


def _chosen(gateway: str, column: Mapping[str, Any], chosen: object) -> Traits:
    """Return a gateway's traits with overrides applied. A trait wins over a profile."""
    if not isinstance(chosen, Mapping):
        raise InvalidTrait(f"{gateway}: {chosen!r} is not a mapping of traits to values")
    for name, value in chosen.items():
        validate_trait(gateway, name, value)
    together = profile(str(chosen["profile"])) if chosen.get("profile") is not None else {}
    found = Traits(**{**column, **together, **chosen})
    of_the_channel = next(row[STOCK] for row in _table()["traits"] if row["trait"] == "channel")
    if lost := [name for name in found.fields if name in of_the_channel and name not in found.channel]:
        raise InvalidTrait(f"{gateway}.channel lacks {', '.join(lost)}, which {gateway}.fields shows")
    return found


def upstream_model(gateway: str, requested: str) -> str | None:
    """Return the model that is requested from Ark in place of `asked`; None if no channel serves it.

    The stock gateway serves every model of every gateway, under each of its names.
    """
    rows = [row for row in _table()["models"] if row["asked"] == requested]
    if gateway != STOCK:
        return next((row["upstream"] for row in rows if row["gateway"] == gateway), None)
    if catalogue.find(requested) is not None or requested.startswith("ep-"):
        return requested
    return rows[0]["upstream"] if rows else None


def gateway_of(host: str, model: str) -> str:
    """Return the gateway of a submit: by the Host header, else by its model, else the stock gateway."""
    for by, value in (("host", host.partition(":")[0].lower()), ("model", model)):
        for row in _table()["routing"]:
            if row["by"] == by and fnmatchcase(value, row["pattern"]):
                return str(row["gateway"])
    return STOCK


def delegated_to(gateway: str, model: str) -> str | None:
    """Return the dialect to which a gateway delegates a model; None if the gateway's own dialect serves it."""
    for row in _table()["handed_on"]:
        if row["gateway"] == gateway and fnmatchcase(model, row["pattern"]):
            return str(row["dialect"])
    return None


def delegated_dialects() -> Mapping[str, str]:
    """Return every dialect to which models are delegated, with the gateway that delegates them."""
    return {row["dialect"]: row["gateway"] for row in _table()["handed_on"]}


def serves(gateway: str, dialect: str) -> bool:
    """Return whether tasks in this dialect are tasks of the gateway."""
    handed = (row for row in _table()["handed_on"] if row["gateway"] == gateway)
    return dialect == gateway or any(row["dialect"] == dialect for row in handed)


def price(gateway: str, requested: str, upstream: str, resolution: str | None, *, with_video: bool) -> Price | None:
    """Return the price of a task on a gateway; None if the model has no price there.

    The hold is a flat fee as quota: half of the ratio in USD, or the number of the row; neither length nor size counts.
    The named ratios scale both the hold and the settlement.
    """
    model = catalogue.find_anywhere(upstream)
    row = _price_row(gateway, requested)
    listed = None if model is None else _list_ratio(model)
    chosen = listed if row["ratio"] in (None, "list") else Fraction(row["ratio"])
    if chosen is None:
        return Price(Bill(hold=0), {}) if model is None else None
    others = _other_ratios(gateway, requested, resolution or (model.resolution if model else None), with_video)
    scaled = chosen * prod(others.values(), start=Fraction(1))
    hold = int(scaled / 2 * QUOTA_PER_USD) if row["hold"] == "half" else int(row["hold"])
    bill = Bill(hold=hold, ratio=None if row["ratio"] is None else str(scaled))
    return Price(bill, {name: float(ratio) for name, ratio in others.items()})


def _price_row(gateway: str, requested: str) -> Mapping[str, Any]:
    rows = (row for row in _table()["prices"] if row["gateway"] == gateway and fnmatchcase(requested, row["model"]))
    return next(rows)


def _list_ratio(model: Model) -> Fraction | None:
    """Return the ratio of the model's list price: one unit is 2 USD for a million tokens."""
    rate = prices.rate(model, model.resolution, with_video_input=False, audio=True)
    million = dict(rate.prices)["USD"]
    return None if million is None else Fraction(million) / 2


def _other_ratios(gateway: str, requested: str, resolution: str | None, with_video: bool) -> dict[str, Fraction]:
    """Return the one ratio that scales the price by resolution and video input, if the model has one.

    Its name is `video_input` even if only the resolution causes it (recorded).
    """
    for row in _table()["ratios"]:
        fits = row["gateway"] == gateway and row["asked"] == requested and row["video"] == with_video
        if fits and resolution in row["resolutions"]:
            return {"video_input": Fraction(row["ratio"])}
    return {}


@cache
def _table() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = load("gateways")
    return tables
