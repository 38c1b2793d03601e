"""The report card: rules that find costly mistakes of a client in what it requested.

Invariants:

1. A rule is a pure function from a `Case` to findings. It does not read the journal or the clock.
2. Codes, severities, paces and grades are data, in `conduct.json`.
3. A finding names the exchanges that prove it.

The runtime builds the case from the journal and the tasks of a world. CLI, control API, pytest plugin and dashboard
show the report.
"""
