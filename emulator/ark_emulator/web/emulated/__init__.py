"""Handlers of the emulated services: Ark, the gateways and the object storage.

Invariants:

1. A handler gets an `Exchange` and returns a `HandlerResult`. It raises `Refusal` for an error of the service.
2. The dispatcher has authenticated the API key before it calls a handler whose route requires one.
3. Handlers read and change tasks only through `Engine`.
4. Handlers build no text or headers of a service: these are made by the dialect of the exchange.

`web/routes.py` maps the routes to the handlers. `web/faults` also calls `storage_handlers`, for refused downloads.
"""
