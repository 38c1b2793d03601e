"""Numbers of exchanges: none comes twice, and looking at the emulator uses up none."""

from ark_emulator.runtime.world.world import KEYS, new_world

from tests.support.caller import Caller, Serve


def test_no_number_of_a_busy_key_comes_twice_however_many_other_keys_call() -> None:
    world, seen = new_world("w", seed=0, start=0), []
    for number in range(3 * KEYS):
        if number % 1_000 == 0:
            seen.append(world.next_exchange("busy"))
        world.next_exchange(f"other-{number}")
    assert seen == list(range(1, len(seen) + 1))


def test_a_key_that_was_forgotten_goes_on_after_what_it_had() -> None:
    world = new_world("w", seed=0, start=0)
    before = [world.next_exchange("early") for _ in range(5)]
    for number in range(KEYS):
        world.next_exchange(f"other-{number}")
    assert world.next_exchange("early") > before[-1]


async def test_looking_at_the_emulator_changes_no_later_answer(serve: Serve) -> None:
    looked, other = await serve(seed=1), await serve(seed=1)
    for path in ("/_emulator/health", "/_emulator/", "/_emulator/journal", "/", "/favicon.ico", "/_emulator/nothing"):
        await looked.call("GET", path, None)
    await looked.call("OPTIONS", looked.tasks, None)
    for method, path, key in (("GET", looked.tasks, None), ("POST", looked.tasks, None), ("GET", looked.tasks, "sk-a")):
        first, second = [await each.call(method, path, key) for each in (looked, other)]
        assert first.body == second.body
        assert first.headers.get("x-request-id") == second.headers.get("x-request-id")


async def test_requests_without_a_key_have_different_ids(ark: Caller) -> None:
    bodies = {(await ark.call("GET", ark.tasks, None)).body for _ in range(3)}
    assert len(bodies) == 3
