"""Input that the check for real persons lets pass: assets, and what the account itself has made.

Documented: `asset://` ids and the outputs of the account's own tasks of the last 30 days are trusted. A task's record
is erased after seven days here as there, and its outputs are trusted for as long as the record is kept.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ark_emulator.core.plan.outcome import Outcome
from ark_emulator.core.request.rules.link_rules import ASSET
from ark_emulator.core.task import ids
from ark_emulator.core.task.lifecycle import state_at, timeline
from ark_emulator.core.task.values import Kind, Status, Submission
from ark_emulator.runtime.media.results import object_in
from ark_emulator.runtime.world.world import World

CHECKS: Final[Mapping[str, Kind]] = MappingProxyType(
    {"moderation.input_image.person": Kind.IMAGE, "moderation.input_video.person": Kind.VIDEO}
)
"""The refusals that trusted input is spared, and what each is about."""


async def passes(world: World, submission: Submission, outcome: Outcome) -> bool:
    """Return whether everything that the outcome's refusal could be about is trusted.

    A refusal that the prompt asks for (`emu:real-person`) stays.
    """
    kind = CHECKS.get(outcome.refusal or "")
    if kind is None or (outcome.rule or "").startswith("emu:"):
        return False
    links = [item.value for item in submission.items if item.kind is kind]
    return bool(links) and all([await _trusted(world, link) for link in links])


async def _trusted(world: World, link: str) -> bool:
    if link.startswith(ASSET):
        return True
    name = object_in(link)
    if name is None or ids.pod_of(name) != world.pod:
        return False
    for task_id in (*ids.task_ids_of(name), ids.decimal_id_of(name)):
        task = await world.shelf.get(task_id)
        if task is not None and task.plan.name == name:
            return state_at(timeline(task.plan, task.facts), world.now).status is Status.SUCCEEDED
    return False
