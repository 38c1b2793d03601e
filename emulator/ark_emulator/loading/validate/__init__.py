"""Checks of scenario files beyond their shape."""
