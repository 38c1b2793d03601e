"""Build an outcome from the steps of a file: check their order against the legal moves, their durations and their
end.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Final

from ark_emulator.core.plan.outcome import SUCCESS, Outcome, Stage
from ark_emulator.core.scenario.scenario_model import Timings
from ark_emulator.core.task.result_variants import ORDINARY, LinkShown, ResultVariant, UsageShown
from ark_emulator.core.task.values import DAY, MOVES, NOTHING, Failure, Status
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, Path, listed
from ark_emulator.loading.schema.documents import FailureDocument, OutcomeDocument, StepDocument, SucceededDocument
from ark_emulator.loading.schema.fields import Lasting
from ark_emulator.loading.validate.code_names import check_code
from ark_emulator.loading.validate.document_shape import Piece

_DEFAULT_FAILURE: Final = "server.internal"
_BESIDE: Final = ("name", "when")
"""The keys of a rule that do not affect the outcome."""
_PLAIN: Final = SucceededDocument()


class OutcomeBuilder:
    """Builds outcomes. `folder` is the folder of the files that a scenario names; None when it may name none."""

    def __init__(self, complaints: Diagnostics, timings: Timings, folder: FilePath | None) -> None:
        self._complaints = complaints
        self._timings = timings
        self._folder = folder

    def outcome(self, piece: Piece[OutcomeDocument], path: Path, name: str) -> Outcome | None:
        """Return the outcome of a rule; None when it has none or something is wrong with it, which is reported."""
        document = piece.document
        if document.refuse is not None:
            if document.then is not None:
                self._complaints.about_key(
                    (*path, "refuse"),
                    "SC201",
                    "a rule has either 'then' or 'refuse'",
                    "a refused request creates no task",
                )
            refusal = check_code(document.refuse, "create", (*path, "refuse"), self._complaints)
            return None if refusal is None else Outcome(SUCCESS.stages, rule=name, refusal=refusal)
        if document.then is None:
            if not any(inner[0] not in _BESIDE for inner in piece.lost):
                self._complaints.missing(path, "SC102", "the key 'then' is missing", "add the steps of the task")
            return None
        return self._outcome_of_steps(document.then, (*path, "then"), name, piece.lost)

    def _outcome_of_steps(
        self, steps: Sequence[str | StepDocument], path: Path, name: str, lost: frozenset[Path]
    ) -> Outcome | None:
        before = len(self._complaints.found)
        unclear = {inner[1] for inner in lost if inner[0] == "then"}
        stages = [self._step(step, (*path, place), place in unclear) for place, step in enumerate(steps)]
        self._check_order(stages, path, unclear)
        endings = [self._ending(step, (*path, place)) for place, step in enumerate(steps)]
        known = [stage for stage in stages if stage is not None]
        if len(self._complaints.found) > before or len(known) < len(stages):
            return None
        failure, result, succeeded = endings[-1]
        return Outcome(
            stages=tuple(known),
            failure=failure or _DEFAULT_FAILURE,
            shown=NOTHING if succeeded.shown is None else MappingProxyType(succeeded.shown),
            link_life=DAY if succeeded.expire is None else max(1, round(succeeded.expire)),
            rule=name,
            result=result,
        )

    def _ending(
        self, step: str | StepDocument, path: Path
    ) -> tuple[str | Failure | None, ResultVariant, SucceededDocument]:
        """Return a step's failure, result and success; the ordinary ones where it has none."""
        if isinstance(step, str):
            return None, ORDINARY, _PLAIN
        succeeded = step.succeeded or _PLAIN
        return self._failure(step.failed, (*path, "failed")), self._result(succeeded, (*path, "succeeded")), succeeded

    def _step(self, step: str | StepDocument, path: Path, unclear: bool) -> Stage | None:
        """Return the stage of a step, None when it is not known which one it is."""
        if isinstance(step, str):
            return self._bare(Status(step))
        given = sorted(step.model_fields_set)
        if unclear and not given:
            return None
        if len(given) != 1:
            message = "a step is one of queued, running, succeeded or failed"
            self._complaints.about(path, "SC201", message, "give each step its own line" if given else "")
            return None
        status = Status(given[0])
        lasting = getattr(step, status)
        if isinstance(lasting, Lasting):
            return Stage(status, lasting.span, lasting.polls)
        return Stage(status)

    def _bare(self, status: Status) -> Stage:
        """Return the stage of a step without a duration, which lasts as long as in an ordinary task."""
        lengths = {Status.QUEUED: self._timings.queued, Status.RUNNING: self._timings.running}
        return Stage(status, lengths.get(status))

    def _check_order(self, stages: Sequence[Stage | None], path: Path, unclear: Collection[object]) -> None:
        """Report steps that are not legal where they stand. The durations of `unclear` ones are not known."""
        first, last = stages[0], stages[-1]
        if first is not None and first.status is not Status.QUEUED:
            message = f"the first step must be 'queued', not '{first.status}'"
            self._complaints.about((*path, 0), "SC301", message, "add queued: 0s before it")
        for place, (earlier, later) in enumerate(pairwise(stages), 1):
            if earlier is not None and later is not None:
                self._check_move(earlier, later, (*path, place))
        if last is None or last.status.final or len(stages) - 1 in unclear:
            return
        if last.span is not None or last.polls is not None:
            message = f"the task never ends: no step follows '{last.status}'"
            hint = "end with succeeded, failed, expired or cancelled, or make the last step last forever"
            self._complaints.about((*path, len(stages) - 1), "SC302", message, hint)

    def _check_move(self, earlier: Stage, later: Stage, path: Path) -> None:
        allowed = [status for status in Status if status in MOVES[earlier.status]]
        if later.status not in allowed:
            message = f"'{later.status}' cannot follow '{earlier.status}'"
            hint = f"after it: {listed(allowed)}" if allowed else f"'{earlier.status}' is final"
            self._complaints.about(path, "SC301", message, hint)
        elif earlier.span is None and earlier.polls is None:
            message = f"'{later.status}' is never reached"
            self._complaints.about(path, "SC303", message, f"'{earlier.status}' before it lasts forever")

    def _failure(self, failed: str | FailureDocument | None, path: Path) -> str | Failure | None:
        if failed is None:
            return None
        if isinstance(failed, str):
            return check_code(failed, "task", path, self._complaints)
        return Failure(failed.code, failed.message)

    def _result(self, document: SucceededDocument, path: Path) -> ResultVariant:
        result = ResultVariant(
            usage=UsageShown.PLAIN if document.usage is None else document.usage,
            video_url=LinkShown(document.video_url or "plain"),
            last_frame_url=LinkShown(document.last_frame_url or "plain"),
            model=document.model,
            clip=None if document.clip is None else self._clip(document.clip, (*path, "clip")),
        )
        return ORDINARY if result == ORDINARY else result

    def _clip(self, name: str, path: Path) -> str | None:
        if self._folder is None:
            self._complaints.about(
                path, "SC206", "a clip is only possible in a scenario file, next to which it is looked up"
            )
            return None
        file = self._folder / name
        if not file.is_file():
            self._complaints.about(
                path, "SC206", f"there is no file {file}", "the path is relative to the scenario's folder"
            )
            return None
        return str(file.resolve())
