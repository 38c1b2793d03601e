"""Checks of scenario files: their shape, their error codes, and rules that can never apply.

Invariants:

1. Only what is certain is reported.
2. The invalid parts of a document are removed, so that the rest can still be checked.

The builders call these checks.
"""
