"""The flat interface of PowerTokens: `POST /v1/videos` with `media`, and one flat task object.

1. Tasks are Ark's own, under Ark's ids and statuses, so the gateway never shows an old state.
2. `request` converts a submit to the form of new-api, which then reads and checks it.
"""
