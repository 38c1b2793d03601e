"""Answers that say it otherwise: another word for the status, other types, other names."""

from tests.support.raw_client import Plain

TASKS = "/api/v3/contents/generations/tasks"


async def test_any_word_can_be_shown_as_the_status_of_a_poll_and_of_a_list(plain: Plain) -> None:
    await plain.fault(on="fetch", show="EXPLODED")
    await plain.fault(on="list", show="")
    task = await plain.server.create()
    assert (await plain.poll(task)).json()["status"] == "EXPLODED"
    assert [item["status"] for item in (await plain.ask("GET", TASKS)).json()["items"]] == [""]


async def test_a_gateways_poll_shows_the_word_wherever_a_status_stands(plain: Plain) -> None:
    made = await plain.ask("POST", "/newapi/v1/video/generations", json={"model": "seedance-2.0", "prompt": "a cat"})
    name = made.json().get("task_id") or made.json()["id"]
    real = (await plain.ask("GET", f"/newapi/v1/video/generations/{name}")).text
    await plain.fault(on="fetch", show="PONDERING")
    shown = (await plain.ask("GET", f"/newapi/v1/video/generations/{name}")).text
    assert "PONDERING" not in real
    assert '"status":"PONDERING"' in shown


async def test_a_refusal_is_shown_as_it_is(plain: Plain) -> None:
    await plain.fault(on="fetch", drift=["error"])
    assert (await plain.poll("cgt-1")).json()["error"]["code"] == "NotFound.TaskNotFound"


async def test_usage_and_duration_drift_to_text_and_nothing_else_does(plain: Plain) -> None:
    real = await plain.server.finished()
    await plain.fault(on="fetch", drift=["usage", "duration"])
    drifted = (await plain.poll(real["id"])).json()
    assert drifted["usage"] == {name: str(count) for name, count in real["usage"].items()}
    assert (drifted["duration"], real["duration"]) == ("5", 5)
    same = [name for name in real if name not in ("usage", "duration")]
    assert {name: drifted[name] for name in same} == {name: real[name] for name in same}


async def test_an_error_drifts_to_another_name(plain: Plain) -> None:
    real = await plain.server.finished("emu:fail")
    await plain.fault(on="list", drift="error")
    (item,) = (await plain.ask("GET", TASKS)).json()["items"]
    assert (item["failure_reason"], "error" in item) == (real["error"], False)
