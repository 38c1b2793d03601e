"""Ark's own wire."""
