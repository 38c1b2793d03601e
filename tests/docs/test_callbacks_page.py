"""The receiver on docs/callbacks.md does what the page says of it."""

import re
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text("utf-8")
SERVES = "server.serve_forever()\n"


def told(url: str) -> int:
    """The status that a callback is answered with."""
    request = urllib.request.Request(url, b'{"id": "cgt-1", "status": "succeeded"}')
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_the_receiver_refuses_four_attempts_and_takes_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = [text for text in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if text.endswith(SERVES)]
    names: dict[str, Any] = {}
    exec(program.removesuffix(SERVES).replace('("127.0.0.1", 9000)', '("127.0.0.1", 0)'), names)
    with names["server"] as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        statuses = [told(f"http://127.0.0.1:{server.server_port}/") for _ in range(5)]
        server.shutdown()
    assert statuses == [500, 500, 500, 500, 200]
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["listening at http://127.0.0.1:9000/", "cgt-1 succeeded answered with 500"]
