"""Plans and tasks for tests, and Hypothesis strategies for them."""

from dataclasses import replace

from ark_emulator.core.task.values import (
    Cancelled,
    Fact,
    Failure,
    Forced,
    Item,
    Kind,
    Mode,
    Observed,
    Picture,
    Plan,
    Started,
    Status,
    Step,
    Submission,
    TaskParameters,
    Usage,
)
from hypothesis import strategies as st

from tests.support.constants import MODEL, START

PLAN = Plan(
    accepted_at=float(START),
    expires_after=172_800,
    steps=(Step(Status.QUEUED, 1.0), Step(Status.RUNNING, 4.0), Step(Status.SUCCEEDED)),
    model=MODEL,
    family="seedance-2-0",
    mode=Mode.TEXT,
    seed=12_345,
    picture=Picture(1280, 720, 121, True, False, False, "mp4", "16:9", "720p", False),
    usage=Usage(108_900),
    name=f"02{START}000{'0' * 20}ffffac155fa0000001",
)
SUBMISSION = Submission(
    dialect="ark",
    key="sk-test",
    model=MODEL,
    items=(Item(Kind.TEXT, "a cat"),),
    parameters=TaskParameters(),
    origin="http://127.0.0.1:7333",
)


HALVES = st.integers(0, 12).map(lambda halves: halves / 2)
"""Durations in half seconds, so that moments often coincide."""


@st.composite
def _steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """Draw the steps of any legal plan: queued, perhaps running, perhaps a final status."""

    def stretches(status: Status, least: int) -> list[Step]:
        length = st.one_of(
            HALVES.map(lambda seconds: Step(status, seconds)),
            st.integers(1, 3).map(lambda polls: Step(status, polls=polls)),
            st.just(Step(status)),
        )
        return draw(st.lists(length, min_size=least, max_size=2))

    queued, running = stretches(Status.QUEUED, 1), stretches(Status.RUNNING, 0)
    ends = [Status.SUCCEEDED, Status.FAILED, Status.EXPIRED] if running else [Status.FAILED, Status.CANCELLED]
    end = draw(st.sampled_from([None, *ends]))
    return (*queued, *running, *([Step(end)] if end else []))


@st.composite
def lives(draw: st.DrawFn) -> tuple[Plan, tuple[Fact, ...]]:
    """Draw any legal plan, and any facts in order, some of which come too late to have an effect."""
    plan = replace(
        PLAN,
        steps=draw(_steps()),
        lane=draw(st.sampled_from([None, "lane"])),
        expires_after=draw(st.one_of(st.integers(-1, 15), st.just(172_800))),
        link_life=draw(st.sampled_from([1, 5, 86_400])),
    )
    moment, facts = plan.accepted_at, []
    for wait in draw(st.lists(HALVES, max_size=6)):
        moment += wait
        why = draw(st.sampled_from([None, Failure("Made", "made to fail")]))
        goal = draw(st.sampled_from(list(Status)))
        forced = Forced(moment, goal, why if goal is Status.FAILED else None)
        facts.append(draw(st.sampled_from([Observed(moment), Started(moment), Cancelled(moment), forced])))
    return plan, tuple(facts)
