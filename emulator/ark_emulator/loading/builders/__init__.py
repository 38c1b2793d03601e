"""Builds scenarios, outcomes and faults from documents.

Invariants:

1. Builders take documents that have the right shape, and check what keys mean together.
2. A builder that finds a problem reports it to `Diagnostics` and returns None; it does not raise.

`loading.loader` calls `scenario_builder`, which uses the other builders.
"""
