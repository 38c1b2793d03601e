"""A process that has loaded the program and forks servers from itself: one can be started again in no time.

Each line of its input is the command line of a server as JSON; it answers with the number of the new process. When its
input ends, it ends all of them.
"""

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile

import aiohttp
from ark_emulator.cli import main
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start

BODY = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}


async def warm(folder: str) -> None:
    """Import the modules that are otherwise imported late."""
    for name in ("ark_emulator.workers", "ark_emulator.stores.redis.redis_store", "ark_emulator.loading.loader"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    running = await start(Settings(port=0, log="off", store=f"sqlite:{folder}/worlds.db"))
    async with aiohttp.ClientSession(running.url, headers={"Authorization": "Bearer sk-warm"}) as session:
        async with session.post("/api/v3/contents/generations/tasks", json=BODY) as answer:
            answer.raise_for_status()
        async with session.get("/_emulator/health") as answer:
            answer.raise_for_status()
    await running.stop()


def grow() -> None:
    """Fork servers until the input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that end leave no zombie
    started = []
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
            os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdout.fileno())
            os._exit(main(json.loads(line)))
        started.append(number)
        print(number, flush=True)
    for number in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(warm(folder))
    grow()
