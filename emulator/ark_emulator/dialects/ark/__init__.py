"""Ark's own API: `POST /contents/generations/tasks`, the task object, lists, callbacks and `GET /models`.

1. `request` is the create request as a pydantic model; it takes long to build and is imported on first use.
2. `response` builds the task object, with keys in the order of recorded bodies; `errors` builds the error envelope.
3. `response_models` describes the responses for the published OpenAPI document. Nothing is serialized through it.

The Agent Plan and PowerTokens extend `ArkDialect`; the gateways use it to build and read what they send upstream.
"""
