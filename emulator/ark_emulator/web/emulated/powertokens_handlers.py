"""Handlers of PowerTokens beside those of new-api: the balance, and Kling's own interface."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task import lifecycle
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.dialects.powertokens_kling import dialect as kling_dialect
from ark_emulator.dialects.powertokens_kling.dialect import PowerTokensKling
from ark_emulator.dialects.powertokens_videos import dialect as videos_dialect
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands
from ark_emulator.web.emulated import gateway_handlers
from ark_emulator.web.http.exchange import Exchange

VIDEOS = videos_dialect.NAME
KLING = kling_dialect.NAME


async def balance(exchange: Exchange) -> DialectResponse:
    """`GET /v1/balance`: return the remaining balance of the key, in USD.

    No response is recorded; the form is inferred.
    """
    world, key = exchange.world, exchange.key
    left, used = queries.balance(world, key, exchange.now)
    document: dict[str, Any] = {"object": "balance", "currency": "USD"}
    document |= {"balance": _amount(left), "used": _amount(used), "unlimited": left is None}
    return DialectResponse(200, exchange.dialect.encode(document))


async def choose_kling(exchange: Exchange) -> None:
    """Select the dialect of Kling's own interface."""
    exchange.dialect = exchange.engine.dialects[KLING]


async def kling_create(exchange: Exchange) -> DialectResponse:
    """`POST /kling/v1/videos/{endpoint}`: create a task of Kling from Kling's fields."""
    engine, world, key, gateway = exchange.engine, exchange.world, exchange.key, _gateway(exchange)
    call = await exchange.call()
    submit = gateway.read_submit(call)
    policy = queries.key_policy(world, key)
    if submit.model and policy is not None and not policy.allows(submit.model):
        raise Refusal("gateway.model_denied", model=submit.model)
    checked = gateway.parse_endpoint_submit(submit, exchange.parts["endpoint"])
    priced = gateway.price(checked)
    queries.require_balance(world, key, priced.bill, exchange.now)
    exchange.submission = submission = gateway.to_submission(checked, call, priced)
    exchange.task = made = await task_commands.submit(engine, world, submission)
    line = lifecycle.timeline(made.plan, made.facts)
    return gateway.submit_created(replace(engine.views.at_mark(made, line[0]), alias=made.alias))


async def kling_fetch(exchange: Exchange) -> DialectResponse:
    """`GET /kling/v1/videos/{endpoint}/{id}`: return the task in Kling's format."""
    return await gateway_handlers.generation(exchange)


def _gateway(exchange: Exchange) -> PowerTokensKling:
    if not isinstance(exchange.dialect, PowerTokensKling):
        raise TypeError(f"{exchange.dialect.name} does not have the interface of Kling")
    return exchange.dialect


def _amount(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
