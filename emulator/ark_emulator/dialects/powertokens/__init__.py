"""PowerTokens: Ark's routes behind a gateway with keys, a list of models and holds.

1. Requests, tasks and upstream errors are Ark's; the gateway's own errors come from the stock table of `newapi`.
2. Its other interfaces are dialects of their own: `powertokens_videos` and `powertokens_kling`.
"""
