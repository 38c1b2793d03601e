"""Facts about the emulated services, read from the data files: models, clip sizes, errors, account limits.

Invariants:

1. Each fact is stored in one table under `ark_emulator/data`, with its source. Code reads it through this package.
2. Tables are read once per process and exposed as read-only mappings and frozen values.
3. An unknown key raises `KeyError`: it is a bug in the caller, not bad input.

Rules, dialects, billing and the control API read these facts.
"""
