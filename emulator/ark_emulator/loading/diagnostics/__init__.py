"""Diagnostics of scenario files, and how they are printed with carets."""
