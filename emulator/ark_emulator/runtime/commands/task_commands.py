"""Commands for tasks: submit, poll, delete and force."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.plan import planning
from ark_emulator.core.plan.outcome import Outcome
from ark_emulator.core.request import rules
from ark_emulator.core.request.intent import Intent, understand
from ark_emulator.core.request.media_facts import Evidence
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.gateway_policy import DIRECT, GatewayPolicy
from ark_emulator.core.task.values import (
    Cancelled,
    Erased,
    Failure,
    Forced,
    Kind,
    Observed,
    Status,
    Submission,
    Task,
    Transition,
)
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.base import TaskPrinter
from ark_emulator.runtime import poll_clock, queries, trusted_input
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.media.pictures import without_long_media
from ark_emulator.runtime.world.events import TaskAccepted, TaskDeleted, TaskErased, transition_event
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.shelf import TaskExists
from ark_emulator.stores.store import LockLost, StoreUnavailable

ACCOUNT: Final = "3000000000"
"""The account number that error texts name; the recorded one has ten digits, too."""
_NUMBER_STEP: Final = 1_000_003


async def submit(engine: Engine, world: World, submission: Submission) -> Task:
    """Validate a submission, draw its plan and store the task. Raises Refusal as Ark does."""
    key, bill, began = submission.key, submission.terms.bill, world.now
    with world.ledger.holding(key, world.behaviour.policy(key), bill, began):
        covered = True
        try:
            validated = await _validate(engine, world, submission)
            async with world.transaction() as transaction:
                if transaction.refreshed:
                    covered = False
                    world.ledger.recheck_balance(key, world.behaviour.policy(key), bill, world.now)
                    covered = True
                return await _create_task(engine, world, submission, *validated)
        except Refusal as refusal:
            if bill.hold is not None and covered:
                async with world.transaction():
                    world.ledger.record_refused_submit(key, bill, began, refusal)
            raise


async def poll(engine: Engine, world: World, name: str, printer: TaskPrinter, now: float) -> bytes:
    """Return the body that answers a poll at `now`, and record the poll.

    Raises Refusal when the wire of the printer does not know the task. A poll that cannot be recorded is answered, too.
    """
    task, body = await queries.poll_body(engine, world, name, printer, now)
    if task is not None:
        await _record_poll(engine, world, task, DIRECT if printer.direct else task.submission.terms, now)
    return body


async def record_poll(engine: Engine, world: World, name: str, printer: TaskPrinter) -> None:
    """Record a poll whose answer did not show the task as it is now."""
    task = await world.committed_task(name)
    if task is not None and printer.knows(task, name):
        await _record_poll(engine, world, task, DIRECT if printer.direct else task.submission.terms, world.now)


async def delete(engine: Engine, world: World, name: str) -> None:
    """Cancel a queued task, or delete the record of a task that has ended. Raises Refusal in all other cases."""
    async with world.transaction():
        now = world.now  # before the task is read: what is queued later was queued then
        task, mark = await queries.find(engine, world, name, now)
        if name != task.id or task.submission.upstream is not Upstream.ARK or lifecycle.is_erased(task, now):
            raise Refusal("task.not_found", id=name)
        match mark.status:
            case Status.QUEUED:
                await _add_fact(world, task.id, Cancelled(now))
            case Status.RUNNING:
                raise Refusal("task.running_deletion", id=name)
            case Status.CANCELLED:
                raise Refusal("task.cancelled_deletion", id=name)
            case Status.SUCCEEDED | Status.FAILED | Status.EXPIRED:
                if task.submission.terms.keeps is not None:
                    await _add_fact(world, task.id, Erased(now))
                    world.publish(TaskDeleted(at=now, task=task.id))
                    return
                await world.shelf.remove(task.id)
                world.publish(TaskErased(at=world.now, task=task.id))


async def force(engine: Engine, world: World, name: str, status: Status, failure: Failure | None = None) -> bool:
    """Move a task to `status` now, by the shortest legal path. Return False when there is none.

    The scheduler publishes the changes of the status. Raises Refusal when there is no such task.
    """
    async with world.transaction():
        now = world.now
        task, mark = await queries.find(engine, world, name, now)
        if not lifecycle.shortest_path(mark.status, status):
            return False
        await _add_fact(world, task.id, Forced(now, status, failure))
        return True


async def _create_task(
    engine: Engine, world: World, submission: Submission, intent: Intent, objections: tuple[Refusal, ...]
) -> Task:
    outcome = await _draw_outcome(engine, world, submission, intent)
    if world.start_is_due(world.now):
        await engine.worlds.scheduler(world).catch_up()
    now, key = world.now, submission.key
    lane = world.admission.admit(key, intent.model, intent.resolution, intent.tier, now)
    number = world.next_number(key)
    alias = engine.dialects[submission.dialect].alias(world.dice, key, number)
    kept, left_out = without_long_media(intent)
    notes = (
        *(objection.render().message for objection in objections),
        *engine.steering.notes(submission.prompt, outcome),
        *left_out,
    )
    intent = intent if kept is submission else replace(intent, submission=kept)
    context = planning.CreationContext(world.dice, world.pod, key, number, now, lane, alias, notes)
    task, transitions = await _store_new_task(world, intent, outcome, context)
    world.admission.enter(task)
    world.ledger.record_accepted(task)
    world.publish(TaskAccepted(at=now, task=task.id))
    if transitions:
        world.admission.update(task, now)
    for transition in transitions:
        world.publish(transition_event(task.id, transition))
    world.schedule(outbox.next_due(task))
    return task


async def _draw_outcome(engine: Engine, world: World, submission: Submission, intent: Intent) -> Outcome:
    """Return the outcome that the scenario has for a task. Raises Refusal when the outcome is one."""
    behaviour = world.behaviour
    shortlist = await behaviour.outcome_shortlist(intent)
    outcome = behaviour.outcome(intent, world.dice, engine.steering, shortlist)
    if outcome.refusal is not None:
        if not await trusted_input.passes(world, submission, outcome):
            raise planning.refusal_for(intent, outcome.refusal)
        outcome = world.behaviour.scenario.ordinary
    if submission.terms.keeps is not None and world.behaviour.drifts(intent, world.dice):
        outcome = replace(outcome, result=replace(outcome.result, unreadable=True))
    return outcome


async def _store_new_task(
    world: World, intent: Intent, outcome: Outcome, context: planning.CreationContext
) -> tuple[Task, tuple[Transition, ...]]:
    """Draw the plan of a task and store it. If two keys get the same id in the same second, draw another id."""
    while True:
        task, transitions = outbox.publish_first(planning.accept(intent, outcome, context))
        try:
            await world.shelf.add(task)
            return task, transitions
        except TaskExists:
            context = replace(context, number=context.number + _NUMBER_STEP)


async def _validate(engine: Engine, world: World, submission: Submission) -> tuple[Intent, tuple[Refusal, ...]]:
    """Return the intent of a submission, and the errors that a lenient server ignores. Raises Refusal.

    The rules that do not need the references come first (recorded): nothing is downloaded for an invalid request.
    """
    settings, now = engine.settings, world.now
    name = settings.endpoints.get(submission.model, submission.model)
    model = rules.model_of(submission, name)
    if settings.strict_lifecycle and model.listing(name).stage(now) == "retired":
        raise Refusal("model.not_open", account=ACCOUNT, model=submission.model)
    evidence = await _draft_evidence(world, submission, now)
    intent = understand(submission, model, name, evidence, settings.numbers)
    objections = rules.apply_rules(intent, settings.validation)
    media = await engine.references.inspect_media(submission)
    if not media:
        return intent, objections
    intent = understand(submission, model, name, replace(evidence, media=media), settings.numbers)
    return intent, rules.apply_rules(intent, settings.validation)


async def _draft_evidence(world: World, submission: Submission, now: float) -> Evidence:
    """Return what is known of the draft task that a submission refers to."""
    draft = next((item.value for item in submission.items if item.kind is Kind.DRAFT), None)
    task = None if draft is None else await world.shelf.get(draft)
    if task is None or task.submission.upstream is not Upstream.ARK or lifecycle.is_erased(task, now):
        return Evidence(now=now)
    status = lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now).status
    return Evidence(draft=task, draft_succeeded=status is Status.SUCCEEDED, now=now)


async def _record_poll(engine: Engine, world: World, task: Task, terms: GatewayPolicy, now: float) -> None:
    """Count a poll, or move a clock that moves by polls. If the store cannot be written, the poll is not counted."""
    with suppress(StoreUnavailable, LockLost):
        if lifecycle.counts_polls(task, now):
            await _add_fact(world, task.id, Observed(now))
        elif world.clock.mode is ClockMode.POLLS:
            await poll_clock.move_on(world, engine.worlds.scheduler(world), task, terms)


async def _add_fact(world: World, task_id: str, fact: Cancelled | Erased | Forced | Observed) -> None:
    async with world.transaction():
        changed = await world.shelf.update(task_id, lambda task: replace(task, facts=(*task.facts, fact)))
        if changed is not None:
            world.admission.update(changed[1], world.now)
    world.reschedule()
