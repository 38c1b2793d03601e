"""`GET /_emulator/metrics`: what is counted, what is read off the state, and when the printer of it is imported."""

import json
import subprocess
import sys
from typing import Any

import ark_emulator
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller

METRICS = "/_emulator/metrics"


async def scraped(ark: Caller, path: str = METRICS) -> dict[tuple[Any, ...], Any]:
    """Every sample by its name and labels."""
    answer = await ark.call("GET", path, None)
    assert answer.status == 200, answer.body
    families = plain_text(answer.body.decode())
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


def exchanges(samples: dict[tuple[Any, ...], Any], dialect: str, operation: str) -> dict[str, Any]:
    """The exchanges counted, by status."""
    return {
        dict(labels)["status"]: value
        for (name, *labels), value in samples.items()
        if name == "ark_emulator_exchanges_total"
        and (dict(labels)["dialect"], dict(labels)["operation"]) == (dialect, operation)
    }


def of(samples: dict[tuple[Any, ...], Any], name: str, label: str) -> dict[str, Any]:
    """The values of a gauge by its label."""
    return {dict(labels)[label]: value for (each, *labels), value in samples.items() if each == name}


async def test_exchanges_are_counted_by_dialect_operation_and_status(ark: Caller) -> None:
    task = await ark.create()
    await ark.try_create(ratio="7:5")
    await ark.try_create(ratio="7:5")
    await ark.poll(task)
    await ark.call("GET", ark.tasks)
    video = {"model": "byteplus/dreamina-seedance-2-0-260128", "prompt": "a cat"}
    await ark.call("POST", "/v1/videos", json=video)
    samples = await scraped(ark)
    assert exchanges(samples, "ark", "create") == {"200": 1, "400": 2}
    assert exchanges(samples, "ark", "fetch") == {"200": 1}
    assert exchanges(samples, "ark", "list") == {"200": 1}
    assert exchanges(samples, "orcarouter", "create") == {"200": 1}
    assert exchanges(await scraped(ark), "control", "other") == {"200": 1}


async def test_downloads_and_unknown_paths_are_counted_too(ark: Caller) -> None:
    task = await ark.finished()
    await ark.call("GET", task["content"]["video_url"], None)
    await ark.call("GET", "/nowhere", None)
    samples = await scraped(ark)
    assert exchanges(samples, "storage", "download") == {"200": 1}
    assert exchanges(samples, "ark", "other") == {"404": 1}


async def test_faults_that_struck_are_counted(ark: Caller) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 2, "status": 503})
    for _ in range(3):
        await ark.try_create()
    samples = await scraped(ark)
    assert samples["ark_emulator_faults_total", ("dialect", "ark"), ("operation", "create")] == 2
    assert exchanges(samples, "ark", "create") == {"503": 2, "200": 1}


async def test_tasks_are_told_by_status_whatever_their_world(ark: Caller) -> None:
    await ark.create("emu:stuck-queued")
    await ark.finished()
    await ark.control("POST", "worlds", {"api_key": "sk-other", "clock": "frozen"})
    await ark.create(key="sk-other")
    samples = await scraped(ark)
    statuses = {"queued": 2, "running": 0, "succeeded": 1, "failed": 0, "expired": 0, "cancelled": 0}
    assert of(samples, "ark_emulator_tasks", "status") == statuses
    assert samples[("ark_emulator_worlds",)] == 2


async def test_callbacks_are_told_by_state(ark: Caller, receiver: Receiver) -> None:
    receiver.answers["/bad"] = 500
    await ark.finished(callback_url=f"{receiver.url}/good")
    await ark.create(callback_url=f"{receiver.url}/bad")
    await ark.advance(60)
    states = of(await scraped(ark), "ark_emulator_callbacks", "state")
    assert states == {"pending": 0, "delivered": 3, "failed": 3}


async def test_the_clock_is_that_of_the_world_that_is_asked(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-fast", "clock": {"mode": "live", "speed": 20}})
    still, fast = await scraped(ark), await scraped(ark, METRICS + "?world=sk-fast")
    assert still[("ark_emulator_clock_speed",)] == 0
    assert still[("ark_emulator_clock_seconds",)] == await ark.now()
    assert fast[("ark_emulator_clock_speed",)] == 20
    store = (await ark.control("GET", "health"))["store"]
    assert fast["ark_emulator_info", ("clock", "live"), ("store", store), ("version", ark_emulator.__version__)] == 1


async def test_the_server_tells_its_age_and_where_it_can_its_memory(ark: Caller) -> None:
    samples = await scraped(ark)
    assert 0 < samples[("ark_emulator_uptime_seconds",)] < 600
    if sys.platform == "linux":
        assert samples[("process_resident_memory_bytes",)] > 10_000_000


async def test_the_format_is_the_one_that_is_asked_for(ark: Caller) -> None:
    await ark.create()
    plain = await ark.call("GET", METRICS, None)
    assert plain.headers["Content-Type"].startswith("text/plain; version=")
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = await ark.call("GET", METRICS, None, headers=wanted)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in open_metrics(answer.body.decode())}
    assert {"ark_emulator_exchanges", "ark_emulator_tasks"} <= names


async def test_a_world_that_is_not_there_has_no_metrics(ark: Caller) -> None:
    assert (await ark.call("GET", METRICS + "?world=sk-none", None)).status == 404


@pytest.mark.parametrize("scrapes", [0, 1])
def test_the_printer_is_imported_at_the_first_scrape(scrapes: int) -> None:
    program = f"""
import asyncio, json, sys, urllib.request
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start

async def main():
    running = await start(Settings(port=0, log="off"))
    for _ in range({scrapes}):
        await asyncio.to_thread(lambda: urllib.request.urlopen(running.url + "/_emulator/metrics").read())
    await running.stop()

asyncio.run(main())
print(json.dumps("prometheus_client" in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) is bool(scrapes), done.stderr
