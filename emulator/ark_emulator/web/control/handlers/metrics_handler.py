"""Metrics for Prometheus, computed for each scrape from the state of the server and its request counters."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ark_emulator
from ark_emulator.core.task.values import DeliveryState, Status
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.web.http.counters import RequestCounters
from ark_emulator.web.http.exchange import Exchange

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


@dataclass(frozen=True, slots=True, eq=False)
class MetricsSnapshot:
    """The metrics of one moment: of the whole server, and of the clock of the requested world.

    `uptime` is in real seconds, `speed` in virtual seconds per real second, 0 while the clock is stopped.
    """

    traffic: RequestCounters
    tasks: Counter[str]
    callbacks: Counter[str]
    worlds: int
    uptime: float
    mode: str
    speed: float
    now: float
    store: str

    def collect(self) -> "Iterator[Metric]":
        """The metrics, as `prometheus_client` prints them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        exchanges = CounterMetricFamily(
            "ark_emulator_exchanges",
            "Requests by dialect, operation and status; status 0 if no response was sent.",
            labels=("dialect", "operation", "status"),
        )
        for (dialect, operation, status), count in sorted(self.traffic.exchanges.items()):
            exchanges.add_metric((dialect, operation, str(status)), count)
        struck = CounterMetricFamily(
            "ark_emulator_faults", "Requests that a fault changed.", labels=("dialect", "operation")
        )
        for labels, count in sorted(self.traffic.struck.items()):
            struck.add_metric(labels, count)
        told = {"version": ark_emulator.__version__, "store": self.store, "clock": self.mode}
        yield InfoMetricFamily("ark_emulator", "The version, the store, and the mode of the clock.", value=told)
        yield exchanges
        yield struck
        for name, about, label, counts, known in (
            ("tasks", "Existing tasks, by status.", "status", self.tasks, list(Status)),
            ("callbacks", "Existing callbacks, by state.", "state", self.callbacks, list(DeliveryState)),
        ):
            gauge = GaugeMetricFamily(f"ark_emulator_{name}", about, labels=(label,))
            for each in known:
                gauge.add_metric((each,), counts[each])
            yield gauge
        for name, about, value in (
            ("worlds", "Existing worlds.", float(self.worlds)),
            ("uptime_seconds", "Real seconds since the start.", self.uptime),
            ("clock_speed", "Virtual seconds per real second, 0 while the clock is stopped.", self.speed),
            ("clock_seconds", "The virtual time, unix seconds.", self.now),
        ):
            yield GaugeMetricFamily(f"ark_emulator_{name}", about, value)


async def show(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/metrics`: return the metrics of the server, and with `?world=` the clock of that world.

    The format is that of Prometheus, or OpenMetrics if `Accept` requests it. Memory and processor time are included
    where the system has `/proc`.
    """
    from prometheus_client import CollectorRegistry, ProcessCollector
    from prometheus_client.exposition import choose_encoder

    registry = CollectorRegistry(auto_describe=False)
    registry.register(await _read(exchange))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(exchange.request.headers.get("Accept", ""))
    return DialectResponse(200, encode(registry), {"Content-Type": content_type})


async def _read(exchange: Exchange) -> MetricsSnapshot:
    engine, clock = exchange.engine, queries.clock(exchange.world)
    tasks, callbacks = await queries.count_tasks(engine.worlds)
    return MetricsSnapshot(
        traffic=exchange.traffic,
        tasks=tasks,
        callbacks=callbacks,
        worlds=len(engine.worlds),
        uptime=time.monotonic() - engine.started_at,
        mode=clock.mode,
        speed=clock.speed if clock.mode is ClockMode.LIVE else 0.0,
        now=exchange.now,
        store=engine.worlds.store,
    )
