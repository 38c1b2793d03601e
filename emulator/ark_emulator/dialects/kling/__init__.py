"""Kling behind a new-api gateway: the gateway's routes and records, with Kling as the upstream in place of Ark.

1. `request` maps a gateway's submit to Kling's fields, and these to Ark's parameters for the core.
2. `response` builds Kling's task object and its envelope, `errors` its error bodies and failure messages.
3. Everything else is `NewApiDialect` with the traits that `data/kling.json` overrides.
"""
