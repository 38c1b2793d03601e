"""Scenarios as values: conditions, outcome rules and fault rules, and how the rule for a request is found.

Invariants:

1. A scenario is immutable. Counters of applied rules are kept by the runtime and passed in.
2. The first rule that matches and is not used up wins.
3. A pattern cannot take unbounded time: expressions that could are rejected, and texts are cut before they are
   searched.

`ark_emulator.loading` builds scenarios from documents; the runtime matches requests, callbacks and downloads with them.
"""
