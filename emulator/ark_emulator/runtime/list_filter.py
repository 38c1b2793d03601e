"""Which tasks a list request of Ark's asks for."""

from collections.abc import Callable

from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import Task
from ark_emulator.dialects.base import ListRequest


def task_filter(wanted: ListRequest, now: float) -> Callable[[Task], bool]:
    """Tells the tasks that are to be listed from all others."""

    def keep(task: Task) -> bool:
        plan = task.plan
        if plan.tier != wanted.tier or task.submission.upstream is not Upstream.ARK:
            return False
        if wanted.ids and task.id not in wanted.ids:
            return False
        if wanted.model and wanted.model not in (plan.model, task.submission.model, task.submission.named):
            return False
        line = lifecycle.timeline(plan, task.facts)
        if lifecycle.erased_at(task, line) <= now:
            return False
        return not wanted.statuses or lifecycle.state_at(line, now).status in wanted.statuses

    return keep
