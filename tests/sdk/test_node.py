"""Published clients for Node, unmodified: the OpenAI SDK on the gateways, the AI SDK and an agent of it on Ark.

Both are pinned by tests/sdk/node/package-lock.json and installed from npm once, into pytest's cache. The programs
beside the lock drive them. No package of OrcaRouter, EasyRouter, TokenBay or PowerTokens that makes videos could be
installed from npm or PyPI, so no client of theirs is run: new-api's wrapped polls and TokenBay's flat ones are asked
for by the OpenAI SDK, in loops of ours.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.client import connect
from ark_emulator.core.time.clock import ClockMode

from tests.support.threaded_server import Threaded

PROGRAMS = Path(__file__).parent / "node"
FILES = sorted(path for path in PROGRAMS.iterdir() if path.suffix in (".json", ".mjs"))
CAUTION = ("--no-audit", "--no-fund", "--ignore-scripts")
HASTE = ("--prefer-offline", "--fetch-retries=0", "--fetch-timeout=20000")
OLDEST = 20
"""The first Node that the clients run on; Debian 12 has 18, on which the OpenAI SDK misses `File`."""
PATIENCE = 60
"""Real seconds that a program may take; none takes two."""
ARK = "dreamina-seedance-2-0-260128"
GATEWAYS = {
    "newapi": "doubao-seedance-2-0-260128",
    "orcarouter": "byteplus/dreamina-seedance-2-0-260128",
    "easyrouter": "dreamina-seedance-2-0",
    "tokenbay": "seedance-2.0",
}
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000200000002000802000000")

OPENAI, AI_SDK, AGENT = map(pytest.mark.client, ("openai-node", "ai-sdk-node", "ai-agent-node"))


def on(gateway: Any, *more: Any) -> Any:
    """Parameters of a test that is about a gateway."""
    return pytest.param(gateway, *more, marks=pytest.mark.wire(gateway))


def on_powertokens(*values: Any) -> Any:
    """Parameters of a test that speaks Ark's wire to PowerTokens."""
    return pytest.param(*values, marks=pytest.mark.wire("powertokens"))


def _installed(kept: Any) -> Any:
    """The folder with the programs and what they import, made once for these very files; skips where it cannot be."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0] or 0) < OLDEST:
        pytest.skip(f"node is {version}, and the clients want {OLDEST} or newer")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in FILES)).hexdigest()[:12]
    ready = kept / digest
    if ready.exists():
        return ready
    fresh = Path(tempfile.mkdtemp(dir=kept))
    for path in FILES:
        shutil.copy(path, fresh)
    done = subprocess.run([npm, "ci", *CAUTION, *HASTE], cwd=fresh, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(fresh)
        why = " ".join(line for line in done.stderr.splitlines() if line.startswith("npm error"))
        pytest.skip(f"npm could not install the clients: {why[:200]}")
    try:
        fresh.rename(ready)
    except OSError:  # another process was faster
        shutil.rmtree(fresh)
    return ready


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Any:
    """Where the programs lie beside the clients that they import."""
    return _installed(request.config.cache.mkdir("node-clients"))


@pytest.fixture(scope="module")
def server(threaded: Callable[..., Threaded]) -> Any:
    """A server whose clocks go by polls, and whose results are data: the AI SDK downloads nothing from localhost."""
    return threaded(mode=ClockMode.POLLS, media_urls="data", traits={"newapi": {"profile": "friendly"}})


@pytest.fixture
def world(server: Any) -> Iterator[Any]:
    """A world of its own for one test."""
    with connect(server.url).world() as one:
        yield one


@pytest.fixture
def strange(threaded: Callable[..., Threaded], world: Any) -> None:
    """Lets the test's programs call a server that does not know their key."""
    world.url = threaded(keys=frozenset({"sk-good"})).url


@pytest.fixture
def run(folder: Any, world: Any) -> Any:
    """Runs a program in the test's world; answers with what it prints."""

    def run(program: Any, base: Any, **asked: Any) -> Any:
        document = json.dumps({"base": base, "key": world.api_key, **asked})
        environment = {**os.environ, "ARK_EMULATOR_URL": world.url, "NO_PROXY": "127.0.0.1"}
        command = ["node", str(folder / program), document]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("place", [0, 1], ids=["openai", "agent"])
def test_the_program_on_the_page_makes_a_clip(
    on_the_page: Callable[[str], list[str]], folder: Any, server: Any, place: Any, tmp_path: Path
) -> None:
    text = on_the_page("js")[place]
    with connect(server.url).world() as world:
        program = folder / f"page-{place}.mjs"
        program.write_text(text.replace("http://127.0.0.1:7333", f"{server.url}/w/{world.api_key}"), "utf-8")
        environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
        command = ["node", str(program)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        status, name = done.stdout.split()
        assert status in ("completed", "succeeded")
        assert world.task(name)["status"] == "succeeded"
        assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"


def exchanges(world: Any) -> Any:
    """Method, kind of path, status and dialect of every exchange, in order."""
    return [
        (entry["method"], entry["path"].rpartition("/")[2], entry["status"], entry["dialect"])
        for entry in world.journal()
    ]


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    wanted = json.loads((PROGRAMS / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((PROGRAMS / "package-lock.json").read_text("utf-8"))["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("integrity" in each and "resolved" not in each for name, each in packages.items() if name)


# --- The OpenAI SDK on the gateways ---------------------------------------------------------------------------------


@OPENAI
@pytest.mark.proves("create", "poll", "download")
@pytest.mark.parametrize("gateway", [on(name) for name in ("newapi", "orcarouter", "easyrouter")])
def test_a_video_is_created_polled_and_downloaded(run: Any, world: Any, gateway: Any) -> None:
    told = run("openai.mjs", "/v1", model=GATEWAYS[gateway], prompt="a cat", seconds="8", size="1280x720")
    assert told["statuses"] == ["queued", "queued", "in_progress", "completed"]
    video = told["video"]
    assert (video["object"], video["progress"], video["seconds"]) == ("video", 100, "8")
    assert video["model"] == GATEWAYS[gateway]
    assert (told["type"], told["box"]) == ("video/mp4", "ftyp")
    polls = [("GET", told["id"], 200, gateway)] * 3
    assert exchanges(world) == [("POST", "videos", 200, gateway), *polls, ("GET", "content", 200, gateway)]


@OPENAI
@pytest.mark.wire("kling")
@pytest.mark.proves("create", "poll", "download")
def test_a_video_of_kling_is_created_polled_and_downloaded(run: Any) -> None:
    told = run("openai.mjs", "/v1", model="kling/kling-v3", prompt="a cat", seconds="5")
    assert told["statuses"] == ["queued", "queued", "in_progress", "completed"]
    assert told["video"]["seconds"] == "5.041"
    assert (told["type"], told["box"]) == ("video/mp4", "ftyp")


@OPENAI
@pytest.mark.wire("tokenbay")
@pytest.mark.proves("create", "poll", "download")
def test_tokenbays_words_are_polled_by_a_caller_who_knows_them(run: Any) -> None:
    told = run("openai.mjs", "/v1", model=GATEWAYS["tokenbay"], prompt="a cat")
    assert told["statuses"] == ["QUEUED", "QUEUED", "IN_PROGRESS", "SUCCESS"]
    assert told["video"]["result_url"] == f"/v1/videos/{told['id']}/content"
    assert (told["type"], told["box"]) == ("video/mp4", "ftyp")


@OPENAI
@pytest.mark.proves("wrapped polls")
@pytest.mark.parametrize(
    ("gateway", "queued"),
    [on("newapi", "QUEUED"), on("orcarouter", "SUBMITTED"), on("easyrouter", "QUEUED")],
)
def test_the_wrapped_routes_are_served_to_the_sdks_own_requests(
    run: Any, world: Any, gateway: Any, queued: Any
) -> None:
    told = run("openai.mjs", "/v1", wrapped=True, model=GATEWAYS[gateway], prompt="a cat")
    assert told["statuses"] == ["queued", queued, "IN_PROGRESS", "SUCCESS"]
    assert (told["video"]["task_id"], told["video"]["progress"]) == (told["id"], "100%")
    assert (told["type"], told["box"]) == ("video/mp4", "ftyp")
    assert exchanges(world)[0] == ("POST", "generations", 200, gateway)


@OPENAI
@pytest.mark.wire("newapi")
@pytest.mark.proves("extras")
def test_extras_reach_ark_through_the_sdks_form(run: Any, world: Any) -> None:
    content = [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, "role": "first_frame"}]
    metadata = {"content": content, "seed": 7, "watermark": True, "resolution": "480p", "ratio": "1:1"}
    told = run("openai.mjs", "/v1", model=GATEWAYS["newapi"], prompt="a cat", metadata=metadata)
    assert told["statuses"][-1] == "completed"
    plan = world.task(told["id"])["plan"]
    assert (plan["mode"], plan["seed"]) == ("i2v", 7)
    picture = plan["picture"]
    assert (picture["resolution"], picture["ratio"], picture["watermark"]) == ("480p", "1:1", True)


@OPENAI
@pytest.mark.wire("newapi")
@pytest.mark.proves("first frame")
def test_a_reference_file_makes_a_clip_from_an_image(run: Any) -> None:
    frame = base64.b64encode(PNG).decode()
    told = run("openai.mjs", "/v1", model=GATEWAYS["newapi"], prompt="a cat", frame=frame)
    assert told["statuses"][-1] == "completed"


@OPENAI
@pytest.mark.wire("newapi")
@pytest.mark.proves("failure")
def test_a_failure_carries_arks_code_and_message(run: Any) -> None:
    told = run("openai.mjs", "/v1", model=GATEWAYS["newapi"], prompt="emu:moderation")
    assert told["statuses"][-1] == "failed"
    assert told["video"]["error"]["code"] == "OutputVideoSensitiveContentDetected"
    assert told["video"]["error"]["message"]


@OPENAI
@pytest.mark.wire("newapi")
@pytest.mark.proves("unknown model")
def test_a_refusal_becomes_the_sdks_error(run: Any) -> None:
    refused = run("openai.mjs", "/v1", model="sora-2", prompt="a cat")["refused"]
    assert (refused["name"], refused["status"], refused["code"]) == ("InternalServerError", 503, "model_not_found")


@OPENAI
@pytest.mark.wire("newapi")
@pytest.mark.proves("bad parameter")
def test_the_flat_errors_of_new_api_lose_their_words_in_nodes_sdk(run: Any, world: Any) -> None:
    refused = run("openai.mjs", "/v1", model=GATEWAYS["newapi"], prompt=" ")["refused"]
    assert (refused["name"], refused["status"], refused.get("code")) == ("BadRequestError", 400, None)
    assert refused["message"] == "400 status code (no body)"
    (entry,) = world.journal()
    assert json.loads(entry["response"]["body"])["code"] == "invalid_request"


@OPENAI
@pytest.mark.wire("newapi")
@pytest.mark.proves("unknown key")
def test_an_unknown_key_is_refused(run: Any, strange: None) -> None:
    refused = run("openai.mjs", "/v1", model=GATEWAYS["newapi"], prompt="a cat")["refused"]
    assert (refused["name"], refused["status"]) == ("AuthenticationError", 401)


# --- The AI SDK on Ark's wire ---------------------------------------------------------------------------------------


@AI_SDK
@pytest.mark.proves("create", "poll", "download", "fields of a result")
@pytest.mark.parametrize(("base", "dialect"), [("/api/v3", "ark"), on_powertokens("/byteplus/api/v3", "powertokens")])
def test_the_ai_sdk_makes_a_video_by_itself(run: Any, world: Any, base: Any, dialect: Any) -> None:
    told = run("bytedance.mjs", base, model=ARK, prompt="a cat", aspectRatio="16:9", resolution="1280x720", duration=5)
    assert (told["tokens"], told["warnings"]) == (108_900, [])
    assert (told["type"], told["box"]) == ("video/mp4", "ftyp")
    assert exchanges(world) == [("POST", "tasks", 200, dialect), *[("GET", told["task"], 200, dialect)] * 3]


@AI_SDK
@pytest.mark.proves("first frame")
def test_the_ai_sdk_sends_a_lone_frame_without_a_role(run: Any, world: Any) -> None:
    image = "data:image/png;base64," + base64.b64encode(PNG).decode()
    told = run("bytedance.mjs", "/api/v3", model=ARK, prompt={"text": "a cat", "image": image})
    assert told["box"] == "ftyp"
    assert world.task(told["task"])["plan"]["mode"] == "i2v"
    assert "role" not in world.journal()[0]["request"]["body"]


def test_the_ai_sdk_downloads_nothing_from_a_loopback_address(
    run: Any, world: Any, threaded: Callable[..., Threaded]
) -> None:
    linked = threaded(mode=ClockMode.POLLS)
    world.url = linked.url
    refused = run("bytedance.mjs", "/api/v3", model=ARK, prompt="a cat")["refused"]
    assert refused["name"] == "AI_DownloadError"
    assert "127.0.0.1 is not allowed" in refused["message"]


@AI_SDK
@pytest.mark.proves("failure", "bad parameter")
@pytest.mark.parametrize("base", ["/api/v3", on_powertokens("/byteplus/api/v3")])
def test_the_ai_sdk_distinguishes_failures_and_rejections(run: Any, base: Any) -> None:
    failed = run("bytedance.mjs", base, model=ARK, prompt="emu:fail")["refused"]
    assert failed["name"] == "BYTEDANCE_VIDEO_GENERATION_FAILED"
    refused = run("bytedance.mjs", base, model=ARK, prompt="a cat", duration=99)["refused"]
    assert (refused["name"], refused["status"]) == ("AI_APICallError", 400)
    assert "duration" in refused["message"]


@AI_SDK
@pytest.mark.wire("powertokens")
@pytest.mark.proves("unknown model")
def test_powertokens_refuses_what_it_does_not_sell_in_words_that_the_ai_sdk_shows(run: Any) -> None:
    old, options = "seedance-1-5-pro-251215", {"serviceTier": "flex"}
    flex = run("bytedance.mjs", "/byteplus/api/v3", model=old, prompt="a cat", options=options)["refused"]
    assert (flex["status"], "service_tier" in flex["message"]) == (400, True)
    unknown = run("bytedance.mjs", "/byteplus/api/v3", model="sora-2", prompt="a cat")["refused"]
    assert (unknown["status"], "sora-2" in unknown["message"]) == (503, True)


@AI_SDK
@pytest.mark.proves("unknown key")
@pytest.mark.parametrize("base", ["/api/v3", on_powertokens("/byteplus/api/v3")])
def test_the_ai_sdk_reports_an_unknown_key(run: Any, strange: None, base: Any) -> None:
    refused = run("bytedance.mjs", base, model=ARK, prompt="a cat")["refused"]
    assert (refused["name"], refused["status"]) == ("AI_APICallError", 401)


@AI_SDK
@pytest.mark.proves("reference media")
def test_the_ai_sdk_takes_references_and_asks_for_the_last_frame(run: Any, world: Any) -> None:
    media = "https://a.example/media"
    references = {"referenceImages": [media], "referenceVideos": [media], "referenceAudio": [media]}
    options = {**references, "returnLastFrame": True}
    told = run("bytedance.mjs", "/api/v3", model=ARK, prompt="tea", aspectRatio="16:9", duration=11, options=options)
    assert told["tokens"] == 410_400
    asked = json.loads(world.journal()[0]["request"]["body"])
    assert asked["return_last_frame"] is True
    assert [item.get("role") for item in asked["content"]][1:] == [
        "reference_image",
        "reference_video",
        "reference_audio",
    ]


# --- An agent of the AI SDK -----------------------------------------------------------------------------------------


@AGENT
@pytest.mark.proves("create", "poll", "download", "failure")
def test_an_agent_makes_videos_with_a_tool_and_its_model_learns_what_became_of_each(run: Any, world: Any) -> None:
    told = run("agent.mjs", "/api/v3", model=ARK, prompts=["a cat", "emu:fail", "a dog"])
    assert (told["text"], told["steps"]) == ("made 3", 4)
    first, failed, third = told["seen"]
    assert first["type"] == third["type"] == "json"
    assert (first["value"]["type"], first["value"]["box"]) == ("video/mp4", "ftyp")
    assert failed["type"] == "error-text"
    assert failed["value"].startswith("Video generation failed")
    made = {task["id"]: task["status"] for task in world.tasks()}
    assert [made[each["value"]["task"]] for each in (first, third)] == ["succeeded", "succeeded"]
    assert sorted(made.values()) == ["failed", "succeeded", "succeeded"]


@AGENT
@pytest.mark.proves("unknown model")
def test_a_refusal_reaches_the_agents_model_as_an_error_of_its_tool(run: Any, world: Any) -> None:
    told = run("agent.mjs", "/api/v3", model="sora-2", prompts=["a cat"])
    (refused,) = told["seen"]
    assert refused["type"] == "error-text"
    assert "sora-2" in refused["value"]
    assert exchanges(world) == [("POST", "tasks", 404, "ark")]
