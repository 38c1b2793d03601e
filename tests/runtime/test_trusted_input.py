"""The check for real persons lets pass what the service trusts: assets, and results of the account's own tasks."""

from typing import Any

import pytest
from ark_emulator.core.task.ids import object_name
from ark_emulator.loading.loader import load_builtin

from tests.support.caller import Caller, Serve

ASSET = "asset://asset-20260301120000-abcde"
ELSEWHERE = "https://pictures.example/a.png"
REFUSED = (400, "InputImageSensitiveContentDetected.PrivacyInformation")


@pytest.fixture
async def strict(serve: Serve) -> Caller:
    """A server that refuses pictures which may show a real person."""
    return await serve(scenario=load_builtin("real-person"))


def image(url: str, role: str = "reference_image") -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}, "role": role}


async def created(ark: Caller, *images: dict[str, Any], key: str = "sk-test", prompt: str = "a cat") -> tuple[Any, ...]:
    """Status and code of a create with these pictures."""
    content = [{"type": "text", "text": prompt}, *images]
    answer = await ark.call("POST", ark.tasks, key, json={"model": "dreamina-seedance-2-0-260128", "content": content})
    return answer.status, answer.json.get("error", {}).get("code")


async def last_frame(ark: Caller) -> str:
    done = await ark.finished(return_last_frame=True)
    return done["content"]["last_frame_url"]


async def test_assets_and_own_results_are_trusted_and_other_pictures_are_not(strict: Caller) -> None:
    own = await last_frame(strict)
    assert await created(strict, image(ASSET)) == (200, None)
    assert await created(strict, image(own)) == (200, None)
    assert await created(strict, image(own.partition("?")[0])) == (200, None)
    assert await created(strict, image(ASSET), image(own)) == (200, None)
    assert await created(strict, image(ELSEWHERE)) == REFUSED
    assert await created(strict, image(own), image(ELSEWHERE)) == REFUSED


async def test_a_result_of_another_world_or_of_no_task_is_not_trusted(strict: Caller) -> None:
    own = await last_frame(strict)
    await strict.control("POST", "worlds", {"api_key": "sk-other", "scenario": "real-person"})
    assert await created(strict, image(own), key="sk-other") == REFUSED
    unknown = object_name(1_790_000_000.0, 7, "ac155fa0")
    assert await created(strict, image(f"http://127.0.0.1/{unknown}_last-frame.png")) == REFUSED


async def test_a_result_is_trusted_as_long_as_its_task_is_kept(strict: Caller) -> None:
    own = await last_frame(strict)
    await strict.advance(6 * 86_400)
    assert await created(strict, image(own)) == (200, None)
    await strict.advance(2 * 86_400)
    assert await created(strict, image(own)) == REFUSED


async def test_a_prompt_that_asks_for_the_refusal_has_it_whatever_the_picture_is(ark: Caller) -> None:
    assert await created(ark, image(ASSET), prompt="a cat emu:real-person") == REFUSED


async def test_other_refusals_spare_nothing(serve: Serve) -> None:
    rules = {"version": 1, "outcomes": [{"refuse": "InputImageSensitiveContentDetected"}]}
    ark = await serve()
    await ark.control("PUT", "scenario", {"scenario": rules})
    assert await created(ark, image(ASSET)) == (400, "InputImageSensitiveContentDetected")
