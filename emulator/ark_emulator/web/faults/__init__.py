"""Faults on requests: which rule of the scenario matches an exchange, and what its effect does.

Invariants:

1. `fault_point.apply_faults` is the only place where a fault is selected. The dispatcher calls it for routes with a
   fault point, after the dialect is chosen and before the API key is checked.
2. An exchange meets at most one fault. Its rule is counted under the lock of the world.
3. The body of a request is parsed, and its task is read, only if a rule depends on them.
4. Every effect has one row in `fault_effects.EFFECT_HANDLERS` (`tests/web/faults/test_fault_point.py`).
5. An effect reads and changes the exchange only through `FaultContext`.

`docs/scenarios.md` describes the effects for users.
"""
