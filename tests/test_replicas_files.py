"""Three replicas behind nginx, as far as it goes without a container engine: the files, and nginx with our config."""

import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
import yarl
from ark_emulator.cli.common.flags import PREFIX
from ark_emulator.cli.serve.setting_flags import add_serve_flags

from tests.support.caller import Caller, Serve
from tests.support.constants import PATIENT
from tests.support.redis_server import running

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "compose.replicas.yaml"
CONFIG = ROOT / "deploy" / "nginx.conf"
PROGRAM = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
needs_nginx = pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed (Debian: apt-get install nginx)")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the file for replicas."""
    return yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]


def config(port: int, *replicas: int, folder: Path) -> str:
    """Our configuration, for replicas at other addresses, with what it needs to run in a folder."""
    text = CONFIG.read_text("utf-8")
    upstream = re.search(r"server ark:7333( .*;)", text)
    text = text.replace(upstream[0], "\n".join(f"server 127.0.0.1:{each}{upstream[1]}" for each in replicas))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    text = text.replace("http {", "http {" + "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds), 1)
    text = text.replace("/tmp/nginx.pid", f"{folder}/pid").replace("listen 7333", f"listen 127.0.0.1:{port}")
    return text.replace("worker_processes auto", "worker_processes 1").replace("worker_rlimit_nofile 65536;", "")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def serving(folder: Path, *replicas: int) -> Iterator[int]:
    """nginx in front of replicas at those ports; gives its own port."""
    port = free_port()
    path = folder / "nginx.conf"
    path.write_text(config(port, *replicas, folder=folder), "utf-8")
    command = [PROGRAM, "-p", str(folder), "-c", str(path), "-g", "daemon off;"]
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + PATIENT
        while not answers(port):
            if program.poll() is not None or time.monotonic() > until:
                raise RuntimeError(program.stdout.read().decode())
            time.sleep(0.01)  # real time: another program starts
        yield port
    finally:
        program.terminate()
        program.communicate()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture
async def proxied(ark: Caller, tmp_path: Path) -> AsyncIterator[Caller]:
    """A client that reaches an emulator through nginx."""
    with serving(tmp_path, ark.running._runner.addresses[0][1]) as port:
        caller = Caller(ark.running, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENT)))
        caller.url = f"http://127.0.0.1:{port}"
        yield caller
        await caller.session.close()


def test_it_starts_three_emulators_that_share_one_valkey(services: dict[str, Any]) -> None:
    assert services["ark"]["deploy"]["replicas"] == 3
    assert services["ark"]["environment"]["ARK_EMULATOR_STORE"] == "redis://valkey:6379/0"
    assert services["valkey"]["image"].startswith("valkey/valkey:")
    assert "ports" not in services["ark"] | services["valkey"]


def test_each_part_waits_until_the_one_beneath_is_healthy(services: dict[str, Any]) -> None:
    assert services["ark"]["depends_on"] == {"valkey": {"condition": "service_healthy"}}
    assert services["nginx"]["depends_on"] == {"ark": {"condition": "service_healthy"}}
    assert services["valkey"]["healthcheck"]["test"][0] == "CMD"


def test_it_is_published_to_this_machine_alone_where_the_single_one_is(services: dict[str, Any]) -> None:
    single = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["ark"]
    assert services["nginx"]["ports"] == single["ports"] == ["127.0.0.1:7333:7333"]
    assert services["ark"]["image"] == single["image"]
    chosen = {name: value for name, value in single["environment"].items() if name != "ARK_EMULATOR_STORE"}
    assert chosen.items() <= services["ark"]["environment"].items()


def test_every_file_that_is_mounted_is_there(services: dict[str, Any]) -> None:
    (mounted,) = services["nginx"]["volumes"]
    path, place, mode = mounted.split(":")
    assert (ROOT / path) == CONFIG
    assert (place, mode) == ("/etc/nginx/nginx.conf", "ro")
    assert "server ark:7333 " in CONFIG.read_text("utf-8")


@pytest.mark.parametrize("path", [COMPOSE, ROOT / "compose.yaml"], ids=lambda path: path.name)
def test_every_choice_made_for_the_emulator_is_a_flag_of_serve(path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_serve_flags(parser, {})
    known = {PREFIX + action.dest.upper() for action in parser._actions}
    chosen = yaml.safe_load(path.read_text("utf-8"))["services"]["ark"]["environment"]
    assert set(chosen) <= known


@needs_nginx
def test_nginx_understands_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "nginx.conf"
    path.write_text(config(free_port(), 1, 2, 3, folder=tmp_path), "utf-8")
    judged = subprocess.run([PROGRAM, "-t", "-p", tmp_path, "-c", path], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr


@needs_nginx
async def test_a_link_fetched_through_nginx_is_signed_for_the_host_that_was_called(proxied: Caller) -> None:
    task = await proxied.finished()
    link = task["content"]["video_url"]
    assert link.startswith(proxied.url)
    async with proxied.session.get(link) as response:
        assert response.status == 200
        assert len(await response.read()) == int(response.headers["Content-Length"])


@needs_nginx
async def test_events_come_through_nginx_at_once(proxied: Caller) -> None:
    async with proxied.session.get(proxied.url + "/_emulator/events") as stream:
        await proxied.create()
        async for line in stream.content:
            if line.startswith(b"event: "):
                break
        assert line.startswith(b"event: ")


@needs_nginx
async def test_a_reset_that_was_asked_for_reaches_the_client_once(proxied: Caller) -> None:
    await proxied.control("POST", "faults", {"on": "create", "reset": True})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await proxied.create()
    assert (await proxied.control("GET", "journal"))["total"] == 1


@needs_nginx
async def test_a_bad_gateway_that_was_asked_for_is_the_emulator_s_own(proxied: Caller) -> None:
    await proxied.control("POST", "faults", {"on": "list", "status": 502, "body": "ours"})
    answer = await proxied.call("GET", "/api/v3/contents/generations/tasks")
    assert (answer.status, answer.body) == (502, b"ours")


@needs_nginx
async def test_odd_heads_and_paths_are_left_to_the_emulator(proxied: Caller, ark: Caller) -> None:
    head = {"X_Under": "1", "X-Large": "x" * 8_000}
    for url in (ark.url, proxied.url):
        path = yarl.URL(url + "/api/v3//contents%2Ftasks?a=%20", encoded=True)
        async with proxied.session.get(path, headers=head) as response:
            assert response.headers["Server"] != "nginx"
    through, directly = (await ark.control("GET", "journal"))["items"]
    assert through["path"] == directly["path"]
    assert through["request"]["headers"]["x_under"] == "1"
    assert len(through["request"]["headers"]["x-large"]) == len(directly["request"]["headers"]["x-large"])


@needs_nginx
async def test_a_replica_that_is_down_is_left_out(serve: Serve, tmp_path: Path) -> None:
    one, other = await serve(), await serve()
    ports = [caller.running._runner.addresses[0][1] for caller in (one, other)]
    await other.running.stop()
    outcomes = []
    with serving(tmp_path, *ports) as port:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            for _ in range(40):
                try:
                    async with session.post("/_emulator/clock/freeze") as response:  # what is sent once only
                        outcomes.append(response.status)
                except aiohttp.ServerDisconnectedError:
                    outcomes.append(0)
    assert 0 < outcomes.count(0) < 20
    assert outcomes[-10:] == [200] * 10


@needs_nginx
async def test_replicas_behind_nginx_are_one_emulator(serve: Serve, tmp_path: Path) -> None:
    for server in running(tmp_path):
        replicas = [await serve(store=server.url) for _ in range(3)]
        with serving(tmp_path, *(replica.running._runner.addresses[0][1] for replica in replicas)) as port:
            caller = Caller(replicas[0].running, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENT)))
            caller.url = f"http://127.0.0.1:{port}"
            made = [await caller.create(f"cat {number}") for number in range(6)]
            await caller.advance(60)
            for task_id in made * 2:
                task = await caller.poll(task_id)
                assert task["status"] == "succeeded"
                async with caller.session.get(task["content"]["video_url"]) as response:
                    assert response.status == 200
            await caller.session.close()
        assert [(await replica.control("GET", "tasks"))["total"] for replica in replicas] == [6, 6, 6]
        for replica in replicas:
            await replica.running.stop()
