"""The official OpenAI SDK's videos against the gateways: create, poll, download, and what its errors become."""

import warnings
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import openai
import pytest
from ark_emulator.client import connect
from ark_emulator.core.time.clock import ClockMode

from tests.support.threaded_server import Threaded

MODELS = {
    "newapi": "doubao-seedance-2-0-260128",
    "orcarouter": "byteplus/dreamina-seedance-2-0-260128",
    "easyrouter": "dreamina-seedance-2-0",
}
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000200000002000802000000")
ON_EACH = [pytest.param(name, marks=pytest.mark.wire(name)) for name in MODELS]
FRIENDLY = {"newapi": {"profile": "friendly"}}
"""New-api as far as it helps the SDK; the tests at the end use a stock one."""
pytestmark = [pytest.mark.client("openai-python"), pytest.mark.filterwarnings("ignore:The Sora API")]
numbers = count()


@pytest.fixture(scope="module")
def server(threaded: Callable[..., Threaded]) -> Any:
    """A server with a world for every key, whose clocks go by polls, and fast where polling waits for them."""
    return threaded(isolate=True, mode=ClockMode.POLLS, speed=1000.0, traits=FRIENDLY)


@pytest.fixture(scope="module")
def shared(server: Any) -> Any:
    """A client of the SDK; making one takes longer than using it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NO_PROXY", "127.0.0.1")
        return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-x", max_retries=0)


@pytest.fixture
def client(shared: Any) -> Iterator[Any]:
    """The client, in a world of its own."""
    shared.api_key = f"sk-openai-{next(numbers)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield shared


@pytest.mark.proves("create", "poll", "download")
@pytest.mark.parametrize("gateway", ON_EACH)
def test_a_video_is_created_polled_and_downloaded(client: Any, gateway: Any) -> None:
    video = client.videos.create_and_poll(model=MODELS[gateway], prompt="a cat", seconds="8", size="1280x720")
    assert (video.status, video.progress, video.object, video.seconds) == ("completed", 100, "video", "8")
    assert video.model == MODELS[gateway]
    assert video.error is None
    clip = client.videos.download_content(video.id)
    assert clip.response.headers["content-type"] == "video/mp4"
    assert clip.content[4:8] == b"ftyp"


@pytest.mark.proves("poll")
@pytest.mark.parametrize("gateway", ON_EACH)
def test_each_poll_shows_one_of_openais_words(client: Any, gateway: Any) -> None:
    video = client.videos.create(model=MODELS[gateway], prompt="a cat")
    assert (video.status, video.progress) == ("queued", 0)
    shown = [client.videos.retrieve(video.id) for _ in range(3)]
    assert [each.status for each in shown] == ["queued", "in_progress", "completed"]
    assert all(isinstance(each.progress, int) for each in shown)


@pytest.mark.proves("extras")
@pytest.mark.wire("newapi")
def test_extras_reach_ark_through_the_sdks_form(client: Any) -> None:
    content = [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, "role": "first_frame"},
        {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}, "role": "last_frame"},
    ]
    more = {"metadata": {"content": content, "seed": 7, "watermark": True, "resolution": "480p"}, "ratio": "1:1"}
    video = client.videos.create_and_poll(model=MODELS["newapi"], prompt="a cat", extra_body=more)
    told = _record(client, video.id)["data"]
    assert (told["seed"], told["resolution"], told["ratio"]) == (7, "480p", "1:1")


@pytest.mark.proves("first frame")
@pytest.mark.wire("newapi")
def test_a_reference_file_makes_a_clip_from_an_image(client: Any) -> None:
    file = ("frame.png", PNG, "image/png")
    video = client.videos.create_and_poll(model=MODELS["newapi"], prompt="a cat", input_reference=file)
    assert video.status == "completed"


@pytest.mark.proves("failure")
@pytest.mark.wire("newapi")
def test_a_failure_carries_arks_code_and_message(client: Any) -> None:
    video = client.videos.create_and_poll(model=MODELS["newapi"], prompt="emu:moderation")
    assert video.status == "failed"
    assert video.error is not None
    assert video.error.code == "OutputVideoSensitiveContentDetected"


@pytest.mark.proves("unknown model", "bad parameter", "unknown task")
@pytest.mark.wire("newapi")
def test_refusals_become_the_sdks_errors(client: Any) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        client.videos.create(model="sora-2", prompt="a cat")
    assert (caught.value.status_code, caught.value.code) == (503, "model_not_found")
    with pytest.raises(openai.BadRequestError) as flat:
        client.videos.create(model=MODELS["newapi"], prompt=" ")
    assert flat.value.code == "invalid_request"
    with pytest.raises(openai.BadRequestError) as unknown:
        client.videos.retrieve("video_none")
    assert unknown.value.code == "task_not_exist"
    with pytest.raises(openai.NotFoundError):
        client.videos.list()
    with pytest.raises(openai.NotFoundError):
        client.videos.delete("video_none")


@pytest.mark.proves("unknown key")
@pytest.mark.parametrize("gateway", ON_EACH)
def test_an_unknown_key_is_refused(
    threaded: Callable[..., Threaded], gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = threaded(keys=frozenset({"sk-good"}))
    stranger = openai.OpenAI(base_url=f"{server.url}/{gateway}/v1", api_key="sk-bad", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as refused:
        stranger.videos.create(model=MODELS[gateway], prompt="a cat")
    assert refused.value.status_code == 401


@pytest.mark.proves("rate limit")
@pytest.mark.wire("newapi")
def test_a_rate_limit_is_met_by_one_more_try(
    threaded: Callable[..., Threaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = threaded(mode=ClockMode.FROZEN)
    world = connect(server.url)
    world.fault(on="create", first=1, refuse="ModelAccountRpmRateLimitExceeded")
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-any")
    assert client.videos.create(model=MODELS["newapi"], prompt="a cat").status == "queued"
    assert [entry["status"] for entry in world.journal()] == [429, 200]


@pytest.mark.proves("early download")
@pytest.mark.wire("newapi")
def test_a_download_before_the_end_is_a_bad_request(client: Any) -> None:
    video = client.videos.create(model=MODELS["newapi"], prompt="emu:stuck-queued")
    with pytest.raises(openai.BadRequestError, match="not completed yet, current status: QUEUED"):
        client.videos.download_content(video.id)


@pytest.mark.proves("create")
@pytest.mark.wire("tokenbay")
def test_the_upper_case_words_of_tokenbay_end_the_sdks_polling_at_once(client: Any) -> None:
    video = client.videos.create_and_poll(model="seedance-2.0", prompt="a cat")
    assert (video.status, client.videos.retrieve(video.id).status) == ("QUEUED", "IN_PROGRESS")


@pytest.mark.proves("bad parameter")
@pytest.mark.wire("tokenbay")
def test_a_business_failure_of_tokenbay_is_a_video_of_nothing_but_an_error(client: Any) -> None:
    video = client.videos.create(model="seedance-2.0", prompt="")
    assert video.error is not None
    assert (video.error.code, video.status) == ("invalid_request", None)


def _record(client: Any, video_id: Any) -> Any:
    return client.get(f"/video/generations/{video_id}", cast_to=dict)["data"]


@pytest.fixture(scope="module")
def stock(threaded: Callable[..., Threaded]) -> Iterator[Any]:
    """Yield a client of the SDK for a standard new-api with a frozen clock."""
    server = threaded(mode=ClockMode.FROZEN, start=1_790_000_000)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NO_PROXY", "127.0.0.1")
        yield openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-stock", max_retries=0), connect(server.url)


def test_a_stock_new_api_ends_the_sdks_polling_at_once(stock: Any) -> None:
    client, world = stock
    video = client.videos.create_and_poll(model=MODELS["newapi"], prompt="a cat")
    assert (video.status, video.progress, video.seconds) == ("unknown", 0, None)
    world.advance(30)
    assert client.videos.retrieve(video.id).status == "completed"


def test_a_stock_new_api_drops_files_and_nested_extras_and_keeps_flat_ones(stock: Any) -> None:
    client, world = stock
    file = ("frame.png", PNG, "application/octet-stream")
    nested = client.videos.create(
        model=MODELS["newapi"], prompt="a cat", input_reference=file, extra_body={"metadata": {"ratio": "1:1"}}
    )
    plan = world.task(nested.id)["plan"]
    assert (plan["mode"], plan["picture"]["ratio"]) == ("t2v", "16:9")
    for extra in ({"ratio": "1:1"}, {"metadata": '{"ratio": "1:1"}'}):
        flat = client.videos.create(model=MODELS["newapi"], prompt="a cat", seconds="8", extra_body=extra)
        assert world.task(flat.id)["plan"]["picture"]["ratio"] == "1:1"
        assert world.task(flat.id)["plan"]["picture"]["frames"] == 193
