"""The core knows no gateway: a dialect that was made up here is served like any other."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.gateway_policy import Bill, GatewayPolicy
from ark_emulator.core.task.values import Item, Kind, Submission, Task, TaskParameters
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.base import Dialect, DialectRequest, DialectResponse
from ark_emulator.runtime.commands import task_commands, world_commands
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start

START = 1_790_000_000
TERMS = GatewayPolicy(
    looks_every=7.0, gives_up_after=100.0, ends=frozenset({"succeeded"}), bill=Bill(hold=10, ratio="0.5")
)


class Telegraph:
    """A wire of plain lines. Its gateway looks every seven seconds and gives up after a hundred."""

    name = "telegraph"
    direct = False
    bare_keys = False

    def submission(self, call: DialectRequest) -> Submission:
        model, _, prompt = call.body.decode().partition(" ")
        return Submission(
            self.name, call.key, model, (Item(Kind.TEXT, prompt),), TaskParameters(), call.origin, terms=TERMS
        )

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        return f"telegram-{number}"

    def knows(self, task: Task, name: str) -> bool:
        return name == task.alias

    def created_response(self, task: Task) -> dict[str, Any]:
        return {"telegram": task.alias}

    def task_document(self, task: TaskView) -> dict[str, Any]:
        assert task.row is not None
        return {"telegram": f"{task.alias} {task.row.status} STOP"}

    def callback_body(self, task: TaskView) -> bytes:
        return self.encode(self.task_document(task))

    def encode(self, document: object) -> bytes:
        assert isinstance(document, dict)
        return str(document["telegram"]).encode()

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        return DialectResponse(418, refusal.key.encode(), content_type="text/plain")

    def headers(self, request_id: str, asked: Mapping[str, str], status: int) -> Mapping[str, str]:
        return {}


TOY: Dialect = Telegraph()


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    """An engine that speaks the toy dialect beside its own, on a clock that stands."""
    running = await start(Settings(port=0, log="off", mode=ClockMode.FROZEN, start=START))
    found = running.engine
    found.dialects = {**DIALECTS, TOY.name: TOY}
    yield found
    await running.stop()


async def sent(engine: Engine, text: bytes) -> Task:
    call = DialectRequest(text, "sk-test", "http://127.0.0.1:1", {})
    return await task_commands.submit(engine, engine.worlds.default, TOY.submission(call))


async def shown(engine: Engine, name: str) -> str:
    return (await task_commands.poll(engine, engine.worlds.default, name, TOY, engine.worlds.default.now)).decode()


async def test_a_dialect_nobody_has_heard_of_is_served_with_its_own_lens_and_bill(engine: Engine) -> None:
    world = engine.worlds.default
    task = await sent(engine, b"seedance-1-5-pro a cat")
    assert TOY.created_response(task) == {"telegram": "telegram-0"}
    assert await shown(engine, "telegram-0") == "telegram-0 unseen STOP"
    await world_commands.advance(engine, world, START + 8)  # it looked 2 s after START, and will again 7 s later
    assert await shown(engine, "telegram-0") == "telegram-0 running STOP"
    await world_commands.advance(engine, world, START + 9)
    assert await shown(engine, "telegram-0") == "telegram-0 succeeded STOP"
    tokens = task.plan.usage.tokens
    assert [entry.quota for entry in world.ledger.entries(world.now)] == [10, tokens // 2 - 10]


async def test_it_gives_up_when_it_said_it_would(engine: Engine) -> None:
    world = engine.worlds.default
    await sent(engine, b"seedance-1-5-pro emu:stuck-running")
    await world_commands.advance(engine, world, START + 99)
    assert await shown(engine, "telegram-0") == "telegram-0 running STOP"
    await world_commands.advance(engine, world, START + 100)
    assert await shown(engine, "telegram-0") == "telegram-0 given-up STOP"
    assert world.ledger.spent(world.now) == 0


async def test_its_tasks_are_tasks_of_ark_and_its_refusals_are_its_own(engine: Engine) -> None:
    task = await sent(engine, b"seedance-1-5-pro a cat")
    body = await task_commands.poll(
        engine, engine.worlds.default, task.id, engine.dialects["ark"], engine.worlds.default.now
    )
    assert b'"status":"queued"' in body
    with pytest.raises(Refusal) as caught:
        await shown(engine, task.id)
    assert TOY.error_response(caught.value, "").body == b"task.not_found"
