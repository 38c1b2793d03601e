"""The journal over the control API: exchanges, moves beside them, retries grouped, questions with near misses."""

TASKS = "/api/v3/contents/generations/tasks"


async def entries(ark, query=""):
    return await ark.control("GET", f"journal{query}")


async def test_every_exchange_is_kept_in_order_and_control_calls_are_not(ark):
    task = await ark.create()
    await ark.poll(task)
    await ark.control("GET", "health")
    items = (await entries(ark))["items"]
    assert [(item["number"], item["method"], item["status"]) for item in items] == [(1, "POST", 200), (2, "GET", 200)]
    assert [item["task"] for item in items] == [task, task]
    assert items[0]["model"] and items[0]["prompt"] == "a cat"


async def test_moves_stand_beside_the_exchanges_they_followed(ark):
    task = await ark.create()
    await ark.advance(2)
    await ark.poll(task)
    await ark.advance(10)
    moves = [each for each in (await entries(ark, "?moves=1"))["moves"] if each["kind"] == "move"]
    assert [each["status"] for each in moves] == ["queued", "running", "succeeded"]
    assert [each["after"] for each in moves[1:]] == [1, 2]
    assert "moves" not in await entries(ark)


async def test_it_can_be_narrowed(ark):
    await ark.create("a red cat")
    await ark.create("a blue dog")
    await ark.call("GET", f"{TASKS}/x")
    assert (await entries(ark, "?prompt=*red*"))["total"] == 1
    assert (await entries(ark, "?status=404"))["items"][0]["path"] == f"{TASKS}/x"
    assert (await entries(ark, "?status=4xx"))["total"] == 1
    assert [item["number"] for item in (await entries(ark, "?after=1&limit=1"))["items"]] == [3]


async def test_the_same_request_after_a_failure_counts_as_its_retry(ark):
    await ark.control("POST", "faults", {"on": "fetch", "first": 2, "status": 503})
    task = await ark.create()
    for _ in range(3):
        await ark.call("GET", f"{TASKS}/{task}")
    tries = [(item["attempt"], item["attempts"]) for item in (await entries(ark))["items"][1:]]
    assert tries == [(1, 3), (2, 3), (3, 3)]
    assert (await entries(ark, "?retries=1"))["total"] == 3


async def test_a_question_that_does_not_hold_shows_what_came_near(ark):
    await ark.create("a red cat")
    match = {"method": "POST", "prompt": "a blue cat"}
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"match": match, "exactly": 1})
    assert answer.status == 417
    assert answer.json["count"] == 0
    (near,) = answer.json["near"]
    assert near["differs"] == {"prompt": {"wanted": "a blue cat", "got": "a red cat"}}


async def test_an_order_is_verified_with_others_between(ark):
    task = await ark.create()
    await ark.call("GET", TASKS)
    await ark.poll(task)
    order = [{"method": "POST"}, {"path": f"*/{task}"}]
    verified = await ark.control("POST", "journal/verify", {"in_order": order})
    assert verified == {"ok": True, "count": 2}
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"in_order": order[::-1]})
    assert (answer.status, answer.json["count"]) == (417, 1)


async def test_an_unknown_criterion_is_named(ark):
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"match": {"promt": "x"}})
    assert answer.status == 400
    assert "promt" in answer.json["error"]["message"]


async def test_it_can_be_emptied(ark):
    await ark.create()
    await ark.control("DELETE", "journal")
    assert (await entries(ark, "?moves=1"))["items"] == []


async def test_entries_come_without_bodies_when_they_are_wanted_in_brief(ark):
    await ark.create("a red cat")
    (brief,) = (await entries(ark, "?brief=1"))["items"]
    (whole,) = (await entries(ark))["items"]
    assert "request" not in brief
    assert "response" not in brief
    assert whole == brief | {"request": whole["request"], "response": whole["response"]}
    assert brief["prompt"] == "a red cat"


async def test_one_entry_is_found_by_its_number_and_the_tries_of_a_wish_by_that_of_the_first(ark):
    await ark.create("before")
    await ark.control("POST", "faults", {"on": "create", "first": 1, "status": 503})
    for _ in range(2):
        await ark.try_create("again")
    found = (await entries(ark, "?number=3"))["items"]
    assert [(each["number"], each["first"], each["attempt"]) for each in found] == [(3, 2, 2)]
    tries = (await entries(ark, "?first=2&brief=1"))["items"]
    assert [(each["number"], each["status"], each["attempts"]) for each in tries] == [(2, 503, 2), (3, 200, 2)]
