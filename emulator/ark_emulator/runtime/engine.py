"""The engine: what can be done with tasks, in any world, whatever dialect asked for it.

Handlers and the control API call it; it knows neither HTTP nor any gateway. Each verb reads the clock once.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.gateway_view import gateway_record
from ark_emulator.core.gateway_view.task_view import TaskView, signed, view
from ark_emulator.core.plan import planning
from ark_emulator.core.plan.outcome import Outcome
from ark_emulator.core.request import rules
from ark_emulator.core.request.intent import Intent, understand
from ark_emulator.core.request.media_facts import Evidence
from ark_emulator.core.scenario.scenario_model import KeyStatus
from ark_emulator.core.storage.signing import derive_credentials
from ark_emulator.core.task import ids, lifecycle
from ark_emulator.core.task.gateway_policy import DIRECT, GatewayPolicy
from ark_emulator.core.task.values import (
    Cancelled,
    Delivery,
    Erased,
    Failure,
    Forced,
    Kind,
    Mark,
    Observed,
    Status,
    Submission,
    Task,
    Transition,
)
from ark_emulator.core.time.clock import END, ClockMode
from ark_emulator.dialects.base import Dialect, ListRequest, TaskPrinter
from ark_emulator.runtime import poll_clock, trusted_input
from ark_emulator.runtime.callbacks.callback_sender import CallbackSender
from ark_emulator.runtime.list_filter import task_filter
from ark_emulator.runtime.media.pictures import lean
from ark_emulator.runtime.media.references import MediaInspector
from ark_emulator.runtime.media.results import Results
from ark_emulator.runtime.poll_cache import CachedPoll, PollCache
from ark_emulator.runtime.registry import Registry
from ark_emulator.runtime.settings.scenario_loader import ScenarioLoader
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.task_walk import walk
from ark_emulator.runtime.world.steering import SteeringWords
from ark_emulator.runtime.world.world import Event, World
from ark_emulator.stores.shelf import TaskExists, TaskPage
from ark_emulator.stores.store import LockLost, Store, StoreUnavailable

ACCOUNT: Final = "3000000000"
"""The account number that error texts name; the recorded one has ten digits, too."""
_SECRET: Final = "ark-emulator"
_REFUSED: Final = {KeyStatus.OVERDUE: "account.overdue", KeyStatus.MISPLACED: "auth.wrong_path"}
"""What a key is refused with by its status; otherwise it is unknown."""


class Engine:
    """Worlds and everything that can be done with their tasks. `load` is for those who bring scenarios."""

    def __init__(
        self, settings: Settings, dialects: Mapping[str, Dialect], load: ScenarioLoader, store: Store | None = None
    ) -> None:
        self.settings = settings
        self.load = load
        self.dialects = dialects
        self.storage_keys = {
            site.region: derive_credentials(_SECRET, site.region)
            for model in catalogue.catalogue()
            for site in (listing.site for listing in model.listings)
        }
        self._sender = CallbackSender(self.callback_body, settings.callback_rewrite, settings.callback_secret)
        self._steering = SteeringWords(load)
        self._references = MediaInspector(settings.media_check)
        self.results = Results(settings.clip_bytes)
        links = {region: signed(keys) for region, keys in self.storage_keys.items()}
        in_data = settings.media_urls == "data"
        self._links = {region: self.results.links(made) if in_data else made for region, made in links.items()}
        self.started_at = time.monotonic()
        self.worlds = Registry(settings, self._sender.send, store)
        self.closing = False
        self.streams: set[asyncio.Event] = set()
        self._poll_cache = PollCache()

    def authenticate(self, world: World, key: str) -> None:
        """Admit a key. Raises Refusal when it is missing, or may not call, as the service would say it.

        A world other than the default one always admits the key that it is named by. The default world's name is a
        name only: as a key it has no more rights than any other.
        """
        if not key:
            raise Refusal("auth.missing")
        policy = world.behaviour.policy(key)
        own = key == world.name and world is not self.worlds.default
        known = own or key in self.settings.keys
        if (self.settings.keys and not known) or (policy is None and not known):
            raise Refusal("auth.unknown")
        if policy is not None and policy.status is not KeyStatus.OK:
            raise Refusal(_REFUSED.get(policy.status, "auth.unknown"))

    def authorize_model(self, world: World, key: str, model: str) -> None:
        """Let a key use a model. Raises Refusal when it may not."""
        policy = world.behaviour.policy(key)
        if policy is not None and not policy.allows(model):
            raise Refusal("access.denied")

    async def submit(self, world: World, submission: Submission) -> Task:
        """Accept a submission: check it, draw its plan, shelve it. Raises Refusal as Ark would refuse it."""
        key, bill, began = submission.key, submission.terms.bill, world.now
        with world.ledger.holding(key, world.behaviour.policy(key), bill, began):
            covered = True
            try:
                judged = await self._validate(world, submission)
                async with world.transaction() as transaction:
                    if transaction.refreshed:
                        covered = False
                        world.ledger.recheck_balance(key, world.behaviour.policy(key), bill, world.now)
                        covered = True
                    return await self._create_task(world, submission, *judged)
            except Refusal as refusal:
                if bill.hold is not None and covered:
                    async with world.transaction():
                        world.ledger.record_refused_submit(key, bill, began, refusal)
                raise

    async def _create_task(
        self, world: World, submission: Submission, intent: Intent, objections: tuple[Refusal, ...]
    ) -> Task:
        behaviour = world.behaviour
        shortlist = await behaviour.outcome_shortlist(intent)
        outcome = behaviour.outcome(intent, world.dice, self._steering, shortlist)
        if outcome.refusal is not None:
            if not await trusted_input.passes(world, submission, outcome):
                raise planning.refusal_for(intent, outcome.refusal)
            outcome = world.behaviour.scenario.ordinary
        if submission.terms.keeps is not None and world.behaviour.drifts(intent, world.dice):
            outcome = replace(outcome, result=replace(outcome.result, unreadable=True))
        await self._catch_up(world)
        now, key = world.now, submission.key
        lane = world.admission.admit(key, intent.model, intent.resolution, intent.tier, now)
        number = world.next_number(key)
        alias = self.dialects[submission.dialect].alias(world.dice, key, number)
        kept, left_out = lean(intent)
        notes = (
            *(objection.render().message for objection in objections),
            *self._steering.notes(submission.prompt, outcome),
            *left_out,
        )
        intent = intent if kept is submission else replace(intent, submission=kept)
        task, turns = await self._store_new_task(
            world,
            intent,
            outcome,
            planning.CreationContext(world.dice, world.pod, key, number, now, lane, alias, notes),
        )
        world.admission.enter(task)
        world.ledger.record_accepted(task)
        world.publish({"at": now, "kind": "accepted", "task": task.id})
        if turns:
            world.admission.update(task, now)
        for turn in turns:
            world.publish({"at": turn.at, "kind": turn.kind, "task": task.id, "status": turn.status})
        world.schedule(outbox.next_due(task))
        return task

    async def poll(self, world: World, name: str, printer: TaskPrinter) -> bytes:
        """The body that answers a poll of a task. Raises Refusal when there is none of that name on this wire."""
        await self._catch_up_to_read(world)
        task = await world.committed_task(name)
        now = world.now
        if world.remembers_polls and (found := self._poll_cache.find((world.name, printer.name, name), task, now)):
            return found
        task = self._require_visible(task, name, now, printer)
        line = lifecycle.timeline(task.plan, task.facts)
        terms = DIRECT if printer.direct else task.submission.terms
        seen = (
            self.view(task, lifecycle.state_at(line, now)) if printer.direct else self.gateway_view_of(task, line, now)
        )
        body = printer.encode(printer.task_document(seen))
        if not world.past:
            await self._record_look(world, task, terms, now)
        if world.remembers_polls and not lifecycle.counts_polls(task, now):
            unseen = gateway_record.NOTHING_HIDDEN if printer.direct else gateway_record.hidden(task, line)
            following = gateway_record.next_change(terms, line, now, unseen)
            gone = lifecycle.erased_at(task, line) if printer.direct else lifecycle.forgotten_at(task, line)
            until = gone if following is None else min(following, gone)
            self._poll_cache.keep((world.name, printer.name, name), CachedPoll(task, now, until, body))
        return body

    async def polled(self, world: World, name: str, printer: TaskPrinter) -> None:
        """Count a poll that was answered with something else than the task as it is now."""
        task = await world.committed_task(name)
        if task is not None and printer.knows(task, name):
            await self._record_look(world, task, DIRECT if printer.direct else task.submission.terms, world.now)

    def cached_poll(self, world: World, key: str, name: str, printer: TaskPrinter) -> bytes | None:
        """What `poll` answers to a key that is let in, where nothing has to be waited for or done; else None."""
        if world.admission.on or not world.unit_of_work.is_committed() or not world.remembers_polls:
            return None
        try:
            self.authenticate(world, key)
        except Refusal:
            return None
        return self._poll_cache.find((world.name, printer.name, name), world.shelf.at_hand(name), world.now)

    async def gateway_view(self, world: World, name: str, printer: TaskPrinter) -> TaskView:
        """A task as the gateway it came through has it now. Raises Refusal when the wire does not know it."""
        await self._catch_up_to_read(world)
        now = world.now
        task = self._require_visible(await world.committed_task(name), name, now, printer)
        return self.gateway_view_of(task, lifecycle.timeline(task.plan, task.facts), now)

    async def find(self, world: World, name: str) -> tuple[Task, Mark]:
        """A task and where it stands. Raises Refusal when there is none of that name."""
        await self._catch_up_to_read(world)
        now = world.now
        task = self._require_visible(await world.committed_task(name), name, now)
        return task, lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now)

    async def listing(self, world: World, wanted: ListRequest) -> tuple[list[TaskView], int]:
        """The views a list request asks for, newest first, and how many match in all."""
        await self._catch_up_to_read(world)
        await world.wait_committed()
        now = world.now
        page = await walk(world, task_filter(wanted, now), wanted.offset, wanted.limit)
        views = [
            self.view(task, lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now)) for task in page.items
        ]
        return views, page.total

    async def stored_tasks(self, world: World, status: str | None, offset: int, limit: int) -> TaskPage:
        """The tasks of a world as they are kept, newest first, whatever dialect or tier they are of."""
        await self._catch_up_to_read(world)
        await world.wait_committed()
        now = world.now

        def keep(task: Task) -> bool:
            line = lifecycle.timeline(task.plan, task.facts)
            alive = lifecycle.forgotten_at(task, line) > now
            return alive and (status is None or lifecycle.state_at(line, now).status == status)

        return await walk(world, keep, offset, limit)

    async def delete(self, world: World, name: str) -> None:
        """Take a task back while it is queued, erase it once it has ended. Raises Refusal otherwise."""
        async with world.transaction():
            await self._delete(world, name)

    async def _delete(self, world: World, name: str) -> None:
        now = world.now  # before the look: what is queued later was queued then
        task, mark = await self.find(world, name)
        if name != task.id or task.submission.upstream is not Upstream.ARK or lifecycle.is_erased(task, now):
            raise Refusal("task.not_found", id=name)
        match mark.status:
            case Status.QUEUED:
                await self._add_fact(world, task.id, Cancelled(now))
            case Status.RUNNING:
                raise Refusal("task.running_deletion", id=name)
            case Status.CANCELLED:
                raise Refusal("task.cancelled_deletion", id=name)
            case Status.SUCCEEDED | Status.FAILED | Status.EXPIRED:
                if task.submission.terms.keeps is not None:
                    await self._add_fact(world, task.id, Erased(now))
                    world.publish({"at": now, "kind": "deleted", "task": task.id})
                    return
                await world.shelf.remove(task.id)
                world.publish({"at": world.now, "kind": "erased", "task": task.id})

    async def force(self, world: World, name: str, status: Status, failure: Failure | None = None) -> bool:
        """Move a task to `status` now, by the shortest legal way; False when there is none."""
        async with world.transaction():
            task, mark = await self.find(world, name)
            if not lifecycle.shortest_path(mark.status, status):
                return False
            await self._add_fact(world, task.id, Forced(world.now, status, failure))
            return True

    async def settled(self, world: World) -> None:
        """Let everything due happen, as far as that can be written, and wait until the world is what is stored."""
        with suppress(StoreUnavailable, LockLost):
            await self.worlds.scheduler(world).catch_up()
        await world.wait_committed()

    async def advance(self, world: World, goal: float) -> list[Event]:
        """Set a world's clock forward and let everything due on the way happen."""
        return await self.worlds.scheduler(world).advance(goal)

    async def advance_until(self, world: World, *, idle: bool) -> list[Event]:
        """Set the clock to the next moment at which something happens, or on until no task is on its way."""
        happened = await self.advance(world, world.now)
        page = await walk(world, outbox.is_unfinished)
        busy = {task.id for task in page.items}
        while (upcoming := await world.next_due()) is not None:
            if upcoming > END:
                break
            if idle and not busy and not self.worlds.scheduler(world).busy:
                break
            news = await self.advance(world, max(upcoming, world.now))
            happened += news
            if not idle:
                break
            for name in {event["task"] for event in news if "task" in event}:
                task = await world.shelf.get(name)
                (busy.discard if task is None or not outbox.is_unfinished(task) else busy.add)(name)
        return happened

    async def result(self, name: str) -> tuple[Task, Mark] | None:
        """The task whose result has this object name, in whatever world, if it has succeeded by now."""
        world = self.worlds.of_pod(ids.pod_of(name)) if ids.is_object_name(name) else None
        if world is None:
            return None
        for task_id in (*ids.task_ids_of(name), ids.decimal_id_of(name)):
            task = await world.shelf.get(task_id)
            if task is not None and task.plan.name == name and not lifecycle.is_erased(task, world.now):
                line = lifecycle.timeline(task.plan, task.facts)
                mark = lifecycle.state_at(line, world.now)
                return (task, mark) if mark.status is Status.SUCCEEDED else None
        return None

    async def reset(self, world: World) -> None:
        """Empty a world and start its clock again."""
        await self.worlds.scheduler(world).drop_attempts()
        async with world.transaction():
            await world.reset()
        self._poll_cache.clear()

    def wake_waiters(self) -> None:
        """Let end whatever waits, for time or for news: a server that stops must not wait for it."""
        self.closing = True
        for news in self.streams:
            news.set()
        self.worlds.close_worlds()

    async def close(self) -> None:
        """Stop every pulse and close the connections."""
        await self.worlds.close()
        await self._references.close()
        await self._sender.close()

    def view(self, task: Task, mark: Mark, row: gateway_record.GatewayRecord | None = None) -> TaskView:
        """What may be shown of the task at that mark."""
        model, name = catalogue.of_family(task.plan.family), task.plan.model
        return view(task, mark, self._links[model.listing(name).site.region], model.folder(name, task.id), row)

    def gateway_view_of(self, task: Task, line: lifecycle.Timeline, now: float) -> TaskView:
        """The task as the gateway it came through has it at that moment."""
        row = gateway_record.record_at(task.submission.terms, line, now, gateway_record.hidden(task, line))
        return self.view(task, row.mark, row)

    def _require_visible(self, task: Task | None, name: str, now: float, printer: TaskPrinter | None = None) -> Task:
        """The task if it is still there, and known by that name on the printer's wire. Raises Refusal."""
        if task is None or (printer is not None and not printer.knows(task, name)):
            raise Refusal("task.not_found", id=name)
        ends = lifecycle.erased_at if printer is not None and printer.direct else lifecycle.forgotten_at
        if ends(task, lifecycle.timeline(task.plan, task.facts)) <= now:
            raise Refusal("task.not_found", id=name)
        return task

    async def _record_look(self, world: World, task: Task, terms: GatewayPolicy, now: float) -> None:
        """Count a poll. One that cannot be written down is answered all the same, and not counted."""
        with suppress(StoreUnavailable, LockLost):
            if lifecycle.counts_polls(task, now):
                await self._add_fact(world, task.id, Observed(now))
            elif world.clock.mode is ClockMode.POLLS:
                await poll_clock.move_on(world, self.worlds.scheduler(world), task, terms)

    async def _store_new_task(
        self, world: World, intent: Intent, outcome: Outcome, birth: planning.CreationContext
    ) -> tuple[Task, tuple[Transition, ...]]:
        """Draw the task and shelve it; where two keys come to the same id in the same second, one moves on."""
        while True:
            task, turns = outbox.publish_first(planning.accept(intent, outcome, birth))
            try:
                await world.shelf.add(task)
                return task, turns
            except TaskExists:
                birth = replace(birth, number=birth.number + _NUMBER_STEP)

    async def _add_fact(self, world: World, task_id: str, fact: Cancelled | Erased | Forced | Observed) -> None:
        async with world.transaction():
            changed = await world.shelf.update(task_id, lambda task: replace(task, facts=(*task.facts, fact)))
            if changed is not None:
                world.admission.update(changed[1], world.now)
        world.reschedule()

    async def _catch_up(self, world: World) -> None:
        """Where tasks wait for slots, let those start whose moment has come, so that the answer is not behind."""
        if world.admission.on:
            start = world.admission.next_start()
            if start is not None and start[1] <= world.now:
                await self.worlds.scheduler(world).catch_up()

    async def _catch_up_to_read(self, world: World) -> None:
        """Catch up as far as that can be written: a store that takes no writes can still be read."""
        with suppress(StoreUnavailable, LockLost):
            await self._catch_up(world)

    async def _validate(self, world: World, submission: Submission) -> tuple[Intent, tuple[Refusal, ...]]:
        """The submission understood, and what a lenient server let pass. Raises Refusal when it is refused.

        What needs no look at the references is judged first (recorded): nothing is downloaded for a bad request.
        """
        name = self.settings.endpoints.get(submission.model, submission.model)
        model = rules.model_of(submission, name)
        if self.settings.strict_lifecycle and model.listing(name).stage(world.now) == "retired":
            raise Refusal("model.not_open", account=ACCOUNT, model=submission.model)
        evidence = await self._draft_evidence(world, submission)
        intent = understand(submission, model, name, evidence, self.settings.numbers)
        objections = rules.apply_rules(intent, self.settings.validation)
        media = await self._references.inspect_media(submission)
        if not media:
            return intent, objections
        intent = understand(submission, model, name, replace(evidence, media=media), self.settings.numbers)
        return intent, rules.apply_rules(intent, self.settings.validation)

    async def _draft_evidence(self, world: World, submission: Submission) -> Evidence:
        """What is known of the draft that a submission wants to finish."""
        draft = next((item.value for item in submission.items if item.kind is Kind.DRAFT), None)
        task = None if draft is None else await world.shelf.get(draft)
        if task is None or task.submission.upstream is not Upstream.ARK or lifecycle.is_erased(task, world.now):
            return Evidence(now=world.now)
        status = lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), world.now).status
        return Evidence(draft=task, draft_succeeded=status is Status.SUCCEEDED, now=world.now)

    def callback_body(self, world: World, task: Task, delivery: Delivery) -> bytes:
        """What a callback says: Ark's tells of its mark, one of a gateway shows the task as that sees it by then."""
        dialect, terms = self.dialects[task.submission.dialect], task.submission.terms
        if terms.callback_statuses is None:
            return dialect.callback_body(self.view(task, Mark(delivery.status, delivery.marked_at)))
        seen_at = gateway_record.noticed_at(terms, task.plan.accepted_at, delivery.marked_at)
        return dialect.callback_body(self.gateway_view_of(task, lifecycle.timeline(task.plan, task.facts), seen_at))


_NUMBER_STEP: Final = 1_000_003
