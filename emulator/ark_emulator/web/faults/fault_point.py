"""The fault point of an exchange: selects the rule that matches, and applies its effect."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import mode_of
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.scenario.matching import Subject, subject_of
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects.base import DialectRequest, read_document
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.store_errors import LockLost, StoreUnavailable
from ark_emulator.web.emulated import storage_handlers
from ark_emulator.web.faults.fault_effects import EFFECT_HANDLERS, FaultContext, RunHandler
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

_READS: Final = frozenset({Operation.FETCH, Operation.LIST})
"""Operations that are answered without a fault if the count of the rule cannot be stored."""


async def apply_faults(exchange: Exchange, on: Operation, run_handler: RunHandler) -> HandlerResult:
    """Return the result of the fault that matches an exchange, or of `run_handler` if none does.

    Raises Refusal if the body of the request is too large or broken.
    """
    subject = await _SUBJECTS[on](exchange, queries.faults_read_submission(exchange.world, on))
    try:
        rule = await world_commands.draw_fault(exchange.world, subject)
    except (StoreUnavailable, LockLost):
        if on not in _READS:
            raise
        rule = None  # the count of this exchange is lost, so its fault is dropped, too
    if rule is None:
        return await run_handler()
    exchange.fault = rule.name
    if on is Operation.CREATE and exchange.submission is None:
        exchange.submission = _submission(exchange, await exchange.call())
    return await EFFECT_HANDLERS[type(rule.effect)](FaultContext(exchange, on, rule.name, rule.effect, run_handler))


async def _create(exchange: Exchange, reads: bool) -> Subject:
    """Describe a create. Its body is parsed only if a rule depends on it."""
    request = await exchange.call()
    subject = _from_head(exchange, Operation.CREATE)
    if not reads:
        return subject
    exchange.submission = submission = _submission(exchange, request)
    if submission is None:
        return replace(subject, **_model_and_prompt(request))
    name = exchange.engine.settings.endpoints.get(submission.model, submission.model)
    model = find(name)
    mode = None if model is None else mode_of(submission.items, model)
    return _with_submission(subject, subject_of(submission, mode, Operation.CREATE))


async def _list(exchange: Exchange, reads: bool) -> Subject:
    return _from_head(exchange, Operation.LIST)


def _of_a_task(on: Operation) -> Callable[[Exchange, bool], Awaitable[Subject]]:
    """Return the function that describes a request about one task. The task is read only if a rule depends on it."""

    async def describe(exchange: Exchange, reads: bool) -> Subject:
        subject = _from_head(exchange, on)
        if not reads:
            return subject
        try:
            task, _ = await queries.find(exchange.engine, exchange.world, exchange.name, exchange.now)
        except Refusal:
            return subject
        return _with_submission(subject, subject_of(task.submission, task.plan.mode, on))

    return describe


async def _download(exchange: Exchange, reads: bool) -> Subject:
    """Describe a download by the key and dialect of the task's creator: a signed link carries no key."""
    subject = _from_head(exchange, Operation.DOWNLOAD)
    found = await storage_handlers.result(exchange)
    if found is None:
        return subject
    return replace(subject_of(found[0].submission, found[0].plan.mode, Operation.DOWNLOAD), headers=subject.headers)


def _from_head(exchange: Exchange, on: Operation) -> Subject:
    """Describe an exchange without its body or its task."""
    headers = {name.lower(): value for name, value in exchange.request.headers.items()}
    return Subject(exchange.key, on, exchange.dialect.name, headers=headers)


def _with_submission(subject: Subject, of_submission: Subject) -> Subject:
    """Return the description of an exchange with the model, prompt, mode and roles of its submission."""
    return replace(
        subject,
        model=of_submission.model,
        prompt=of_submission.prompt,
        mode=of_submission.mode,
        roles=of_submission.roles,
    )


def _submission(exchange: Exchange, request: DialectRequest) -> Submission | None:
    """Return the submission in a body, None if the body is not a create."""
    try:
        return exchange.dialect.submission(request)
    except Refusal:
        return None


def _model_and_prompt(request: DialectRequest) -> Mapping[str, Any]:
    """Return the model and the prompt of a body that is not a valid create, as far as it has them."""
    try:
        document = read_document(request)
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
