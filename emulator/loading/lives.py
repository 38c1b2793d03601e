"""From the steps of a file to a life: their order by the table of moves, their lengths, their end."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Final

from emulator.core.outcome import SUCCESS, Outcome, Stage
from emulator.core.result import ORDINARY, LinkShown, Result, UsageShown
from emulator.core.scenario import Timings
from emulator.core.values import DAY, MOVES, NOTHING, Failure, Status
from emulator.loading.complaints import Complaints, Path, listed
from emulator.loading.documents import FailureDocument, OutcomeDocument, StepDocument, SucceededDocument
from emulator.loading.fields import Lasting
from emulator.loading.known_codes import check_code

_DEFAULT_FAILURE: Final = "server.internal"


class LifeBuilder:
    """Builds outcomes. `folder` is where the files that a scenario names lie; None when it may name none."""

    def __init__(self, complaints: Complaints, timings: Timings, folder: FilePath | None) -> None:
        self._complaints = complaints
        self._timings = timings
        self._folder = folder

    def outcome(self, document: OutcomeDocument, path: Path, name: str) -> Outcome | None:
        """The outcome of a rule; None when it has none, which is complained about."""
        if document.refuse is not None:
            if document.then is not None:
                self._complaints.about_key(
                    (*path, "refuse"), "SC201", "a rule has either 'then' or 'refuse'", "a refused request has no life"
                )
            refusal = check_code(document.refuse, "create", (*path, "refuse"), self._complaints)
            return None if refusal is None else Outcome(SUCCESS.stages, rule=name, refusal=refusal)
        if document.then is None:
            self._complaints.missing(path, "SC102", "the key 'then' is missing", "say what becomes of the task")
            return None
        steps = [self._step(step, (*path, "then", place)) for place, step in enumerate(document.then)]
        known = [step for step in steps if step is not None]
        if len(known) < len(steps) or not self._in_order(known, (*path, "then")):
            return None
        return self._life(document.then, known, (*path, "then"), name)

    def _life(
        self, steps: Sequence[str | StepDocument], stages: Sequence[Stage], path: Path, name: str
    ) -> Outcome | None:
        last, place = steps[-1], (*path, len(steps) - 1)
        if isinstance(last, str):
            return Outcome(tuple(stages), _DEFAULT_FAILURE, rule=name)
        failure = self._failure(last.failed, (*place, "failed"))
        succeeded = last.succeeded
        if failure is None:
            return None
        if succeeded is None:
            return Outcome(tuple(stages), failure, rule=name)
        return Outcome(
            stages=tuple(stages),
            failure=failure,
            shown=NOTHING if succeeded.shown is None else MappingProxyType(succeeded.shown),
            link_life=DAY if succeeded.expire is None else max(1, round(succeeded.expire)),
            rule=name,
            result=self._result(succeeded, (*place, "succeeded")),
        )

    def _step(self, step: str | StepDocument, path: Path) -> Stage | None:
        if isinstance(step, str):
            return self._bare(Status(step))
        given = sorted(step.model_fields_set)
        if len(given) != 1:
            message = "a step is one of queued, running, succeeded or failed"
            self._complaints.about(path, "SC201", message, "give each step a line of its own" if given else "")
            return None
        status = Status(given[0])
        lasting = getattr(step, status)
        if isinstance(lasting, Lasting):
            return Stage(status, lasting.span, lasting.polls)
        return Stage(status)

    def _bare(self, status: Status) -> Stage:
        """A step without a length lasts as long as in an ordinary task."""
        lengths = {Status.QUEUED: self._timings.queued, Status.RUNNING: self._timings.running}
        return Stage(status, lengths.get(status))

    def _in_order(self, stages: Sequence[Stage], path: Path) -> bool:
        before = len(self._complaints.found)
        first, last = stages[0], stages[-1]
        if first.status is not Status.QUEUED:
            message = f"a life begins with 'queued', not with '{first.status}'"
            self._complaints.about((*path, 0), "SC301", message, "put queued: 0s before it")
        for place, (earlier, later) in enumerate(pairwise(stages), 1):
            self._check_move(earlier, later, (*path, place))
        if not last.status.final and (last.span is not None or last.polls is not None):
            message = f"the life does not end: nothing follows '{last.status}'"
            hint = "end with succeeded, failed, expired or cancelled, or let the last step last forever"
            self._complaints.about((*path, len(stages) - 1), "SC302", message, hint)
        return len(self._complaints.found) == before

    def _check_move(self, earlier: Stage, later: Stage, path: Path) -> None:
        allowed = [status for status in Status if status in MOVES[earlier.status]]
        if later.status not in allowed:
            message = f"'{later.status}' cannot follow '{earlier.status}'"
            hint = f"after it: {listed(allowed)}" if allowed else f"'{earlier.status}' ends the life"
            self._complaints.about(path, "SC301", message, hint)
        elif earlier.span is None and earlier.polls is None:
            message = f"'{later.status}' is never reached"
            self._complaints.about(path, "SC303", message, f"'{earlier.status}' before it lasts forever")

    def _failure(self, failed: str | FailureDocument | None, path: Path) -> str | Failure | None:
        if failed is None:
            return _DEFAULT_FAILURE
        if isinstance(failed, str):
            return check_code(failed, "task", path, self._complaints)
        return Failure(failed.code, failed.message)

    def _result(self, document: SucceededDocument, path: Path) -> Result:
        result = Result(
            usage=UsageShown.PLAIN if document.usage is None else document.usage,
            video_url=LinkShown(document.video_url or "plain"),
            last_frame_url=LinkShown(document.last_frame_url or "plain"),
            model=document.model,
            clip=None if document.clip is None else self._clip(document.clip, (*path, "clip")),
        )
        return ORDINARY if result == ORDINARY else result

    def _clip(self, name: str, path: Path) -> str | None:
        if self._folder is None:
            self._complaints.about(path, "SC206", "a clip needs a scenario file that it lies beside")
            return None
        file = self._folder / name
        if not file.is_file():
            self._complaints.about(
                path, "SC206", f"there is no file {file}", "the path starts at the scenario's folder"
            )
            return None
        return str(file.resolve())
