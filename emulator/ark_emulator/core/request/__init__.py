"""Interprets a create request: defaults, flags in the prompt, and facts about its media.

Invariants:

1. Interpreting never refuses. `rules` checks the resulting `Intent` and returns refusals.
2. Functions are total: any text and any JSON value is accepted, whatever its length.
3. The intent records what was requested and what applies, so that rules need not repeat the defaults.

The engine interprets and checks each submission; `core.plan` draws a plan from the intent.
"""
