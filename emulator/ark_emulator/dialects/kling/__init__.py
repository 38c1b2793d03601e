"""Kling behind a new-api gateway."""
