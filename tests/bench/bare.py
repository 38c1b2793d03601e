"""The yardstick: the least aiohttp application there can be. `python -m tests.bench.bare PORT [asyncio|uvloop]`.

`PUT /answer` says what it answers from then on: the body that came, to every GET; as many bytes, to every POST.
A POST is read and nothing else is done with it; `POST /json` decodes what it read.
"""

import asyncio
import json
import sys
from collections.abc import Callable

from aiohttp import web


class Answers:
    """What is answered."""

    def __init__(self) -> None:
        self.body = b"{}"

    async def put(self, request: web.Request) -> web.Response:
        self.body = await request.read()
        return web.Response()

    async def get(self, request: web.Request) -> web.Response:
        return web.Response(body=self.body, content_type="application/json")

    async def post(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=self.body, content_type="application/json")

    async def post_json(self, request: web.Request) -> web.Response:
        json.loads(await request.read())
        return web.Response(body=self.body, content_type="application/json")


def build() -> web.Application:
    """The application: one fixed route and one with an id, as an API has them."""
    app, answers = web.Application(client_max_size=1 << 26), Answers()
    app.router.add_get("/tasks/{id}", answers.get)
    app.router.add_post("/tasks", answers.post)
    app.router.add_post("/json", answers.post_json)
    app.router.add_put("/answer", answers.put)
    return app


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    runner = web.AppRunner(build(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


def main() -> None:
    """Serve on the event loop that was asked for."""
    port, loop = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "asyncio"
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if loop == "uvloop":
        from uvloop import new_event_loop as factory
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(port))


if __name__ == "__main__":
    main()
