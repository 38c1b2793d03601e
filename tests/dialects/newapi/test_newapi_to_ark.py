"""The conversion of a gateway's submit to Ark's create request: content, roles, parameters."""

from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.newapi.request import GatewaySubmit
from ark_emulator.dialects.newapi.to_ark import content, has_video_input, upstream_document
from ark_emulator.dialects.newapi.traits import Traits, traits

STOCK, ORCA, EASY, BAY = (traits(name) for name in ("newapi", "orcarouter", "easyrouter", "tokenbay"))
PROMPT = {"type": "text", "text": "a cat"}


def submit(
    images: list[str] | tuple[Any, ...] = (), prompt: str = "a cat", seconds: int | None = None, **metadata: Any
) -> GatewaySubmit:
    return GatewaySubmit("m", prompt, tuple(images), seconds, metadata)


def item(kind: str, role: str | None = None, url: str = "u") -> dict[str, Any]:
    return {"type": kind, kind: {"url": url}, **({"role": role} if role else {})}


def roles(chosen: Traits, items: list[dict[Any, Any]]) -> list[Any]:
    """Return the final roles of the media items."""
    return [each.get("role") for each in content(submit(content=items), chosen) if each["type"] != "text"]


def document(chosen: Traits = STOCK, **fields: Any) -> dict[str, Any]:
    return upstream_document(submit(**fields), "ark-model", chosen)


def test_a_prompt_becomes_the_last_text_item() -> None:
    assert content(submit(), STOCK) == [PROMPT]
    assert content(submit(["a", "b"]), STOCK) == [item("image_url", url="a"), item("image_url", url="b"), PROMPT]


def test_items_of_the_metadata_replace_the_images_of_the_top_level() -> None:
    found = content(submit(["a"], content=[item("video_url", "reference_video")]), STOCK)
    assert found == [item("video_url", "reference_video"), PROMPT]


@pytest.mark.parametrize("chosen", [STOCK, ORCA, EASY, BAY])
def test_the_prompt_replaces_every_text_item(chosen: Traits) -> None:
    items = [{"type": "text", "text": "one"}, item("image_url", "first_frame"), {"type": "text", "text": "two"}]
    assert content(submit(content=items), chosen) == [item("image_url", "first_frame"), PROMPT]


def test_without_a_prompt_a_gateway_may_keep_the_text_items() -> None:
    items = [{"type": "text", "text": "one"}, item("image_url", "first_frame")]
    assert content(submit(prompt="", content=items), BAY)[-1] == {"type": "text", "text": "one"}
    assert len(content(submit(prompt="", content=items), replace(BAY, text_items="replaced"))) == 1


def test_an_item_keeps_only_the_fields_that_are_sent_on() -> None:
    given = {"type": "image_url", "image_url": {"url": "u", "detail": "high"}, "role": "first_frame", "weight": 1}
    assert content(submit(content=[given]), STOCK)[0] == item("image_url", "first_frame")
    draft = {"type": "draft_task", "draft_task": {"id": "cgt-1"}}
    assert content(submit(content=[draft]), STOCK)[0] == {"type": "draft_task"}


IMAGE, VIDEO, AUDIO = item("image_url"), item("video_url"), item("audio_url")


@pytest.mark.parametrize(
    ("items", "given"),
    [
        ([IMAGE], ["first_frame"]),
        ([IMAGE, IMAGE], ["reference_image"] * 2),
        ([VIDEO], ["reference_video"]),
        ([AUDIO, IMAGE], ["reference_audio", "reference_image"]),
        ([IMAGE, VIDEO], ["reference_image", "reference_video"]),
        ([IMAGE, item("image_url", "last_frame")], ["first_frame", "last_frame"]),
        ([IMAGE, item("image_url", "reference_image")], ["reference_image"] * 2),
        ([item("image_url", "first_frame"), VIDEO], ["first_frame", "reference_video"]),
    ],
)
def test_a_gateway_gives_roles_to_items_without_one(items: list[dict[Any, Any]], given: list[str]) -> None:
    assert roles(EASY, items) == given
    assert roles(STOCK, items) == [each.get("role") for each in items]


def test_orcarouter_has_a_word_of_its_own_for_the_last_frame() -> None:
    frames = [item("image_url", "first_frame"), item("image_url", "end_frame")]
    assert roles(ORCA, frames) == ["first_frame", "last_frame"]
    assert roles(EASY, frames) == ["first_frame", "end_frame"]
    assert roles(ORCA, [IMAGE, item("image_url", "end_frame")]) == ["first_frame", "last_frame"]


def test_tokenbay_wants_a_role_for_each_of_several_images_in_the_metadata() -> None:
    assert roles(BAY, [IMAGE, IMAGE]) == [None, None]
    assert roles(BAY, [IMAGE]) == ["first_frame"]
    assert [each["role"] for each in content(submit(["a", "b"]), BAY)[:2]] == ["reference_image"] * 2


def test_parameters_are_sent_on_and_anything_else_is_dropped() -> None:
    requested = {"ratio": "1:1", "seed": 5, "watermark": True, "output_format": "mov", "negative_prompt": "dogs"}
    assert document(**requested) == {
        "model": "ark-model",
        "content": [PROMPT],
        "ratio": "1:1",
        "seed": 5,
        "watermark": True,
    }


def test_only_given_parameters_and_defaults_of_the_gateway_are_sent() -> None:
    assert set(document(STOCK)) == {"model", "content"}
    assert document(ORCA, resolution=None)["generate_audio"] is False
    assert document(ORCA, generate_audio=True, resolution="480p")["resolution"] == "480p"
    assert document(ORCA, generate_audio=True)["generate_audio"] is True


def test_the_length_of_the_top_level_wins() -> None:
    assert document(seconds=7, duration=9)["duration"] == 7
    assert document(duration=9)["duration"] == 9


def test_numbers_and_booleans_may_come_as_strings() -> None:
    found = document(seed="42", duration="7", watermark="true", camera_fixed="false", priority=3.0)
    assert (found["seed"], found["duration"], found["watermark"], found["camera_fixed"]) == (42, 7, True, False)
    assert found["priority"] == 3
    assert document(ORCA, watermark=" TRUE ", seed=" 42")["seed"] == 42


@pytest.mark.parametrize("chosen", [EASY, BAY])
def test_parameters_that_seedance_2_rejects_are_accepted_and_dropped(chosen: Traits) -> None:
    found = document(chosen, camera_fixed=False, frames=57, draft=True, service_tier="priority", seed=1)
    assert set(found) == {"model", "content", "seed"}
    assert document(chosen, service_tier="default")["service_tier"] == "default"


def test_a_tier_that_the_page_does_not_know_is_sent_on() -> None:
    assert document(BAY, service_tier="flex")["service_tier"] == "flex"
    assert "service_tier" not in document(EASY, service_tier="flex")
    assert "service_tier" not in document(EASY, service_tier="turbo")
    assert document(STOCK, service_tier="priority")["service_tier"] == "priority"


def test_tools_are_sent_on_with_nothing_but_their_types() -> None:
    assert document(tools=[{"type": "web_search", "depth": 3}])["tools"] == [{"type": "web_search"}]


@pytest.mark.parametrize(
    "metadata",
    [
        {"seed": True},
        {"seed": 1.5},
        {"watermark": "yes"},
        {"watermark": 1},
        {"ratio": 5},
        {"tools": "web_search"},
        {"tools": [{"type": 5}]},
        {"content": "all"},
        {"content": ["a"]},
        {"content": [{"type": 5}]},
        {"content": [{"type": "image_url", "image_url": "https://example.com/a.png"}]},
        {"content": [{"type": "image_url", "image_url": {"url": 5}}]},
    ],
)
def test_metadata_of_a_wrong_type_is_refused(metadata: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        document(**metadata)
    assert caught.value.key == "gateway.metadata"
    assert str(caught.value.slots["reason"]).startswith("json: cannot unmarshal ")


def test_a_video_is_seen_where_the_price_asks_for_it() -> None:
    assert has_video_input(submit(content=[VIDEO]))
    assert not has_video_input(submit(content=[IMAGE, "odd"]))
    assert not has_video_input(submit(["a"]))
