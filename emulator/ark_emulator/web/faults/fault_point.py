"""The one place where faults strike: finds the rule that an exchange meets, and lets its effect act."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import mode_of
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.scenario.matching import Subject, subject_of
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects.base import DialectRequest, document_of
from ark_emulator.runtime.store_errors import LockLost, StoreUnavailable
from ark_emulator.web.emulated import storage_handlers
from ark_emulator.web.faults import EFFECT_HANDLERS
from ark_emulator.web.faults.strike import Answered, FaultContext
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

_READS: Final = frozenset({Operation.FETCH, Operation.LIST})
"""Exchanges that are answered, without a fault, when their count cannot be written."""


async def apply_faults(exchange: Exchange, on: Operation, answered: Answered) -> HandlerResult:
    """The answer to an exchange that faults may strike; `answered` gives the one it has when none does.

    Raises what reading the body of the request raises.
    """
    behaviour, dice = exchange.world.behaviour, exchange.world.dice
    subject = await _SUBJECTS[on](exchange, behaviour.reads_submission(on))
    shortlist = await behaviour.fault_shortlist(subject)
    try:
        async with exchange.world.transaction():
            behaviour = exchange.world.behaviour if shortlist is None else behaviour
            rule = behaviour.fault(subject, dice, shortlist)
    except (StoreUnavailable, LockLost):
        if on not in _READS:
            raise
        rule = None  # the count of this exchange is lost, and with it whatever came of it
    if rule is None:
        return await answered()
    exchange.fault = rule.name
    if on is Operation.CREATE and exchange.submission is None:
        exchange.submission = _submission(exchange, await exchange.call())
    return await EFFECT_HANDLERS[type(rule.effect)](FaultContext(exchange, on, rule.name, rule.effect, answered))


async def _create(exchange: Exchange, reads: bool) -> Subject:
    """A create request: its body is parsed only when a rule asks for what is in it."""
    call = await exchange.call()
    plain = _plain(exchange, Operation.CREATE)
    if not reads:
        return plain
    exchange.submission = submission = _submission(exchange, call)
    if submission is None:
        return replace(plain, **_glimpsed(call))
    name = exchange.engine.settings.endpoints.get(submission.model, submission.model)
    model = find(name)
    mode = None if model is None else mode_of(submission.items, model)
    return _about(plain, subject_of(submission, mode, Operation.CREATE))


async def _list(exchange: Exchange, reads: bool) -> Subject:
    return _plain(exchange, Operation.LIST)


def _of_a_task(on: Operation) -> Callable[[Exchange, bool], Awaitable[Subject]]:
    """A request about one task: the task is looked up only when a rule asks what was submitted."""

    async def subject(exchange: Exchange, reads: bool) -> Subject:
        plain = _plain(exchange, on)
        if not reads:
            return plain
        try:
            task, _ = await exchange.engine.find(exchange.world, exchange.name)
        except Refusal:
            return plain
        return _about(plain, subject_of(task.submission, task.plan.mode, on))

    return subject


async def _download(exchange: Exchange, reads: bool) -> Subject:
    """A download: nobody shows a key at the storage, so key and dialect are those of the task's creator."""
    plain = _plain(exchange, Operation.DOWNLOAD)
    found = await storage_handlers.result(exchange)
    if found is None:
        return plain
    return replace(subject_of(found[0].submission, found[0].plan.mode, Operation.DOWNLOAD), headers=plain.headers)


def _plain(exchange: Exchange, on: Operation) -> Subject:
    """What can be told of an exchange without looking into its body or its task."""
    headers = {name.lower(): value for name, value in exchange.request.headers.items()}
    return Subject(exchange.key, on, exchange.dialect.name, headers=headers)


def _about(plain: Subject, told: Subject) -> Subject:
    """The exchange as it came, with what is known of its submission."""
    return replace(plain, model=told.model, prompt=told.prompt, mode=told.mode, roles=told.roles)


def _submission(exchange: Exchange, call: DialectRequest) -> Submission | None:
    """What the body asks for, None when it is not a create request at all."""
    try:
        return exchange.dialect.submission(call)
    except Refusal:
        return None


def _glimpsed(call: DialectRequest) -> Mapping[str, Any]:
    """The model and the prompt in a body that is no create request, as far as they can be made out."""
    try:
        document = document_of(call)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    content = document.get("content")
    items = content if isinstance(content, list) else [{"text": document.get("prompt")}]
    texts = [item["text"] for item in items if isinstance(item, dict) and isinstance(item.get("text"), str)]
    model = document.get("model")
    return {"model": model if isinstance(model, str) else None, "prompt": "\n".join(texts) if texts else None}


_SUBJECTS: Final[Mapping[Operation, Callable[[Exchange, bool], Awaitable[Subject]]]] = {
    Operation.CREATE: _create,
    Operation.FETCH: _of_a_task(Operation.FETCH),
    Operation.LIST: _list,
    Operation.DELETE: _of_a_task(Operation.DELETE),
    Operation.CONTENT: _of_a_task(Operation.CONTENT),
    Operation.DOWNLOAD: _download,
}
