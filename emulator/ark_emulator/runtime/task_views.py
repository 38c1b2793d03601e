"""What may be shown of a task: to its creator, to a gateway's customers, and to the receiver of a callback."""

from collections.abc import Mapping

from ark_emulator.core.facts import catalogue
from ark_emulator.core.gateway_view import gateway_record
from ark_emulator.core.gateway_view.task_view import Links, TaskView, view
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import Delivery, Mark, Task
from ark_emulator.dialects.base import Dialect


class TaskViews:
    """Computes views of tasks. `links` contains the function that makes the result links of each region."""

    def __init__(self, dialects: Mapping[str, Dialect], links: Mapping[str, Links]) -> None:
        self._dialects = dialects
        self._links = links

    def at_mark(self, task: Task, mark: Mark, row: gateway_record.GatewayRecord | None = None) -> TaskView:
        """Return the task as Ark shows it at a mark; `row` is the record of the gateway, if one shows it."""
        model, name = catalogue.of_family(task.plan.family), task.plan.model
        return view(task, mark, self._links[model.listing(name).site.region], model.folder(name, task.id), row)

    def at_gateway(self, task: Task, line: lifecycle.Timeline, now: float) -> TaskView:
        """Return the task as the gateway through which it was submitted shows it at `now`."""
        row = gateway_record.record_at(task.submission.terms, line, now, gateway_record.hidden(task, line))
        return self.at_mark(task, row.mark, row)

    def callback_body(self, task: Task, delivery: Delivery) -> bytes:
        """Return the body of a callback.

        A callback of Ark shows the status that it reports. A callback of a gateway shows the task as the gateway sees
        it when it notices that status.
        """
        dialect, terms = self._dialects[task.submission.dialect], task.submission.terms
        if terms.callback_statuses is None:
            return dialect.callback_body(self.at_mark(task, Mark(delivery.status, delivery.marked_at)))
        seen_at = gateway_record.noticed_at(terms, task.plan.accepted_at, delivery.marked_at)
        return dialect.callback_body(self.at_gateway(task, lifecycle.timeline(task.plan, task.facts), seen_at))
