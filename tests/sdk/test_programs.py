"""The official SDKs for Go and for Java against the emulator, each in a program under go/ or java/: one suite for both.

The programs do the same with their SDKs and tell what these made of the answers, one line of JSON per operation. They
are built once, into pytest's cache; where the toolchain is missing or the SDK cannot be fetched, the tests skip and say
why. Go's SDK is pinned by go/go.sum, every file on Java's class path by java/jars.sha256.
"""

import hashlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ark_emulator.client import connect
from ark_emulator.core.time.clock import ClockMode

from tests.sdk.conftest import Hook, Make
from tests.support.threaded_server import Threaded

HERE = Path(__file__).parent
MODEL = "doubao-seedance-2-0-260128"
GO_SDK, JAVA_SDK = (pytest.param(name, marks=pytest.mark.client(name)) for name in ("volcengine-go", "volcengine-java"))
PAGE_URL = "http://127.0.0.1:7333/api/v3"
PATIENCE = 60
"""Real seconds that a program may take; the slower one takes seven, most of them between the tries of a create."""
BUSY = "ModelAccountRpmRateLimitExceeded"
CLIPS = "clips.exe" if os.name == "nt" else "clips"
GO = ("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=all=-N -l", "-o", CLIPS, ".")
"""Without optimizations: compiling the SDK from nothing takes 31 s of one core instead of 48."""
JARS = ("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime")
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp")


@pytest.fixture(scope="session")
def go_program(
    workshop: Callable[[str, Sequence[Path], Make], Path], tool: Callable[..., None], needs: Callable[..., None]
) -> Any:
    """The command that runs the Go program."""

    def make(folder: Any) -> None:
        own = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
        tool(("go", "list", "-deps", "."), folder, fetches=True, **own)
        tool(GO, folder, **own)

    needs("go")
    sources = [HERE / "go" / name for name in ("main.go", "go.mod", "go.sum")]
    return [str(workshop("go-client", sources, make) / CLIPS)]


@pytest.fixture(scope="session")
def java_program(
    workshop: Callable[[str, Sequence[Path], Make], Path], tool: Callable[..., None], needs: Callable[..., None]
) -> Any:
    """The command that runs the Java program."""

    def make(folder: Any) -> None:
        tool(JARS, folder, fetches=True)
        got = sorted((folder / "lib").glob("*.jar"))
        sums = "".join(f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in got)
        assert sums == (folder / "jars.sha256").read_text("utf-8"), "the class path is not the one that was pinned"
        tool(("javac", "-nowarn", "-cp", "lib/*", "-d", "classes", "Clips.java"), folder)

    needs("java", "javac", "mvn")
    sources = [HERE / "java" / name for name in ("Clips.java", "pom.xml", "jars.sha256")]
    ready = workshop("java-client", sources, make)
    return [*JAVA, f"{ready / 'classes'}{os.pathsep}{ready / 'lib'}/*", "Clips"]


@pytest.fixture(scope="session")
def go_page(
    on_the_page: Callable[[str], list[str]],
    tmp_path_factory: pytest.TempPathFactory,
    go_program: Any,
    workshop: Callable[[str, Sequence[Path], Make], Path],
    tool: Callable[..., None],
) -> Any:
    """The command that runs the program for Go on docs/clients.md; it takes the address for the one it names."""
    (text,) = on_the_page("go")
    source = tmp_path_factory.mktemp("go-page") / "main.go"
    source.write_text(text.replace("import (", 'import (\n\t"os"', 1).replace(f'"{PAGE_URL}"', "os.Args[1]"), "utf-8")
    pins = [Path(go_program[0]).parent / name for name in ("go.mod", "go.sum")]
    own = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    return [str(workshop("go-page", [source, *pins], lambda folder: tool(GO, folder, **own)) / CLIPS)]


@pytest.fixture(scope="session")
def java_page(
    on_the_page: Callable[[str], list[str]],
    tmp_path_factory: pytest.TempPathFactory,
    java_program: Any,
    workshop: Callable[[str, Sequence[Path], Make], Path],
    tool: Callable[..., None],
) -> Any:
    """The command that runs the program for Java on docs/clients.md, likewise."""
    (text,) = on_the_page("java")
    source = tmp_path_factory.mktemp("java-page") / "Clip.java"
    source.write_text(text.replace(f'"{PAGE_URL}"', "arguments[0]"), "utf-8")
    classes = java_program[-2]
    ready = workshop(
        "java-page", [source], lambda folder: tool(("javac", "-nowarn", "-cp", classes, "Clip.java"), folder)
    )
    return [*JAVA, f"{ready}{os.pathsep}{classes}", "Clip"]


@pytest.mark.parametrize("program", ["go_page", "java_page"])
def test_the_program_on_the_page_makes_a_clip(
    request: pytest.FixtureRequest, program: Any, threaded: Callable[..., Threaded]
) -> None:
    command = request.getfixturevalue(program)
    with connect(threaded(mode=ClockMode.POLLS).url).world() as world:
        done = subprocess.run(
            [*command, world.ark_url],
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        status, tokens, link = done.stdout.split()
        assert (status, tokens) == ("succeeded", "108900")
        assert link.startswith(f"{world.url.partition('/w/')[0]}/doubao-seedance-2-0/")


@pytest.fixture(
    scope="module",
    params=[GO_SDK, JAVA_SDK],
)
def ran(request: pytest.FixtureRequest, threaded: Callable[..., Threaded], hook: Hook) -> Iterator[Any]:
    """Run one of the programs in its own world; yield the result of each operation and a client of the world."""
    language = request.param.partition("-")[2]
    program = request.getfixturevalue(f"{language}_program")
    server = threaded(mode=ClockMode.POLLS, keys=frozenset({"sk-good"}))
    with connect(server.url).world() as world:
        world.fault(on="create", prompt="slow down once", first=1, refuse=BUSY)
        world.fault(on="create", prompt="slow down always", refuse=BUSY)
        world.fault(on="create", prompt="the reply gets lost", after_commit="reset")
        done = subprocess.run(
            [*program, world.ark_url, world.api_key, f"{hook.url}/{language}"],
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        told = {line.pop("operation"): line for line in map(json.loads, done.stdout.splitlines())}
        yield SimpleNamespace(language=language, told=told, world=world, called=hook.told[f"/{language}"])


def refused(ran: Any, operation: Any) -> Any:
    """Status, code and type of the error that an operation ended in, as the SDK typed them."""
    error = ran.told[operation]["error"]
    assert error["kind"] == {"go": "APIError", "java": "ArkHttpException"}[ran.language]
    return error["status"], error["code"], error["type"]


def creates(ran: Any, prompt: Any) -> Any:
    """The statuses of the creates with that prompt, in order; 0 where no reply was sent."""
    journal = ran.world.journal(limit=1000)
    return [entry["status"] for entry in journal if entry["method"] == "POST" and entry.get("prompt") == prompt]


@pytest.mark.proves("create", "poll", "fields of a result")
def test_a_task_is_created_and_polled_until_it_succeeds(ran: Any) -> None:
    text = ran.told["text"]
    assert text["statuses"] == ["queued", "running", "succeeded"]
    assert text["id"] == text["created"]
    assert (text["model"], text["tokens"], text["seed"], text["took"]) == (MODEL, 108_900, 7, 5)
    assert "/doubao-seedance-2-0/" in text["video_url"]
    assert text["failure"] is None


def test_the_fields_of_the_object_are_read_where_the_sdk_has_them(ran: Any) -> None:
    text = ran.told["text"]
    names = ("ratio", "resolution", "duration", "fps", "service_tier", "audio", "draft")
    shown = {name: text[name] for name in names if name in text}
    everything = dict(zip(names, ("16:9", "720p", 5, 24, "default", True, False), strict=True))
    assert shown == ({} if ran.language == "go" else everything)


@pytest.mark.proves("first frame", "last frame")
def test_a_clip_begins_with_a_picture_and_gives_its_last_frame(ran: Any) -> None:
    frame = ran.told["frame"]
    assert frame["statuses"][-1] == "succeeded"
    assert frame["last_frame_url"].partition("?")[0].endswith("_last-frame.png")
    plan = ran.world.task(frame["id"])["plan"]
    assert (plan["mode"], plan["picture"]["ratio"]) == ("i2v", "1:1")


@pytest.mark.proves("reference media")
@pytest.mark.parametrize("ran", [JAVA_SDK], indirect=True, scope="module")
def test_media_in_every_role_is_taken_where_the_sdk_has_the_roles(ran: Any) -> None:
    assert (ran.told["media"]["statuses"][-1], ran.told["media"]["tokens"]) == ("succeeded", 410_400)


@pytest.mark.proves("download")
def test_the_clip_is_downloaded_by_its_link_without_the_key(ran: Any) -> None:
    for operation in ("text", "frame"):
        assert ran.told[operation]["clip"] == {"status": 200, "type": "video/mp4", "box": "ftyp"}


@pytest.mark.proves("failure")
@pytest.mark.parametrize(
    ("operation", "code"),
    [("failure", "InternalServiceError"), ("moderation", "OutputVideoSensitiveContentDetected")],
)
def test_a_failed_task_has_an_error(ran: Any, operation: Any, code: Any) -> None:
    told = ran.told[operation]
    assert told["statuses"][-1] == "failed"
    assert told["failure"]["code"] == code
    assert told["failure"]["message"]
    assert not told.get("video_url")
    assert not told.get("tokens")


@pytest.mark.proves("expiry")
def test_an_expired_task_is_shown(ran: Any) -> None:
    assert ran.told["expiry"]["statuses"][-1] == "expired"


@pytest.mark.proves("callback")
def test_a_callback_url_receives_every_status(ran: Any) -> None:
    assert ran.told["callback"]["statuses"][-1] == "succeeded"
    assert ran.called == ["queued", "running", "succeeded"]


@pytest.mark.proves("list")
def test_a_list_is_filtered_and_paged(ran: Any) -> None:
    told = ran.told
    names = ("text", "frame", "failure", "moderation", "expiry", "media", "callback")
    made = [told[name]["created"] for name in names if name in told]
    newest_first = [*made, *told["two"]["ids"]][::-1]
    assert told["list"] == {"total": len(newest_first), "ids": newest_first}
    assert told["page"] == {"total": len(newest_first), "ids": newest_first[3:6]}
    assert told["list-status"] == {"total": 2, "ids": [told["moderation"]["created"], told["failure"]["created"]]}
    assert told["list-model"] == {"total": 0, "ids": []}
    assert told["list-ids"] == {"total": 2, "ids": newest_first[:2]}


@pytest.mark.proves("cancel")
def test_a_queued_task_is_cancelled(ran: Any) -> None:
    assert ran.told["cancel"] == {}
    assert ran.told["cancelled"] == {"status": "cancelled"}


@pytest.mark.proves("refused delete")
def test_a_running_task_is_not_deleted(ran: Any) -> None:
    assert ran.told["running"]["status"] == "queued"
    assert refused(ran, "delete-running") == (409, "InvalidAction.RunningTaskDeletion", "Conflict")


@pytest.mark.proves("delete")
def test_a_finished_task_is_deleted_and_then_gone(ran: Any) -> None:
    assert ran.told["delete"] == {}
    assert refused(ran, "deleted") == (404, "NotFound.TaskNotFound", "Not Found")


@pytest.mark.proves("unknown task")
def test_an_unknown_task_is_not_found(ran: Any) -> None:
    assert refused(ran, "404") == (404, "NotFound.TaskNotFound", "Not Found")
    assert "cgt-20260921221320-zzzzz" in ran.told["404"]["error"]["message"]


@pytest.mark.proves("unknown model")
def test_an_unknown_model_is_not_found(ran: Any) -> None:
    assert refused(ran, "404-model")[0] == 404
    assert "doubao-seedance-9-9" in ran.told["404-model"]["error"]["message"]


@pytest.mark.proves("bad parameter")
def test_a_bad_parameter_is_refused_with_its_name(ran: Any) -> None:
    assert refused(ran, "400") == (400, "InvalidParameter", "BadRequest")
    error = ran.told["400"]["error"]
    assert error["param"] == {"go": "contents[0].text.duration", "java": "duration"}[ran.language]
    assert "duration" in error["message"]


@pytest.mark.proves("unknown key")
def test_an_unknown_key_is_refused(ran: Any) -> None:
    assert refused(ran, "401") == (401, "AuthenticationError", "Unauthorized")


@pytest.mark.proves("rate limit")
def test_a_rate_limit_is_met_by_two_more_tries(ran: Any) -> None:
    assert ran.told["429-once"]["id"].startswith("cgt-")
    assert creates(ran, "slow down once") == [429, 200]
    assert refused(ran, "429") == (429, BUSY, "TooManyRequests")
    assert creates(ran, "slow down always") == [429, 429, 429]


@pytest.mark.proves("lost reply")
def test_a_lost_reply_is_tried_again_and_every_try_makes_a_task(ran: Any) -> None:
    error = ran.told["lost"]["error"]
    assert (error["status"], error.get("code", "")) == (500, "")  # both SDKs call it a 500 that nobody sent
    tries = creates(ran, "the reply gets lost")
    # Java's SDK tries three times; the HTTP client beneath it may repeat a try on a connection that was idle.
    assert len(tries) == 3 if ran.language == "go" else len(tries) >= 3
    assert Counter(tries) == {0: len(tries)}


@pytest.mark.proves("request id")
def test_the_client_reads_its_own_request_id_back(ran: Any) -> None:
    sent = [entry["request"]["headers"].get("x-client-request-id") for entry in ran.world.journal(limit=1000)]
    assert ran.told["400"]["error"]["request_id"] in sent
