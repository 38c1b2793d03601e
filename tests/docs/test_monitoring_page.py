"""docs/monitoring.md names every metric and every key of the log, and no other."""

import inspect
import re
from collections import Counter
from pathlib import Path

from ark_emulator.web.control.handlers.metrics_handler import MetricsSnapshot
from ark_emulator.web.http.access_log import AccessLog
from ark_emulator.web.http.counters import RequestCounters

PAGE = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text("utf-8")


def test_every_metric_has_its_row() -> None:
    none = Counter[str]()
    families = MetricsSnapshot(RequestCounters(), none, none, 1, 0.0, "live", 1.0, 0.0, "memory").collect()
    suffixes = {"counter": "_total", "info": "_info"}
    known = [family.name + suffixes.get(family.type, "") for family in families]
    shown = re.findall(r"^\| `(ark_emulator_\w+)` \| (\w+) \|", PAGE, re.MULTILINE)
    assert {name for name, _ in shown} == set(known)


def test_every_key_of_the_log_has_its_row() -> None:
    section = PAGE.partition("## The log")[2].partition("## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    shown = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    written = inspect.getsource(AccessLog.line).partition("fields = {")[2].partition("}")[0]
    assert shown == set(re.findall(r'^\s+"(\w+)":', written, re.MULTILINE))
