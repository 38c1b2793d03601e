"""Kling at PowerTokens: Kling's requests and responses under `/kling/v1/videos`, with the gateway's keys and ids.

1. The path names the endpoint; each endpoint reads only the fields it has.
2. A response is Kling's, except that the task id is the gateway's public id.
3. Errors of keys, models and balances use the gateway's envelope, all others Kling's.
"""
