"""Measures what one hostile client can cost: `python -m tests.bench.stress [PART...]`.

Each attack runs against a server of its own, from a process of its own. Meanwhile another client polls a task every few
milliseconds. A row says how many requests were sent, the largest and the last resident set of the server, and the
longest wait of a poll. The row "idle" shows what the machine itself adds to that wait. Linux only.
"""

import contextlib
import http.client
import json
import multiprocessing
import socket
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ark_emulator.web.server.http_runner import take_more_files

from tests.bench.servers import MODEL, TASKS, Server, emulator, running

KEY = "Authorization: Bearer sk-bench"
VIDEOS = "/orcarouter/v1/videos"
MULTIPART = "multipart/form-data; boundary=b"
MEGABYTE = 1 << 20
PAUSE = 0.002
"""Seconds between two polls of the client that waits."""
SETTLE = 1.0
"""Seconds after an attack until the memory that is left is read."""


@dataclass(frozen=True)
class Cost:
    """What an attack came to: requests sent, bytes of the resident set, and seconds that a poll waited at most."""

    requests: int
    before: int
    peak: int
    after: int
    longest: float


def _head(method: str, path: str, length: int = 0, more: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", KEY, f"Content-Length: {length}"]
    return "\r\n".join([*lines, "Content-Type: application/json", *([more] if more else []), "", ""]).encode()


def _post(port: int, path: str, body: bytes, media: str = "application/json") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.closing(connection):
        headers = {"Authorization": "Bearer sk-bench", "Content-Type": media}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Authorization": "Bearer sk-bench"})
        return connection.getresponse().read()


@contextlib.contextmanager
def _sockets(port: int, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(count)]


def idle(port: int) -> int:
    """Send nothing."""
    time.sleep(3.0)  # real time: what the machine does by itself takes real time
    return 0


def refused_bodies(port: int) -> int:
    """Send large bodies that are refused, one after another."""
    body = b'{"prompt":"' + b"a" * (20 * MEGABYTE) + b'"}'
    for _ in range(25):
        _post(port, TASKS, body)
    return 25


def unfinished_bodies(port: int) -> int:
    """Announce large bodies, send most of each, and hang up."""
    with _sockets(port, 12) as opened:
        for each in opened:
            with contextlib.suppress(OSError):
                each.sendall(_head("POST", TASKS, 60 * MEGABYTE) + b"{" + b" " * (30 * MEGABYTE))
    return 12


def unfinished_heads(port: int) -> int:
    """Send large heads without their end over many connections, until each is refused or has sent one megabyte."""
    take_more_files()
    head = f"GET {TASKS}/none HTTP/1.1\r\nHost: 127.0.0.1\r\n{KEY}\r\n".encode()
    with _sockets(port, 2_000) as opened:
        for size in (60_000, MEGABYTE):  # below the limit of one head, then above it
            more = b"".join(b"X-%d: " % number + b"h" * 8_000 + b"\r\n" for number in range(size // 8_000))
            for each in opened:
                with contextlib.suppress(OSError):
                    each.sendall((head if size < MEGABYTE else b"") + more)
            time.sleep(2.0)  # real time: the server reads, and its clients hold on
    return 2_000


def unread_polls(port: int) -> int:
    """Send polls without reading any answer, until the server takes no more or ten seconds have gone by."""
    poll, sent, ends = _head("GET", f"{TASKS}/none") * 500, 0, time.monotonic() + 10.0
    with _sockets(port, 3) as opened:
        for each in opened:
            each.settimeout(0.5)
        while opened and time.monotonic() < ends:
            for each in tuple(opened):
                try:
                    each.sendall(poll)
                    sent += 500
                except OSError:
                    opened.remove(each)
    return sent


def failed_exchanges(port: int) -> int:
    """Create tasks that are refused as overloaded, each with a prompt of its own of 60 kB."""
    for number in range(2_000):
        text = f"emu:overloaded {number} " + "x" * 60_000
        _post(port, TASKS, json.dumps({"model": MODEL, "content": [{"type": "text", "text": text}]}).encode())
    return 2_000


def unread_journal(port: int) -> int:
    """Fill the journal, then ask for all of it many times without reading the answers."""
    failed_exchanges(port)
    with _sockets(port, 12) as opened:
        for each in opened:
            each.sendall(_head("GET", "/_emulator/journal?limit=10000"))
        time.sleep(3.0)  # real time: the server writes until its buffers are full
    return 2_012


def data_uris(port: int) -> int:
    """Create tasks with the same inline picture of 8 MB."""
    png = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000400000002400802000000") + b"\0" * (8 * MEGABYTE)
    link = "data:image/png;base64," + b64encode(png).decode()
    item = {"type": "image_url", "image_url": {"url": link}, "role": "first_frame"}
    for number in range(20):
        content = [{"type": "text", "text": f"a cat {number}"}, item]
        _post(port, TASKS, json.dumps({"model": MODEL, "content": content}).encode())
    return 20


def masked_queries(port: int) -> int:
    """Send long query strings full of words that look like secrets, then list the journal."""
    for number in range(50):
        _get(port, f"/nothing{number}?" + ".key" * 500)
    _get(port, "/_emulator/journal")
    return 51


def patterns(port: int) -> int:
    """Ask for matches of long and awkward patterns."""
    _get(port, f"{TASKS}/none")
    found = [f'{{"match": {{"prompt": {json.dumps(text)}}}}}' for text in ("[" * 100_000, "*a" * 2_000, "?" * 4_000)]
    for body in found:
        _post(port, "/_emulator/journal/verify", body.encode())
    return 1 + len(found)


def control_body(port: int) -> int:
    """Send control requests with one unknown key of several megabytes."""
    for _ in range(5):
        _post(port, "/_emulator/clock/advance", json.dumps({"x" * (3 * MEGABYTE): 1}).encode())
    return 5


def large_forms(port: int) -> int:
    """Send URL-encoded forms of 60 MB: one field of escapes that are no UTF-8, and millions of fields."""
    for body in (b"a=" + b"%F0" * (20 * MEGABYTE), b"%41=%42&" * (7 * MEGABYTE)):
        _post(port, VIDEOS, body, "application/x-www-form-urlencoded")
    return 2


def multipart_files(port: int) -> int:
    """Send forms with a file of 60 MB."""
    names = b'name="input_reference"; filename="a.png"\r\nContent-Type: image/png'
    fields = _part(b'name="model"', b"sora-2") + _part(b'name="prompt"', b"a cat")
    for _ in range(3):
        _post(port, VIDEOS, fields + _part(names, b"\xa5" * (60 * MEGABYTE)) + b"--b--\r\n", MULTIPART)
    return 3


def almost_boundaries(port: int) -> int:
    """Send forms of 60 MB whose text nearly is a boundary all the time, or is no UTF-8."""
    for text in (b"\r\n--a" * (12 * MEGABYTE), b"\xff" * (60 * MEGABYTE)):
        _post(port, VIDEOS, _part(b'name="prompt"', text) + b"--b--\r\n", MULTIPART)
    return 2


def large_data_uris(port: int) -> int:
    """Send inline pictures of 60 MB: as they are, with the escapes of PHP, and with line ends."""
    for piece in ("A" * 64, "A" * 63 + "\\/", "A" * 76 + "\\r\\n"):
        link = "data:image/png;base64," + piece * (60 * MEGABYTE // len(piece))
        _post(port, TASKS, _submit('{"type":"image_url","image_url":{"url":"' + link + '"}}'))
    return 3


def large_texts(port: int) -> int:
    """Send JSON texts of 60 MB: plain, no ASCII, all escapes, white space, and no Unicode to a gateway."""
    for piece in ("a b ", "\U0001f600", "\\n", "\\u00e9"):
        text = piece * (60 * MEGABYTE // len(piece.encode()))
        _post(port, TASKS, _submit('{"type":"text","text":"' + text + '"}'))
    _post(port, TASKS, b" " * (60 * MEGABYTE) + b"{}")
    _post(port, "/newapi/v1/video/generations", b'{"prompt":"' + b"\xff" * (60 * MEGABYTE) + b'"}')
    return 6


def many_values(port: int) -> int:
    """Send JSON bodies of as many values and different names as are read."""
    for values in (b"[" + b"{}," * 70_000 + b"1]", b"{" + b",".join(b'"%d":1' % each for each in range(70_000)) + b"}"):
        _post(port, TASKS, b'{"content":' + values + b"}")
    return 2


def demo_traffic(port: int) -> int:
    """Ask for demo traffic of 500 tasks."""
    _post(port, "/_emulator/demo", b'{"count": 500, "seconds": 3600}')
    return 1


def advance_many(port: int) -> int:
    """Create 5,000 tasks with callbacks that nobody takes, and advance the clock over all of them."""
    _post(port, "/_emulator/clock/freeze", b"")
    body = json.dumps(
        {"model": MODEL, "content": [{"type": "text", "text": "a cat"}], "callback_url": "http://127.0.0.1:9/"}
    ).encode()
    for _ in range(5_000):
        _post(port, TASKS, body)
    _post(port, "/_emulator/clock/advance", b'{"seconds": 10}')
    return 5_002


def _part(names: bytes, content: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + names + b"\r\n\r\n" + content + b"\r\n"


def _submit(item: str) -> bytes:
    return f'{{"model":"{MODEL}","content":[{item}]}}'.encode()


ATTACKS: dict[str, Callable[[int], int]] = {
    each.__name__.replace("_", " "): each
    for each in (
        idle,
        refused_bodies,
        unfinished_bodies,
        unfinished_heads,
        unread_polls,
        failed_exchanges,
        unread_journal,
        data_uris,
        masked_queries,
        patterns,
        control_body,
        large_forms,
        multipart_files,
        almost_boundaries,
        large_data_uris,
        large_texts,
        many_values,
        demo_traffic,
        advance_many,
    )
}


def _attack(name: str, port: int, result: "multiprocessing.Queue[int]") -> None:
    result.put(ATTACKS[name](port))


def measured(name: str, server: Server) -> Cost:
    """Run an attack against a server while a client polls it."""
    made = server.told("POST", TASKS, {"model": MODEL, "content": [{"type": "text", "text": "a cat"}]})
    poller = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    before = peak = server.memory()
    longest = 0.0
    result: multiprocessing.Queue[int] = multiprocessing.Queue()
    attack = multiprocessing.Process(target=_attack, args=(name, server.port, result))
    attack.start()
    while attack.is_alive():
        began = time.perf_counter()
        poller.request("GET", f"{TASKS}/{made['id']}", headers={"Authorization": "Bearer sk-bench"})
        poller.getresponse().read()
        longest = max(longest, time.perf_counter() - began)
        peak = max(peak, server.memory())
        time.sleep(PAUSE)  # real time: the poller polls at a pace
    poller.close()
    attack.join()
    time.sleep(SETTLE)  # real time: the server frees what it held
    return Cost(result.get(timeout=1), before, peak, server.memory(), longest)


def main(*parts: str) -> None:
    """Measure the attacks whose names have any of the parts in them, and print a table."""
    print("| attack | requests | memory before | maximum | afterwards | longest wait |")
    print("|---|---|---|---|---|---|")
    for name in ATTACKS:
        if parts and not any(part in name for part in parts):
            continue
        with running(emulator("uvloop"), "/_emulator/health") as server:
            cost = measured(name, server)
        memory = " | ".join(f"{size / MEGABYTE:.0f} MB" for size in (cost.before, cost.peak, cost.after))
        print(f"| {name} | {cost.requests:,} | {memory} | {1e3 * cost.longest:.0f} ms |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
