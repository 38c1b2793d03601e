"""The HTTP interface: the emulated services and the control API, on one aiohttp server.

- `server`: connections and sockets, with their limits. It knows no routes.
- `http`: exchanges, bodies and responses, as handlers use them.
- `emulated` and `control`: the handlers of the emulated services and of the control API.
- `faults`: the effects of a scenario's faults on requests.
- `routes.py`: the route table. `dispatch.py`: the dispatcher, which calls all of the above.

Invariants:

1. Every request passes through `dispatch.Dispatcher`, which is the only caller of handlers.
2. Access, world, dialect and fault point of a request follow from its row in `routes.ROUTES`.
3. A handler raises `Refusal` or `ControlRefusal` for an invalid request. The dispatcher turns both, and any other
   exception, into a response in the dialect of the exchange.
4. Requests to the control API are neither numbered nor journaled, so that they do not change emulated responses.

`server.py` of the package starts the server; nothing else imports this package, except for the descriptions of the CLI.
"""
