"""New-api gateways: one adapter for all of them, and a table of traits in which they differ.

1. No code names a gateway, except `traits`, which defines them; differences are columns of `data/gateways.json`.
2. A submit passes four steps: `form_parser` or JSON -> `SubmitBody` (`request`) -> `GatewaySubmit` -> Ark's create
   request (`to_ark`). Checks keep the order of new-api's source.
3. `decoding` imitates Go's decoders, so that values and error messages are those of the real gateway.
4. `response` serializes the gateway's record of a task, as the lens last saw it, in one of three shapes.
5. `errors` renders every refusal: the gateway's own from its table, others as a passed-on upstream error.

A new gateway is a column of traits. A new upstream is a subclass of `NewApiDialect`, as in `dialects.kling`.
"""
