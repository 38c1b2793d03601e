"""Outcomes before they are drawn, and the table of steering prompts."""

from itertools import pairwise

import pytest
from ark_emulator.core.facts.error_table import row
from ark_emulator.core.plan.outcome import (
    STEERING_BY_NAME,
    STEERING_WORDS,
    SUCCESS,
    Stage,
    SteeringWord,
    draw_stages,
    success_stages,
)
from ark_emulator.core.task.result_variants import LinkShown, UsageShown
from ark_emulator.core.task.values import DAY, MOVES, Failure, Status
from ark_emulator.core.time.dice import Dice
from ark_emulator.core.time.durations import Uniform, exactly

NAMED_IN_THE_CONTRACT = {
    *("fail", "moderation", "moderation-input", "expired", "stuck-queued", "stuck-running", "slow"),
    *("no-usage", "dead-url"),
}


def statuses(stages: tuple[Stage, ...]) -> list[Status]:
    return [stage.status for stage in stages]


def test_an_ordinary_task_waits_one_second_and_runs_four() -> None:
    steps = [stage.drawn(Dice(1), "step") for stage in SUCCESS.stages]
    assert [(step.status, step.seconds) for step in steps] == [
        (Status.QUEUED, 1.0),
        (Status.RUNNING, 4.0),
        (Status.SUCCEEDED, None),
    ]


def test_a_stage_within_a_range_is_drawn_once_per_name() -> None:
    stage = Stage(Status.RUNNING, Uniform(8, 12))
    first = stage.drawn(Dice(1), "step", "key", 0).seconds
    assert first is not None and 8 <= first <= 12
    assert first == stage.drawn(Dice(1), "step", "key", 0).seconds
    assert first != stage.drawn(Dice(1), "step", "key", 1).seconds


def test_a_stage_counted_in_polls_or_without_end_stays_so() -> None:
    assert Stage(Status.QUEUED, polls=2).drawn(Dice(1)).polls == 2
    assert Stage(Status.RUNNING).drawn(Dice(1)).seconds is None


def test_a_life_takes_the_lengths_it_is_given() -> None:
    assert [stage.span for stage in success_stages(exactly(0), Uniform(1, 2))] == [exactly(0), Uniform(1, 2), None]


def test_every_steering_prompt_that_the_contract_names_is_there() -> None:
    assert STEERING_BY_NAME.keys() >= NAMED_IN_THE_CONTRACT


def test_steering_names_are_unique_and_say_what_they_do() -> None:
    assert len(STEERING_BY_NAME) == len(STEERING_WORDS)
    assert all(steer.about and steer.outcome.rule == f"emu:{steer.name}" for steer in STEERING_WORDS)


@pytest.mark.parametrize("steer", STEERING_WORDS, ids=lambda steer: steer.name)
def test_a_steered_life_follows_the_table_of_moves(steer: SteeringWord) -> None:
    way = statuses(steer.outcome.stages)
    assert way[0] is Status.QUEUED
    assert all(later in MOVES[earlier] for earlier, later in pairwise(way))
    last = steer.outcome.stages[-1]
    assert last.status.final or (last.span, last.polls) == (None, None)


@pytest.mark.parametrize("steer", STEERING_WORDS, ids=lambda steer: steer.name)
def test_a_steered_refusal_or_failure_is_in_the_error_table(steer: SteeringWord) -> None:
    outcome = steer.outcome
    assert not isinstance(outcome.failure, Failure)
    assert row(outcome.failure).in_task
    if outcome.refusal is not None:
        assert "create" in row(outcome.refusal).where


def test_steering_reaches_what_its_name_says() -> None:
    assert STEERING_BY_NAME["moderation"].failure == "moderation.output_video"
    assert statuses(STEERING_BY_NAME["moderation"].stages)[-1] is Status.FAILED
    assert STEERING_BY_NAME["moderation-input"].refusal == "moderation.input_text"
    assert statuses(STEERING_BY_NAME["stuck-queued"].stages) == [Status.QUEUED]
    assert statuses(STEERING_BY_NAME["stuck-running"].stages) == [Status.QUEUED, Status.RUNNING]
    assert statuses(STEERING_BY_NAME["expired"].stages)[-1] is Status.EXPIRED
    assert STEERING_BY_NAME["no-usage"].result.usage is UsageShown.MISSING
    assert STEERING_BY_NAME["dead-url"].result.video_url is LinkShown.DEAD
    assert STEERING_BY_NAME["short-url"].link_life < DAY


def test_tasks_share_the_steps_of_a_life_that_leaves_nothing_to_the_dice() -> None:
    assert draw_stages(SUCCESS.stages, Dice(1), "sk-1", 1) is draw_stages(SUCCESS.stages, Dice(2), "sk-2", 2)


def test_a_life_with_a_range_is_drawn_for_each_task() -> None:
    stages = success_stages(Uniform(1.0, 9.0), exactly(4.0))
    one, other = (draw_stages(stages, Dice(1), "sk-1", number)[0].seconds for number in (1, 2))
    assert one != other
    assert one == stages[0].drawn(Dice(1), "step", "sk-1", 1, 0).seconds
