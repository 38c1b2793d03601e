"""The routes that PowerTokens has beside those of new-api: tasks, the balance, and Kling's own wire."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task import lifecycle
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.dialects.powertokens import kling_interface, videos_interface
from ark_emulator.dialects.powertokens.kling_interface import PowerTokensKling
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands
from ark_emulator.web.emulated import gateway_handlers
from ark_emulator.web.http.exchange import Exchange

VIDEOS = videos_interface.NAME
KLING = kling_interface.NAME


async def task(exchange: Exchange) -> DialectResponse:
    """`GET /v1/tasks/{id}`: the task as `GET /v1/videos/{id}` shows it; no such route at any other gateway."""
    if exchange.dialect.name != VIDEOS:
        return await gateway_handlers.unknown(exchange)
    return await gateway_handlers.video(exchange)


async def balance(exchange: Exchange) -> DialectResponse:
    """`GET /v1/balance`: what is left of the key's balance, in USD; no such route at any other gateway.

    No recorded answer is known; the form is inferred.
    """
    if exchange.dialect.name != VIDEOS:
        return await gateway_handlers.unknown(exchange)
    exchange.engine.authenticate(exchange.world, exchange.key)
    world, key = exchange.world, exchange.key
    left, used = queries.balance(world, key, exchange.now)
    document: dict[str, Any] = {"object": "balance", "currency": "USD"}
    document |= {"balance": _amount(left), "used": _amount(used), "unlimited": left is None}
    return DialectResponse(200, exchange.dialect.encode(document))


async def kling(exchange: Exchange) -> None:
    """Let Kling's wire answer."""
    exchange.dialect = exchange.engine.dialects[KLING]


async def kling_create(exchange: Exchange) -> DialectResponse:
    """`POST /kling/v1/videos/{endpoint}`: a task for Kling, by Kling's fields."""
    engine, world, key, gateway = exchange.engine, exchange.world, exchange.key, _gateway(exchange)
    engine.authenticate(world, key)
    call = await exchange.call()
    submit = gateway.opened(call)
    policy = queries.key_policy(world, key)
    if submit.model and policy is not None and not policy.allows(submit.model):
        raise Refusal("gateway.model_denied", model=submit.model)
    wish = gateway.asked(submit, exchange.parts["endpoint"])
    priced = gateway.price(wish)
    queries.require_balance(world, key, priced.bill, exchange.now)
    exchange.submission = submission = gateway.translated(wish, call, priced)
    exchange.task = made = await task_commands.submit(engine, world, submission)
    line = lifecycle.timeline(made.plan, made.facts)
    return gateway.created(replace(engine.views.at_mark(made, line[0]), alias=made.alias))


async def kling_fetch(exchange: Exchange) -> DialectResponse:
    """`GET /kling/v1/videos/{endpoint}/{id}`: the task as Kling shows it."""
    return await gateway_handlers.generation(exchange)


def _gateway(exchange: Exchange) -> PowerTokensKling:
    if not isinstance(exchange.dialect, PowerTokensKling):
        raise TypeError(f"{exchange.dialect.name} does not speak Kling's wire")
    return exchange.dialect


def _amount(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
