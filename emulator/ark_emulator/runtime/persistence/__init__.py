"""Worlds in a store: records, commits, and what other processes have committed."""
