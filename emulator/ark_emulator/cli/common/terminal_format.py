"""Format the responses of an emulator for people: lines and columns, no colours, times in UTC.

Every returned line is a single line, independent of what the clients of the emulator sent.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.core.printable import on_one_line

if TYPE_CHECKING:
    from ark_emulator.client.control_types import (
        CallbackInfo,
        ClockInfo,
        CostInfo,
        EffectInfo,
        HealthInfo,
        JournalItem,
        ReportInfo,
        TaskInfo,
    )

_PROMPT: Final = 40


def moment(at: float) -> str:
    """Return a unix second as date and time in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))


def clock(shown: "ClockInfo") -> str:
    """Return a clock on one line."""
    speed = f" at speed {shown['speed']:g}" if shown["mode"] == "live" else ""
    return f"{shown['mode']}{speed}, {moment(shown['now'])} ({shown['now']:.3f})"


def health(shown: "HealthInfo", url: str) -> list[str]:
    """Return the state of a server, on two lines."""
    scenario = shown["scenario"] or "the default scenario"
    well = shown["store_ok"]
    return [
        f"{shown['status'] if well else 'store unreachable'}: ark-emulator {shown['version']} at {url}, "
        f"world {shown['world']} of {shown['worlds']}",
        f"clock {clock(shown['clock'])}; {scenario}; tasks in {shown['store']}"
        f"{'' if well else ', which is unreachable: requests return 503'}",
    ]


def effects(found: "Iterable[EffectInfo]") -> list[str]:
    """Return events, one line each."""
    return [event(each) for each in found]


def event(shown: Mapping[str, Any]) -> str:
    """Return an event on one line: time, kind, task, and the other keys by name."""
    told = {name: value for name, value in shown.items() if name not in ("at", "kind", "task", "status")}
    named = [str(shown[name]) for name in ("task", "status") if shown.get(name) is not None]
    rest = [f"{name}={value}" for name, value in told.items() if value is not None]
    return on_one_line(" ".join([moment(shown["at"]), f"{shown['kind']:<9}", *named, *rest]))


def tasks(found: "Sequence[TaskInfo]") -> list[str]:
    """Return tasks as a table."""
    rows = [
        (each.get("alias") or each["id"], each["status"], moment(each["created_at"]), each["model"], prompt(each))
        for each in found
    ]
    return table(("id", "status", "created", "model", "prompt"), rows)


def task(shown: "TaskInfo") -> list[str]:
    """Return the details of a task."""
    lines = [f"{shown.get('alias') or shown['id']} is {shown['status']}", f"model     {shown['model']}"]
    if shown.get("alias"):
        lines.append(f"upstream  {shown['id']}")
    lines.append(f"prompt    {prompt(shown)}")
    lines += [f"{move['status']:<9} {moment(move['at'])}" for move in shown["moves"]]
    lines += [f"{move['status']:<9} {moment(move['at'])} (to come)" for move in shown.get("ahead", ())]
    if usage := shown.get("usage"):
        lines.append(f"tokens    {usage['total_tokens']}")
    return [on_one_line(line) for line in lines] + [f"callback  {line}" for line in callbacks(shown["deliveries"])]


def prompt(shown: "TaskInfo") -> str:
    """Return the beginning of a task's prompt on one line."""
    text = " ".join(shown.get("prompt", "").split())
    text = on_one_line(text)
    return text if len(text) <= _PROMPT else f"{text[: _PROMPT - 1]}…"


def journal(found: "Iterable[JournalItem]", *, bodies: bool) -> list[str]:
    """Return exchanges, one line each, optionally with request and response bodies."""
    lines = []
    for each in found:
        marks = {name: each.get(name) for name in ("task", "fault", "rule")}
        if each.get("attempt", 1) > 1:
            marks["attempt"] = str(each.get("attempt"))
        told = [f"{name}={value}" for name, value in marks.items() if value]
        status = str(each["status"] or "no reply")
        head = [f"#{each['number']}", moment(each["at"]), each["method"], each["path"], status, *told]
        lines.append(on_one_line(" ".join(head)))
        if bodies:
            lines += [f"    > {line}" for line in _lines(each["request"]["body"])]
            lines += [f"    < {line}" for line in _lines(each["response"]["body"])]
    return lines


def _lines(body: str) -> list[str]:
    """Return the lines of a body: each is marked as a part of it, so that none can pass for another exchange."""
    return [on_one_line(line) for line in body.replace("\r\n", "\n").split("\n")] if body else []


def callbacks(found: "Iterable[CallbackInfo]") -> list[str]:
    """Return callbacks, one line each."""
    return [on_one_line(_callback(each)) for each in found]


def report(shown: "ReportInfo") -> list[str]:
    """Return the report card."""
    lines = [f"grade {shown['grade']}"]
    for each in shown["findings"]:
        evidence = " ".join(f"#{number}" for number in each["evidence"])
        price = f" [{cost(each['cost'])}]" if "cost" in each else ""
        lines.append(on_one_line(f"{each['severity']:<8}{each['code']}: {each['message']}{price} ({evidence})"))
    if "wasted" in shown:
        lines.append(f"paid for nothing: {cost(shown['wasted'])}")
    return lines


def cost(shown: "CostInfo") -> str:
    """Return tokens and their price."""
    price = shown["usd"]
    return f"{shown['tokens']} tokens" if price is None else f"{shown['tokens']} tokens, {price:.2f} USD"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a header and rows, in columns of sufficient width."""
    rows = [[on_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]


def _callback(shown: "CallbackInfo") -> str:
    attempts = " ".join(
        f"{each['verdict']}({each['response_status']})" if each.get("response_status") else each["verdict"]
        for each in shown["attempts"]
    )
    return f"{shown['id']} {shown['status']} {shown['state']} {shown['url']} {attempts}".rstrip()
