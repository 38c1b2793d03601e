"""The receiver on docs/callbacks.md does what the page says of it."""

import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text("utf-8")


def told(url: str) -> int:
    """The status that a callback is answered with."""
    request = urllib.request.Request(url, b'{"id": "cgt-1", "status": "succeeded"}')
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_the_receiver_refuses_four_attempts_and_takes_the_next() -> None:
    (program,) = [text for text in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if ":9000/" in text]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", program.replace("9000", port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        try:
            assert receiver.stdout.readline() == f"listening at http://127.0.0.1:{port}/\n"
            assert [told(f"http://127.0.0.1:{port}/") for _ in range(5)] == [500, 500, 500, 500, 200]
            assert receiver.stdout.readline() == "cgt-1 succeeded answered with 500\n"
        finally:
            receiver.kill()
