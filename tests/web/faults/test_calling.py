"""Faults of callbacks: which are struck, what the log says, and what can still be done with them."""

from typing import Any

from tests.support.callback_receiver import Received, Receiver
from tests.support.raw_client import Plain


async def told(plain: Plain, receiver: Receiver, seconds: float = 10.0, **fields: Any) -> list[str]:
    """The statuses that came in for one task, in their order."""
    path = f"/{fields.pop('hook', 'hook')}"
    await plain.create(callback_url=receiver.url + path, **fields)
    await plain.server.advance(seconds)
    return receiver.told(path)


async def test_only_the_callbacks_of_what_was_asked_for_are_struck(plain: Plain, receiver: Receiver) -> None:
    await plain.fault(on="callback", lose=True, prompt="*dog*", key="sk-test", dialect="ark", mode="t2v")
    assert await told(plain, receiver, hook="dog", prompt="a dog") == []
    assert await told(plain, receiver, hook="cat", prompt="a cat") == ["queued", "running", "succeeded"]


async def test_callbacks_are_counted_and_not_their_attempts(plain: Plain, receiver: Receiver) -> None:
    receiver.answers["/hook"] = 500
    await plain.fault(on="callback", nth=3, lose=True)
    assert await told(plain, receiver, seconds=60) == ["queued", "running"]


async def test_the_log_names_the_fault_and_says_that_nothing_was_sent(plain: Plain, receiver: Receiver) -> None:
    name = await plain.fault(on="callback", nth=1, lose=True)
    await told(plain, receiver)
    first, second, _ = (await plain.server.control("GET", "callbacks"))["items"]
    assert (first["fault"], first["state"], first["attempts"][0]["verdict"]) == (name, "delivered", "lost")
    assert "fault" not in second


async def test_an_advance_tells_of_a_lost_callback_at_its_moment(plain: Plain, receiver: Receiver) -> None:
    await plain.fault(on="callback", nth=2, lose=True)
    await plain.create(callback_url=receiver.url + "/hook")
    effects = [effect for effect in await plain.server.advance(10) if effect["kind"] == "callback"]
    assert [(effect["status"], effect["result"]) for effect in effects] == [
        *(("queued", "delivered"), ("running", "lost"), ("succeeded", "delivered"))
    ]
    assert effects[1]["attempt"] == 1


async def test_a_lost_callback_can_be_sent_again(plain: Plain, receiver: Receiver) -> None:
    await plain.fault(on="callback", nth=3, lose=True)
    assert await told(plain, receiver) == ["queued", "running"]
    lost = (await plain.server.control("GET", "callbacks"))["items"][2]["id"]
    await plain.server.control("POST", f"callbacks/{lost}/redeliver")
    await receiver.wait_for(3)
    assert receiver.told() == ["queued", "running", "succeeded"]


async def test_each_copy_is_a_callback_of_its_own_and_is_tried_again_by_itself(
    plain: Plain, receiver: Receiver
) -> None:
    failures = iter([500])
    receiver.answers["/hook"] = lambda received: answered(received, failures)
    await plain.fault(on="callback", nth=3, duplicate=2)
    assert await told(plain, receiver, seconds=60) == ["queued", "running", "succeeded", "succeeded", "succeeded"]
    log = (await plain.server.control("GET", "callbacks"))["items"]
    assert [len(each["attempts"]) for each in log] == [1, 1, 2, 1]


async def answered(received: Received, failures: Any) -> int:
    """500 for the first of the last ones, else 200."""
    return next(failures, 200) if received.status == "succeeded" else 200


async def test_late_callbacks_come_in_when_they_are_due_and_not_before(plain: Plain, receiver: Receiver) -> None:
    await plain.fault(on="callback", nth=1, late="60s")
    assert await told(plain, receiver, seconds=59) == ["running", "succeeded"]
    await plain.server.advance(1)
    assert receiver.told() == ["running", "succeeded", "queued"]


async def test_a_reordered_callback_of_a_cancelled_task_is_sent_all_the_same(plain: Plain, receiver: Receiver) -> None:
    await plain.fault(on="callback", nth=1, reorder=True)
    task = (await plain.create(callback_url=receiver.url + "/hook")).json()["id"]
    await plain.server.advance(0.5)
    assert receiver.told() == []
    await plain.ask("DELETE", f"{plain.server.tasks}/{task}")
    await plain.server.advance(1)
    assert receiver.told() == ["queued"]
