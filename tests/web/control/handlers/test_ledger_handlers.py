"""The ledger over HTTP: every entry explained, and the balance that is left."""

from typing import Any

from ark_emulator.core.scenario.scenario_model import KeyPolicy, Scenario

from tests.support.caller import Caller, Serve

EASY = {"model": "dreamina-seedance-2-0", "prompt": "a cat"}


async def submit(ark: Caller, key: str = "sk-test", **fields: Any) -> str:
    answer = await ark.call("POST", "/v1/videos", key, json={**EASY, **fields})
    assert answer.status == 200, answer.body
    return answer.json["id"]


async def test_a_new_world_has_spent_nothing(ark: Caller) -> None:
    assert await ark.control("GET", "ledger") == {
        "balance": None,
        "currency": "USD",
        "entries": [],
        "spent": 0.0,
        "balances": {},
    }


async def test_a_success_of_a_gateway_is_held_and_settled(ark: Caller) -> None:
    task = await submit(ark)
    await ark.advance(10)
    told = await ark.control("GET", "ledger")
    hold, settle = told["entries"]
    assert (hold["kind"], hold["amount"], hold["quota"], hold["task"]) == ("hold", 1.63625, 818_125, task)
    assert (settle["kind"], settle["amount"], settle["tokens"]) == ("settle", -0.9235, 108_900)
    assert settle["upstream"].startswith("cgt-")
    assert settle["at"] == hold["at"] + 5
    assert told["spent"] == 0.71275
    assert "sk-test" not in str(told)


async def test_a_success_of_ark_is_settled_in_dollars(ark: Caller) -> None:
    task = await ark.create()
    assert (await ark.control("GET", "ledger"))["entries"] == []
    await ark.advance(10)
    (entry,) = (await ark.control("GET", "ledger"))["entries"]
    assert (entry["kind"], entry["task"], entry["amount"], entry["tokens"]) == ("settle", task, 0.7623, 108_900)
    assert "quota" not in entry


async def test_a_failure_is_given_back(ark: Caller) -> None:
    await submit(ark, prompt="emu:fail")
    await ark.advance(10)
    told = await ark.control("GET", "ledger")
    assert [entry["kind"] for entry in told["entries"]] == ["hold", "refund"]
    assert told["spent"] == 0
    assert told["entries"][1]["note"].endswith("the task failed")


async def test_a_balance_goes_down_and_comes_back(serve: Serve) -> None:
    ark = await serve(scenario=Scenario(keys={"sk-rich": KeyPolicy(balance=3), "sk-free": KeyPolicy()}))
    await submit(ark, "sk-rich")
    assert (await ark.control("GET", "ledger"))["balance"] == 1.36375
    assert (await ark.call("POST", "/v1/videos", "sk-rich", json=EASY)).status == 402
    await ark.advance(10)
    await submit(ark, "sk-free")
    told = await ark.control("GET", "ledger")
    assert told["balance"] == 2.28725
    assert list(told["balances"].values()) == [2.28725]
    own = await ark.control("GET", "ledger?key=sk-free")
    assert (own["balance"], own["spent"], len(own["entries"])) == (None, 1.63625, 1)
    assert (await ark.control("GET", "ledger?key=sk-rich"))["spent"] == 0.71275


async def test_a_balance_may_be_overdrawn_and_ark_refuses_the_next(serve: Serve) -> None:
    ark = await serve(scenario=Scenario(keys={"sk-poor": KeyPolicy(balance=0.5)}))
    await ark.create(key="sk-poor")
    await ark.advance(10)
    assert (await ark.control("GET", "ledger"))["balance"] == -0.2623
    refused = await ark.try_create(key="sk-poor")
    assert (refused.status, refused.json["error"]["code"]) == (403, "AccountOverdueError")


async def test_a_key_may_be_kept_from_a_model_of_ark(serve: Serve) -> None:
    ark = await serve(scenario=Scenario(keys={"sk-narrow": KeyPolicy(models=("*-fast*",))}))
    refused = await ark.try_create(key="sk-narrow")
    assert (refused.status, refused.json["error"]["code"]) == (403, "AccessDenied")
    assert await ark.create(key="sk-narrow", model="dreamina-seedance-2-0-fast-260128")


async def test_a_reset_empties_the_ledger(ark: Caller) -> None:
    await submit(ark)
    await ark.control("POST", "reset")
    assert (await ark.control("GET", "ledger"))["entries"] == []


async def test_a_submit_that_was_refused_upstream_leaves_two_entries_without_a_task(ark: Caller) -> None:
    answer = await ark.call("POST", "/v1/videos", json={**EASY, "metadata": {"ratio": "9:1"}})
    assert answer.status == 400
    told = await ark.control("GET", "ledger")
    assert [(entry["kind"], entry["task"]) for entry in told["entries"]] == [("hold", None), ("refund", None)]


async def test_the_entries_of_one_task_are_told_by_either_of_its_ids(ark: Caller) -> None:
    await submit(ark)
    mine = await submit(ark)
    upstream = (await ark.control("GET", f"tasks/{mine}"))["id"]
    await ark.advance(10)
    told = (await ark.control("GET", f"ledger?task={mine}"))["entries"]
    assert [(entry["kind"], entry["task"]) for entry in told] == [("hold", mine), ("settle", mine)]
    assert (await ark.control("GET", f"ledger?task={upstream}"))["entries"] == told
    assert (await ark.control("GET", "ledger?task=cgt-nobody"))["entries"] == []
