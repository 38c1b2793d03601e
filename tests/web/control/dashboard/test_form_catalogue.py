"""What forms are made of: the ways in, what each model can, and what can be steered and injected."""

from typing import Any

import pytest
from ark_emulator.core.plan.outcome import STEERING_WORDS
from ark_emulator.core.scenario.effects import KINDS

from tests.support.caller import Caller, Serve


@pytest.fixture
async def told(ark: Caller) -> dict[str, Any]:
    return await ark.control("GET", "catalogue")


def body_of(wire: str, model: str) -> dict[str, Any]:
    """The smallest request of each kind."""
    if wire == "ark":
        return {"model": model, "content": [{"type": "text", "text": "a cat"}]}
    return {"model": model, "prompt": "a cat"}


async def test_every_way_in_takes_the_models_that_it_is_said_to_have(ark: Caller, told: dict[str, Any]) -> None:
    families = {family["family"]: family for family in told["families"]}
    for door in told["doors"]:
        assert door["models"], door["door"]
        for model in door["models"]:
            if "t2v" not in families[model["family"]]["modes"]:
                continue
            answer = await ark.call("POST", door["path"], json=body_of(door["wire"], model["name"]))
            assert answer.status == 200, (door["door"], model["name"], answer.body)


async def test_every_length_that_is_offered_is_taken_and_the_next_one_is_not(ark: Caller, told: dict[str, Any]) -> None:
    families = {family["family"]: family for family in told["families"]}
    (ark_door,) = [door for door in told["doors"] if door["door"] == "ark"]
    for model in ark_door["models"]:
        family = families[model["family"]]
        if "t2v" not in family["modes"] or model["site"] != "volc":
            continue
        for seconds, taken in ((min(family["lengths"]), True), (max(family["lengths"]) + 1, False)):
            answer = await ark.try_create(model=model["name"], duration=seconds)
            assert (answer.status == 200) is taken, (model["name"], seconds, answer.body)


async def test_a_model_is_said_to_be_retired_by_the_clock_of_the_world(serve: Serve) -> None:
    for start, stage in ((1_700_000_000, "active"), (1_800_000_000, "retired")):
        ark = await serve(start=start)
        doors = (await ark.control("GET", "catalogue"))["doors"]
        (found,) = [m for m in doors[0]["models"] if m["name"] == "seedance-1-0-lite-t2v-250428"]
        assert found["stage"] == stage


async def test_steering_words_effects_and_codes_are_those_that_work(ark: Caller, told: dict[str, Any]) -> None:
    assert [row["name"] for row in told["outcomes"]] == [steer.name for steer in STEERING_WORDS]
    assert {row["name"]: set(row["on"]) for row in told["effects"]} == {kind.name: set(kind.on) for kind in KINDS}
    for on, codes in told["codes"].items():
        if on != "task":
            for each in codes:
                await ark.control("POST", "faults", {"on": on, "first": 1, "refuse": each["code"]})
    await ark.control("DELETE", "faults")
    task = await ark.create()
    await ark.control("POST", f"tasks/{task}/force", {"status": "failed", "code": told["codes"]["task"][0]["code"]})
    assert (await ark.poll(task))["error"]["code"] == told["codes"]["task"][0]["code"]
